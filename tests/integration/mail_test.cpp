#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "notify/mail.hpp"
#include "psherald/error.hpp"
#include "psherald/notifier.hpp"
#include "support/place.hpp"
#include "support/smtp_server.hpp"

using namespace psherald;
using namespace std::chrono_literals;
using testing::SmtpServer;
using Stage = SmtpServer::Stage;
using Outcome = Delivery::Outcome;

TEST_SUITE_BEGIN("mail");

namespace {

Alert alert(const std::string& subject = "neelix  shop  PATTERN FOUND") {
  Alert a;
  a.uid = a.root = "abcdefghijklmnopqrstuvwxyz";
  a.origin = "00112233445566778899aabbccddeeff";
  a.rule = "shop pattern";
  a.to = {"a@h", "b@h"};
  a.subject = subject;
  a.text = "one\n.\n..two\n\nFrom three\n";
  a.html = "<p>one</p>\n";
  return a;
}

MailNotifier::Options options(const SmtpServer& server) {
  MailNotifier::Options o;
  o.server = server.url();
  o.from = "neelix@herald1";
  o.timeout = 10s;
  return o;
}

SmtpServer::Script at(Stage stage, const std::string& reply) {
  return [=](Stage now, const std::string&) { return now == stage ? reply : ""; };
}

}  // namespace

TEST_CASE("a mail arrives as it was composed, for one address each") {
  SmtpServer server;
  MailNotifier notifier{options(server)};
  CHECK(notifier.deliver(alert(), "a@h").outcome == Outcome::accepted);
  CHECK(notifier.deliver(alert(), "b@h").outcome == Outcome::accepted);
  const auto mails = server.mails();
  REQUIRE(mails.size() == 2);
  CHECK(mails[0].to == "<a@h>");
  CHECK(mails[1].to == "<b@h>");
  CHECK(mails[0].from.starts_with("<neelix@herald1>"));
  CHECK(mails[0].content + "\r\n" == notify::compose_mail(alert(), "neelix@herald1"));
  CHECK(mails[0].content == mails[1].content);
  CHECK(server.connections() == 1);
}

TEST_CASE("what the server answers decides what becomes of the mail") {
  struct Case {
    const char* name;
    Stage stage;
    std::string reply;
    Outcome outcome;
    int code;
  };
  const std::vector<Case> table{
      {"no service now", Stage::connect, "421 too busy", Outcome::unavailable, 421},
      {"no service at all", Stage::connect, "554 go away", Outcome::unavailable, 554},
      {"dropped at once", Stage::connect, SmtpServer::drop, Outcome::unavailable, 0},
      {"dropped at EHLO", Stage::ehlo, SmtpServer::drop, Outcome::unavailable, 0},
      {"the sender not now", Stage::mail, "451 later", Outcome::deferred, 451},
      {"the sender never", Stage::mail, "550 who are you", Outcome::deferred, 550},
      {"dropped at MAIL", Stage::mail, SmtpServer::drop, Outcome::deferred, 0},
      {"greylisted", Stage::rcpt, "450 4.2.0 greylisted", Outcome::deferred, 450},
      {"no such user", Stage::rcpt, "550 5.1.1 no such user", Outcome::refused, 550},
      {"no such user, in many lines", Stage::rcpt, "550-5.1.1 no\r\n550-5.1.1 such\r\n550 5.1.1 user", Outcome::refused,
       550},
      {"dropped at RCPT", Stage::rcpt, SmtpServer::drop, Outcome::deferred, 0},
      {"no data now", Stage::data, "451 later", Outcome::deferred, 451},
      {"no data ever", Stage::data, "554 no", Outcome::refused, 554},
      {"dropped at DATA", Stage::data, SmtpServer::drop, Outcome::deferred, 0},
      {"the mail not now", Stage::content, "452 disk full", Outcome::deferred, 452},
      {"the mail never", Stage::content, "554 looks like spam", Outcome::refused, 554},
      {"dropped after the dot", Stage::content, SmtpServer::drop, Outcome::deferred, 0},
      {"dropped at QUIT", Stage::quit, SmtpServer::drop, Outcome::accepted, 250},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    SmtpServer server{at(c.stage, c.reply)};
    MailNotifier notifier{options(server)};
    const auto delivery = notifier.deliver(alert(), "a@h");
    CHECK(delivery.outcome == c.outcome);
    CHECK(delivery.code == c.code);
    CHECK(delivery.detail.find('\n') == std::string::npos);
    if (c.code >= 400) CHECK(delivery.detail.find(std::to_string(c.code)) != std::string::npos);
    CHECK(delivery.detail.starts_with("uncertain: ") == (std::string_view{c.name} == "dropped after the dot"));
    CHECK(server.mails().size() == (c.outcome == Outcome::accepted ? 1 : 0));
    // and the next one, when the server has come round
    server.follow({});
    CHECK(notifier.deliver(alert(), "b@h").outcome == Outcome::accepted);
  }
}

TEST_CASE("one address that is refused costs the next one nothing") {
  SmtpServer server{[](Stage stage, const std::string& line) {
    return stage == Stage::rcpt && line.find("gone@h") != std::string::npos ? "550 no such user" : "";
  }};
  MailNotifier notifier{options(server)};
  CHECK(notifier.deliver(alert(), "a@h").outcome == Outcome::accepted);
  CHECK(notifier.deliver(alert(), "gone@h").outcome == Outcome::refused);
  CHECK(notifier.deliver(alert(), "b@h").outcome == Outcome::accepted);
  CHECK(server.mails().size() == 2);
}

TEST_CASE("a server that is not there is unavailable, and the message says where") {
  std::string url;
  {
    SmtpServer server;
    url = server.url();
  }
  MailNotifier::Options o;
  o.server = url;
  MailNotifier notifier{o};
  const auto delivery = notifier.deliver(alert(), "a@h");
  CHECK(delivery.outcome == Outcome::unavailable);
  CHECK(delivery.code == 0);
  CHECK(delivery.detail.starts_with("cannot hand in mail at " + url + ": "));
}

TEST_CASE("a server that never answers, or speaks another language, costs no more than its time") {
  const std::vector<std::pair<Stage, std::string>> table{
      {Stage::connect, SmtpServer::silence}, {Stage::connect, "SSH-2.0-OpenSSH"}, {Stage::ehlo, SmtpServer::silence},
      {Stage::mail, SmtpServer::silence},    {Stage::rcpt, SmtpServer::silence},  {Stage::data, SmtpServer::silence},
      {Stage::content, SmtpServer::silence}};
  for (const auto& [stage, reply] : table) {
    SmtpServer server{at(stage, reply)};
    auto o = options(server);
    o.timeout = 200ms;
    MailNotifier notifier{o};
    const auto delivery = notifier.deliver(alert(), "a@h");
    CHECK(delivery.outcome == (stage < Stage::mail ? Outcome::unavailable : Outcome::deferred));
    CHECK(delivery.code == 0);
  }
}

TEST_CASE("a notifier that is stopped ends an attempt that hangs, and begins no other") {
  SmtpServer server{at(Stage::rcpt, SmtpServer::silence)};
  auto o = options(server);
  o.timeout = 1h;
  MailNotifier notifier{o};
  std::thread stopper{[&] {
    while (server.lines().size() < 3) std::this_thread::yield();
    notifier.stop();
  }};
  CHECK(notifier.deliver(alert(), "a@h").outcome == Outcome::deferred);
  stopper.join();
  CHECK(notifier.deliver(alert(), "a@h").outcome == Outcome::unavailable);
  CHECK(server.connections() == 1);
}

TEST_CASE("what is no address never reaches the server") {
  SmtpServer server;
  MailNotifier notifier{options(server)};
  for (const char* address : {"a@h>\r\nRCPT TO:<b@h", "a b@h", "", "a@h\n"}) {
    const auto delivery = notifier.deliver(alert(), address);
    CHECK(delivery.outcome == Outcome::refused);
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("hostile texts end neither the mail nor the conversation") {
  SmtpServer server;
  MailNotifier notifier{options(server)};
  auto a = alert("x\r\n.\r\nQUIT\r\n");
  a.text = a.html = "\r\n.\r\nMAIL FROM:<evil@h>\r\n.\n.\n";
  CHECK(notifier.deliver(a, "a@h").outcome == Outcome::accepted);
  CHECK(server.mails().size() == 1);
  const auto lines = server.lines();
  CHECK(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("MAIL FROM"); }) == 1);
}

TEST_CASE("a password goes out only where it is safe, and comes from a file that nobody else may read") {
  const testing::Place place;
  const std::string file = place.file("password");
  std::ofstream{file} << "secret\n";
  const std::string credentials = "AG5lZWxpeABzZWNyZXQ=";  // neelix and secret, each behind a NUL, in base64
  SmtpServer server{[&](Stage stage, const std::string& line) -> std::string {
    if (stage == Stage::ehlo) return "250-test\r\n250 AUTH PLAIN";
    if (line == "AUTH PLAIN") return "334 ";
    return line == credentials ? "235 welcome" : "";
  }};
  auto o = options(server);
  o.user = "neelix";
  o.password_file = file;
  chmod(file.c_str(), 0644);
  CHECK_THROWS_WITH_AS(MailNotifier{o}, doctest::Contains("chmod 600"), Error);
  chmod(file.c_str(), 0600);
  MailNotifier notifier{o};
  CHECK(notifier.deliver(alert(), "a@h").outcome == Outcome::accepted);
  const auto lines = server.lines();
  CHECK(std::count(lines.begin(), lines.end(), credentials) == 1);

  o.server = "smtp+starttls" + server.url().substr(4);  // this server offers no encryption
  MailNotifier careful{o};
  CHECK(careful.deliver(alert(), "a@h").outcome == Outcome::unavailable);
  CHECK(server.mails().size() == 1);
}

TEST_CASE("a login that is refused is kept and tried again") {
  const testing::Place place;
  const std::string file = place.file("password");
  std::ofstream{file} << "wrong\n";
  chmod(file.c_str(), 0600);
  SmtpServer server{[](Stage stage, const std::string& line) -> std::string {
    if (stage == Stage::ehlo) return "250-test\r\n250 AUTH PLAIN";
    return line.starts_with("AUTH") ? "535 5.7.8 no" : "";
  }};
  auto o = options(server);
  o.user = "neelix";
  o.password_file = file;
  MailNotifier notifier{o};
  const auto delivery = notifier.deliver(alert(), "a@h");
  CHECK(delivery.outcome == Outcome::unavailable);
  CHECK(delivery.code == 535);
  CHECK(delivery.detail.find("wrong") == std::string::npos);
}

TEST_SUITE_END();
