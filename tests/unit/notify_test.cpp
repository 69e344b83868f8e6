#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "notify/mail.hpp"
#include "psherald/error.hpp"

using namespace psherald;
using notify::compose_mail;
using notify::is_address;

TEST_SUITE_BEGIN("notify");

namespace {

Alert alert() {
  Alert a;
  a.uid = "abcdefghijklmnopqrstuvwxyz";
  a.origin = "00112233445566778899aabbccddeeff";
  a.root = a.uid;
  a.rule = "shop heartbeat";
  a.incident = 41;
  a.receiver = "shop";
  a.to = {"a@example.org", "b@example.org"};
  a.at = Timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}} + std::chrono::hours{10} +
         std::chrono::seconds{61};
  a.subject = "neelix  shop  SYSTEM HEARTBEAT FAILURE";
  a.text = "Silent.\nFor an hour.\n";
  a.html = "<p>Silent.</p>\n";
  return a;
}

std::vector<std::string> lines_of(const std::string& mail) {
  std::vector<std::string> lines;
  for (std::size_t from = 0; from < mail.size();) {
    const auto end = mail.find("\r\n", from);
    REQUIRE(end != std::string::npos);
    lines.push_back(mail.substr(from, end - from));
    from = end + 2;
  }
  return lines;
}

/// Headers as a reader unfolds them.
std::vector<std::string> headers_of(const std::string& mail) {
  std::vector<std::string> headers;
  for (const auto& line : lines_of(mail)) {
    if (line.empty()) break;
    if (line.front() == ' ')
      headers.back() += line;
    else
      headers.push_back(line);
  }
  return headers;
}

std::string header(const std::string& mail, const std::string& name) {
  std::string value = "absent";
  for (const auto& line : headers_of(mail))
    if (line.starts_with(name + ":"))
      value = value == "absent" ? line.substr(std::min(name.size() + 2, line.size())) : "twice";
  return value;
}

std::string from_base64(const std::string& text) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(digits.find(c));
    count += 6;
    if (count >= 8) out += static_cast<char>(bits >> (count -= 8) & 255);
  }
  return out;
}

/// The text of a header that may consist of encoded words.
std::string decoded(const std::string& value) {
  std::istringstream words{value};
  std::string out;
  if (!value.starts_with("=?")) return value;
  for (std::string word; words >> word;) {
    CHECK(word.size() <= 75);
    REQUIRE(word.starts_with("=?UTF-8?B?"));
    out += from_base64(word.substr(10, word.size() - 12));
  }
  return out;
}

/// One part of the mail, decoded.
std::string part(const std::string& mail, const std::string& type) {
  const auto begin = mail.find("\r\n\r\n", mail.find("Content-Type: " + type)) + 4;
  const auto end = mail.find("\r\n--=_", begin);
  REQUIRE(end != std::string::npos);
  std::string out;
  for (std::size_t i = begin; i < end; ++i) {
    if (mail[i] != '=') {
      if (mail[i] != '\r') out += mail[i];
    } else if (mail[i + 1] == '\r') {
      i += 2;
    } else {
      out += static_cast<char>(std::stoi(mail.substr(i + 1, 2), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

const std::vector<std::pair<std::string, std::string>> hostile{
    {"a line break", "x\r\nBcc: evil@example.org\r\n\r\nbody"},
    {"line feeds", "x\nBcc: evil@example.org"},
    {"NUL", std::string{"x\0y", 3}},
    {"escapes", "\x1b[2J\x07\x7f"},
    {"an encoded word", "=?UTF-8?B?QmNjOiBldmls?="},
    {"emoji", "disk \xF0\x9F\x94\xA5\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x92 full"},
    {"right to left", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"},
    {"an override", "\xE2\x80\xAEgpj.exe"},
    {"broken UTF-8", "\xff\xfe\xC3"},
    {"very long", std::string(200'000, 'x')},
    {"very long, not ASCII",
     [] {
       std::string text;
       for (int i = 0; i < 50'000; ++i) text += "\xC3\xBC";
       return text;
     }()},
    {"a boundary", "\r\n--=_abcdefghijklmnopqrstuvwxyz--\r\n"},
    {"an end of mail", "\r\n.\r\nQUIT\r\n"},
    {"nothing", ""},
    {"blanks", "   \t  "}};

}  // namespace

TEST_CASE("a mail has the headers that it needs") {
  const auto mail = compose_mail(alert(), "neelix@herald1");
  CHECK(header(mail, "From") == "neelix@herald1");
  CHECK(header(mail, "To") == "a@example.org, b@example.org");
  CHECK(header(mail, "Subject") == "neelix  shop  SYSTEM HEARTBEAT FAILURE");
  CHECK(header(mail, "Date") == "Mon, 05 Jan 2026 10:01:01 +0000");
  CHECK(header(mail, "Message-ID") == "<abcdefghijklmnopqrstuvwxyz@00112233445566778899aabbccddeeff.psherald>");
  CHECK(header(mail, "In-Reply-To") == "absent");
  CHECK(header(mail, "Auto-Submitted") == "auto-generated");
  CHECK(header(mail, "X-Psherald-Rule") == "shop heartbeat");
  CHECK(header(mail, "X-Psherald-Incident") == "41");
  CHECK(header(mail, "X-Psherald-Kind") == "open");
  CHECK(header(mail, "MIME-Version") == "1.0");
  CHECK(part(mail, "text/plain") == "Silent.\nFor an hour.\n");
  CHECK(part(mail, "text/html") == "<p>Silent.</p>\n");
}

TEST_CASE("a later mail of a thread names the first one") {
  auto a = alert();
  a.root = "zzzzzzzzzzzzzzzzzzzzzzzzzz";
  const auto mail = compose_mail(a, "neelix@herald1");
  CHECK(header(mail, "In-Reply-To") == "<zzzzzzzzzzzzzzzzzzzzzzzzzz@00112233445566778899aabbccddeeff.psherald>");
  CHECK(header(mail, "References") == header(mail, "In-Reply-To"));
}

TEST_CASE("the same alert is the same mail") {
  CHECK(compose_mail(alert(), "neelix@herald1") == compose_mail(alert(), "neelix@herald1"));
}

TEST_CASE("no text adds a header, ends a part, or leaves ASCII and the length of a line") {
  const auto names = [](const std::string& mail) {
    std::vector<std::string> all;
    for (const auto& line : headers_of(mail)) all.push_back(line.substr(0, line.find(':')));
    return all;
  };
  const auto expected = names(compose_mail(alert(), "neelix@herald1"));
  for (const auto& [what, text] : hostile) {
    const std::string name{what};  // clang 14 cannot capture the binding itself
    CAPTURE(name);
    auto a = alert();
    a.subject = a.text = a.html = a.rule = a.receiver = text;
    a.to.push_back(text);
    const auto mail = compose_mail(a, "neelix@herald1");
    CHECK(names(mail) == expected);
    CHECK(header(mail, "To") == "a@example.org, b@example.org");
    const auto lines = lines_of(mail);
    CHECK(std::count(lines.begin(), lines.end(), "--=_abcdefghijklmnopqrstuvwxyz") == 2);
    CHECK(std::count(lines.begin(), lines.end(), "--=_abcdefghijklmnopqrstuvwxyz--") == 1);
    for (const auto& line : lines) {
      CHECK(line.size() <= 82);  // those of a Message-ID, which is better not folded; others have 76
      CHECK(std::all_of(line.begin(), line.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); }));
      CHECK_FALSE(line.ends_with(' '));
    }
  }
}

TEST_CASE("ids that are no ids cannot leave their header") {
  auto a = alert();
  a.uid = a.origin = a.root = "x>\r\nBcc: evil@example.org";
  const auto mail = compose_mail(a, "neelix@herald1");
  CHECK(header(mail, "Message-ID") == "<xBccevilexampleorg@xBccevilexampleorg.psherald>");
  CHECK(header(mail, "Bcc") == "absent");
}

TEST_CASE("texts come back as they were, but for what acts on a terminal or a line") {
  struct Case {
    std::string text, subject, body;
  };
  const std::vector<Case> table{
      {"disk \xF0\x9F\x94\xA5 full", "disk \xF0\x9F\x94\xA5 full", "disk \xF0\x9F\x94\xA5 full\n"},
      {"\xD7\xA9\xD7\x9C", "\xD7\xA9\xD7\x9C", "\xD7\xA9\xD7\x9C\n"},
      {"=?UTF-8?B?QQ==?=", "=?UTF-8?B?QQ==?=", "=?UTF-8?B?QQ==?=\n"},
      {"a\nb", "a b", "a\nb\n"},
      {"a\x1b"
       "b",
       "a b",
       "a\xEF\xBF\xBD"
       "b\n"},
      {"\xE2\x80\xAE"
       "abc",
       " abc",
       "\xEF\xBF\xBD"
       "abc\n"},
      {"\xff", "\xEF\xBF\xBD", "\xEF\xBF\xBD\n"},
      {"ends with blanks  ", "ends with blanks  ", "ends with blanks  \n"}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    auto a = alert();
    a.subject = a.text = c.text;
    const auto mail = compose_mail(a, "neelix@herald1");
    CHECK(decoded(header(mail, "Subject")) == c.subject);
    CHECK(part(mail, "text/plain") == c.body);
  }
}

TEST_CASE("a long text comes back whole") {
  auto a = alert();
  a.subject.clear();
  for (int i = 0; i < 500; ++i) a.subject += "\xC3\xBC\xF0\x9F\x94\xA5";
  a.text = a.subject;
  const auto mail = compose_mail(a, "neelix@herald1");
  CHECK(decoded(header(mail, "Subject")) == a.subject);
  CHECK(part(mail, "text/plain") == a.text + "\n");
}

TEST_CASE("a mail to nobody that can be named is still a mail") {
  auto a = alert();
  a.to = {"no address"};
  CHECK(header(compose_mail(a, "neelix@herald1"), "To") == "undisclosed-recipients:;");
}

TEST_CASE("only plain addresses are addresses") {
  for (const char* address :
       {"a@b", "neelix@herald1", "first.last+tag@mail.example.org", "a@[127.0.0.1]", "o'brien@x.ie"})
    CHECK(is_address(address));
  for (const std::string address : {"", "a", "@b", "a@", "a b@c", "a@b c", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "a@b>",
                                    "\"a\"@b", "a@b,c@d", "a@.b", "-a@b", "a@-b", "\xC3\xBC@b", "a@\xC3\xBC"})
    CHECK_MESSAGE(!is_address(address), address);
  CHECK_FALSE(is_address(std::string{"a@b\0c", 5}));
  CHECK_FALSE(is_address(std::string(65, 'a') + "@b"));
  CHECK_FALSE(is_address("a@" + std::string(260, 'b')));
}

TEST_CASE("a notifier that cannot work says so at once") {
  CHECK_THROWS_AS(MailNotifier({.server = "http://localhost"}), Error);
  CHECK_THROWS_AS(MailNotifier({.from = "no address"}), Error);
  CHECK_THROWS_AS(MailNotifier({.user = "u", .password_file = "/nowhere/password"}), Error);
}

TEST_SUITE_END();
