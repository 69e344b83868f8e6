#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <thread>

#include "notify/channels.hpp"
#include "notify/signature.hpp"
#include "psherald/messenger.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace std::chrono_literals;
using testing::Place;
using Outcome = Delivery::Outcome;

TEST_SUITE_BEGIN("channels");

namespace {

Alert alert() {
  Alert a;
  a.uid = a.root = "abcdefghijklmnopqrstuvwxyz";
  a.rule = "alive";
  a.receiver = "ops";
  a.at = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};
  a.subject = "[psherald] SILENT shop (alive): nothing for 10 min";
  a.text = "Nothing since ten.\n";
  a.json = R"({"version":1,"subject":"SILENT shop"})";
  a.link = "https://logs.example.org/record/7";
  a.items = {{41, "alive", "shop", "shop", Alert::Kind::open, {}}};
  a.total = 1;
  return a;
}

/// A server on loopback that answers each request as a script says, over a connection of its own.
class Peer {
 public:
  /// Gets head and body, gives the whole answer; empty: closes without one; "silence": says nothing until the end.
  using Script = std::function<std::string(const std::string& request)>;
  explicit Peer(Script script) : script_{std::move(script)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener_, 16) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { serve(); }};
  }
  ~Peer() {
    stopped_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/hook?key=geheim"; }
  std::vector<std::string> requests() const {
    std::lock_guard lock{mutex_};
    return requests_;
  }

 private:
  void serve() {
    for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) {
      const auto request = read(peer);
      {
        std::lock_guard lock{mutex_};
        requests_.push_back(request);
      }
      const auto answer = script_(request);
      if (answer == "silence") {
        pollfd gone{peer, POLLRDHUP, 0};
        while (!stopped_ && ::poll(&gone, 1, 10) == 0) continue;
      } else {
        for (std::size_t sent = 0; sent < answer.size();) {
          const auto some = ::send(peer, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
          if (some <= 0) break;
          sent += static_cast<std::size_t>(some);
        }
      }
    }
  }
  static std::string read(int peer) {
    std::string request;
    for (char buffer[4096];;) {
      const auto head = request.find("\r\n\r\n");
      if (head != request.npos) {
        const auto at = request.find("Content-Length: ");
        const auto length = at < head ? std::stoul(request.substr(at + 16)) : 0;
        if (request.size() >= head + 4 + length) return request;
      }
      const auto some = ::recv(peer, buffer, sizeof buffer, 0);
      if (some <= 0) return request;
      request.append(buffer, static_cast<std::size_t>(some));
    }
  }

  Script script_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_{};
  std::thread thread_;
};

std::string answer(const std::string& status, const std::string& headers = {}, const std::string& body = {}) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n" +
         headers + "\r\n" + body;
}

notify::Webhook hook(const Peer& peer) {
  notify::Webhook webhook;
  webhook.url = peer.url();
  webhook.timeout = 60s;
  return webhook;
}

const std::atomic<bool> go_on{false};

/// The lines of a head, without the body.
std::vector<std::string> head_of(const std::string& request) {
  std::vector<std::string> lines;
  std::istringstream head{request.substr(0, request.find("\r\n\r\n"))};
  for (std::string line; std::getline(head, line);) lines.push_back(line.substr(0, line.find('\r')));
  return lines;
}
bool has_line(const std::vector<std::string>& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

std::string content_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

notify::Command shell(const std::string& script) {
  notify::Command command{{"/bin/sh", "-c", script}};
  command.terminate_after = 60s;
  command.kill_after = 120s;
  return command;
}

}  // namespace

TEST_CASE("a webhook gets the JSON, the uid as its key, and a signature that can be checked") {
  Peer peer{[](const std::string&) { return answer("204 No Content"); }};
  auto webhook = hook(peer);
  webhook.secret = "sesame";
  CHECK(notify::to_webhook(alert(), webhook, go_on).outcome == Outcome::accepted);
  const auto requests = peer.requests();
  REQUIRE(requests.size() == 1);
  const auto head = head_of(requests[0]);
  CHECK(head[0] == "POST /hook?key=geheim HTTP/1.1");
  CHECK(has_line(head, "Content-Type: application/json"));
  CHECK(has_line(head, "Idempotency-Key: abcdefghijklmnopqrstuvwxyz"));
  CHECK(has_line(head, "X-Psherald-Signature: t=1767571200,sha256=" +
                           notify::hmac_sha256("sesame", "1767571200." + alert().json)));
  CHECK(requests[0].ends_with("\r\n\r\n" + alert().json));
}

TEST_CASE("what a webhook answers decides whether it is tried again") {
  struct Case {
    const char* name;
    std::string answer;
    Outcome outcome;
    int code;
    std::chrono::seconds retry_after;
  };
  const std::vector<Case> table{
      {"taken", answer("200 OK"), Outcome::accepted, 200, 0s},
      {"taken with a megabyte of words", answer("200 OK", "", std::string(1 << 20, 'x')), Outcome::accepted, 200, 0s},
      {"elsewhere", answer("302 Found", "Location: http://127.0.0.1:1/\r\n"), Outcome::refused, 302, 0s},
      {"elsewhere for ever", answer("308 Permanent Redirect", "Location: /other\r\n"), Outcome::refused, 308, 0s},
      {"wrong", answer("400 Bad Request"), Outcome::refused, 400, 0s},
      {"not allowed", answer("403 Forbidden"), Outcome::refused, 403, 0s},
      {"gone", answer("410 Gone"), Outcome::refused, 410, 0s},
      {"too slow", answer("408 Request Timeout"), Outcome::unavailable, 408, 0s},
      {"too early", answer("425 Too Early"), Outcome::unavailable, 425, 0s},
      {"too many", answer("429 Too Many Requests", "Retry-After: 17\r\n"), Outcome::unavailable, 429, 17s},
      {"broken", answer("500 Oops"), Outcome::unavailable, 500, 0s},
      {"away", answer("503 Service Unavailable", "Retry-After: 120\r\n"), Outcome::unavailable, 503, 120s},
      {"closed without an answer", "", Outcome::unavailable, 0, 0s},
      {"no HTTP", "220 test ESMTP\r\n", Outcome::unavailable, 0, 0s},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    Peer peer{[&](const std::string&) { return c.answer; }};
    const auto delivery = notify::to_webhook(alert(), hook(peer), go_on);
    CHECK(delivery.outcome == c.outcome);
    CHECK(delivery.code == c.code);
    CHECK(delivery.retry_after == c.retry_after);
    CHECK(delivery.detail.find("geheim") == std::string::npos);
    CHECK(delivery.detail.find('\n') == std::string::npos);
    CHECK(peer.requests().size() == 1);
  }
}

TEST_CASE("a webhook that is dead, or never answers, is tried again later") {
  std::string dead;
  {
    Peer peer{[](const std::string&) { return answer("200 OK"); }};
    dead = peer.url();
  }
  notify::Webhook webhook;
  webhook.url = dead;
  CHECK(notify::to_webhook(alert(), webhook, go_on).outcome == Outcome::unavailable);

  Peer slow{[](const std::string&) { return "silence"; }};
  webhook = hook(slow);
  webhook.timeout = 200ms;
  CHECK(notify::to_webhook(alert(), webhook, go_on).outcome == Outcome::unavailable);

  std::atomic<bool> stop = false;
  Peer hanging{[&](const std::string&) {
    stop = true;  // while the answer is waited for
    return "silence";
  }};
  CHECK(notify::to_webhook(alert(), hook(hanging), stop).outcome == Outcome::unavailable);
}

TEST_CASE("addresses of the link and of metadata services are not asked") {
  for (const char* url : {"http://169.254.169.254/latest/meta-data", "http://0.0.0.0:1/", "http://[fe80::1]:1/",
                          "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/"}) {
    CAPTURE(url);
    notify::Webhook webhook;
    webhook.url = url;
    const auto delivery = notify::to_webhook(alert(), webhook, go_on);
    CHECK(delivery.outcome == Outcome::refused);
    CHECK(delivery.detail.find("of this link") != std::string::npos);
  }
  for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1/", "no url"}) {
    CAPTURE(url);
    notify::Webhook webhook;
    webhook.url = url;
    CHECK(notify::to_webhook(alert(), webhook, go_on).outcome == Outcome::refused);
  }
}

TEST_CASE("no text adds a header to a request or ends its body") {
  for (const auto& text :
       std::vector<std::string>{"a\r\nEvil: 1", "a\n\nHTTP/1.1 200 OK", std::string{"a\0b\rc", 5},
                                std::string{"\xe2\x80\xa8 \xff {{7*7}} ${x}"}, std::string(100'000, 'x')}) {
    auto hostile = alert();
    hostile.uid = hostile.subject = hostile.rule = text;
    hostile.text = text + "\n";
    for (const auto format : {Receiver::Format::json, Receiver::Format::ntfy, Receiver::Format::slack}) {
      Peer peer{[](const std::string&) { return answer("200 OK"); }};
      auto webhook = hook(peer);
      webhook.format = format;
      webhook.secret = "sesame";
      CHECK(notify::to_webhook(hostile, webhook, go_on).outcome == Outcome::accepted);
      const auto requests = peer.requests();
      REQUIRE(requests.size() == 1);
      for (const auto& line : head_of(requests[0])) {
        CHECK_FALSE(line.starts_with("Evil"));
        CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
      }
      const auto body = requests[0].substr(requests[0].find("\r\n\r\n") + 4);
      if (format == Receiver::Format::ntfy) CHECK(body == hostile.text);
      if (format == Receiver::Format::slack) CHECK(body.find('\n') == std::string::npos);  // it is one JSON text
    }
  }
}

TEST_CASE("a sign of life is a GET, and what is not taken is said without the URL's secrets") {
  Peer peer{[](const std::string& request) {
    return request.starts_with("GET /hook?key=geheim ") ? answer("200 OK") : answer("405 Method Not Allowed");
  }};
  Messenger messenger{{}};
  CHECK(messenger.ping(peer.url()).has_value());
  Peer gone{[](const std::string&) { return answer("404 Not Found"); }};
  const auto refused = messenger.ping(gone.url());
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().text.find("answers 404") != std::string::npos);
  CHECK(refused.error().text.find("geheim") == std::string::npos);
}

TEST_CASE("a command reads the JSON, and has no environment but what it is given") {
  Place place;
  auto told = alert();
  told.items[0].key = "$(touch hurt) `id` ; rm -rf / \n " + std::string{"\0", 1} + "\xff";
  told.subject = "a\nb";
  const auto delivery = notify::to_command(told,
                                           shell("cat > " + place.file("in") + "; env > " + place.file("env") +
                                                 "; printf %s \"$PSHERALD_KEY\" > " + place.file("key")),
                                           go_on);
  CHECK(delivery.outcome == Outcome::accepted);
  CHECK(content_of(place.file("in")) == told.json);
  const auto key = content_of(place.file("key"));
  CHECK(key.starts_with("$(touch hurt) `id` ; rm -rf / \n  "));
  CHECK_FALSE(std::ifstream{"hurt"}.good());
  const auto environment = content_of(place.file("env"));
  CHECK(environment.find("PSHERALD_LINK=https://logs.example.org/record/7\n") != std::string::npos);
  CHECK(environment.find("PSHERALD_UID=abcdefghijklmnopqrstuvwxyz\n") != std::string::npos);
  CHECK(environment.find("PSHERALD_COUNT=1\n") != std::string::npos);
  CHECK(environment.find("HOME=") == std::string::npos);
}

TEST_CASE("how a command ends decides whether it is tried again") {
  struct Case {
    const char* script;
    Outcome outcome;
  };
  for (const auto& c : {Case{"exit 0", Outcome::accepted}, Case{"exit 75", Outcome::deferred},
                        Case{"exit 3", Outcome::refused}, Case{"kill -SEGV $$", Outcome::deferred}}) {
    CAPTURE(c.script);
    auto told = alert();
    told.json = std::string(1 << 20, 'x');  // which none of them reads
    CHECK(notify::to_command(told, shell(c.script), go_on).outcome == c.outcome);
  }
  CHECK(notify::to_command(alert(), {{"/no/such/program"}}, go_on).outcome == Outcome::deferred);
}

TEST_CASE("a command that hangs is ended, with all that it has started, and so is one when we stop") {
  Place place;
  auto command = shell("trap '' TERM; sleep 1000 & echo $! > " + place.file("child") + "; while :; do sleep 1; done");
  command.terminate_after = 300ms;
  command.kill_after = 600ms;
  CHECK(notify::to_command(alert(), command, go_on).outcome == Outcome::deferred);
  const auto child = content_of(place.file("child"));
  // On a slow machine it was ended before it got so far. A process that is gone but not yet waited for is none.
  if (!child.empty()) {
    const auto status = content_of("/proc/" + std::to_string(std::stol(child)) + "/stat");
    CHECK((status.empty() || status.find(") Z ") != std::string::npos || status.find(") X ") != std::string::npos));
  }

  std::atomic<bool> stop = true;
  auto endless = shell("exec sleep 1000");
  CHECK(notify::to_command(alert(), endless, stop).outcome == Outcome::deferred);
}

TEST_SUITE_END();
