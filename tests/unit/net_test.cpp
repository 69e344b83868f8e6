#include <doctest/doctest.h>
#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <csignal>

#include "net/client.hpp"
#include "net/http_head.hpp"
#include "net/http_message.hpp"
#include "net/http_server.hpp"
#include "net/inflate.hpp"
#include "net/listener.hpp"

using namespace psherald;
using namespace psherald::net;

TEST_SUITE_BEGIN("net");

namespace {

constexpr std::size_t limit = 1'000;  // of a body

const std::string line = "GET / HTTP/1.1\r\n", host = "Host: localhost\r\n", end = "\r\n";

// The status that a head is refused with; 200 when it is taken.
int status_of(const std::string& head) {
  const auto parsed = parse_head(head, {.max_body_bytes = limit});
  const auto* refusal = std::get_if<HttpRefusal>(&parsed);
  if (refusal) CHECK(!refusal->text.empty());
  return refusal ? refusal->status : 200;
}

HttpHead head_of(const std::string& text) {
  auto parsed = parse_head(text, {.max_body_bytes = limit});
  REQUIRE(std::holds_alternative<HttpHead>(parsed));
  return std::get<HttpHead>(std::move(parsed));
}

std::string many(std::size_t count, const std::string& text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::variant<HttpRequest, HttpResponse> parse(const std::string& target, const std::string& body = "",
                                              const std::string& type = "") {
  static const HttpParser parser;
  RawRequest raw{{"POST", target, {{"Host", "localhost"}}}, body, {"127.0.0.1:4711", true}};
  if (!type.empty()) raw.head.headers.emplace_back("content-type", type);
  return parser.parse(std::move(raw));
}

HttpRequest request(const std::string& target, const std::string& body = "", const std::string& type = "") {
  auto parsed = parse(target, body, type);
  REQUIRE(std::holds_alternative<HttpRequest>(parsed));
  return std::get<HttpRequest>(std::move(parsed));
}

int status_of(const std::variant<HttpRequest, HttpResponse>& parsed) {
  const auto* response = std::get_if<HttpResponse>(&parsed);
  return response ? response->status : 200;
}

const std::string form = "application/x-www-form-urlencoded";

std::string gzip(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), 0);
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

int inflate_status(const std::string& compressed, std::size_t max_bytes) {
  const auto inflated = net::inflate_gzip(compressed, max_bytes);
  const auto* refusal = std::get_if<net::HttpRefusal>(&inflated);
  return refusal == nullptr ? 200 : refusal->status;
}

}  // namespace

TEST_CASE("a head is taken or refused as a whole") {
  struct Case {
    std::string name;
    std::string head;
    int status = 400;
  };
  const Case cases[] = {
      {"the usual", line + host + end, 200},
      {"the oldest", "GET / HTTP/1.0\r\n" + end, 200},
      {"a space around a value, none around a name", line + "Host:  localhost \t\r\n" + end, 200},
      {"an empty value", line + host + "X:\r\n" + end, 200},
      {"bytes beyond ASCII in a value", line + host + "X: \xC3\xA9\r\n" + end, 200},
      {"the star", "OPTIONS * HTTP/1.1\r\n" + host + end, 200},
      {"nothing", end},
      {"no target", "GET HTTP/1.1\r\n" + host + end},
      {"no version", "GET /\r\n" + host + end},
      {"HTTP/0.9", "GET / \r\n" + host + end},
      {"HTTP/2's greeting", "PRI * HTTP/2.0\r\n" + end, 505},
      {"a version to come", "GET / HTTP/1.2\r\n" + host + end, 505},
      {"another protocol", "GET / RTSP/1.0\r\n" + host + end},
      {"a method that is no word", "G(T / HTTP/1.1\r\n" + host + end},
      {"a method without an end", std::string(33, 'A') + " / HTTP/1.1\r\n" + host + end},
      {"a target with a space", "GET /a b HTTP/1.1\r\n" + host + end},
      {"a target with a fragment", "GET /#a HTTP/1.1\r\n" + host + end},
      {"a relative target", "GET a HTTP/1.1\r\n" + host + end},
      {"a tunnel", "CONNECT host:80 HTTP/1.1\r\n" + host + end},
      {"an address without a host", "GET http:///a HTTP/1.1\r\n" + host + end},
      {"an address with a space in its host", "GET http://a b/ HTTP/1.1\r\n" + host + end},
      {"another scheme", "GET ftp://host/ HTTP/1.1\r\n" + host + end},
      {"a line feed alone", "GET / HTTP/1.1\nHost: localhost\n\n"},
      {"a line feed alone behind a header", line + "Host: localhost\n" + end},
      {"a carriage return alone", line + "Host: local\rhost\r\n" + end},
      {"NUL in the target", std::string{"GET /\0 HTTP/1.1\r\n", 17} + host + end},
      {"NUL in a value", line + host + std::string{"X: a\0b\r\n", 8} + end},
      {"a control character in a name", line + host + "X\x01: a\r\n" + end},
      {"delete in a value", line + host + "X: a\x7F\r\n" + end},
      {"a folded line", line + host + "X: a\r\n b\r\n" + end},
      {"a first header that is folded", line + " " + host + end},
      {"a space before the colon", line + "Host : localhost\r\n" + end},
      {"no colon", line + host + "X\r\n" + end},
      {"no name", line + host + ": a\r\n" + end},
      {"no host", line + end},
      {"two hosts", line + host + host + end},
      {"a hundred headers", line + host + many(99, "X: a\r\n") + end, 200},
      {"a hundred and one headers", line + host + many(100, "X: a\r\n") + end, 431},
      {"an unknown expectation", line + host + "Expect: miracles\r\n" + end, 417},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(status_of(c.head) == c.status);
  }
}

TEST_CASE("a body has one length, said in one way, and comes as it is") {
  struct Case {
    std::string headers;
    int status;
    std::size_t bytes = 0;
  };
  const Case cases[] = {
      {"", 200, 0},
      {"Content-Length: 0\r\n", 200, 0},
      {"content-length: 42\r\n", 200, 42},
      {"Content-Length: 0042\r\n", 200, 42},
      {"Content-Length: 1000\r\n", 200, 1'000},
      {"Content-Length: 1001\r\n", 413},
      {"Content-Length: 99999999999999999999999\r\n", 413},
      {"Content-Length:\r\n", 400},
      {"Content-Length: -1\r\n", 400},
      {"Content-Length: +1\r\n", 400},
      {"Content-Length: 1 \t\r\n", 200, 1},
      {"Content-Length: 1a\r\n", 400},
      {"Content-Length: 0x10\r\n", 400},
      {"Content-Length: 4, 4\r\n", 400},
      {"Content-Length: 4\r\nContent-Length: 4\r\n", 400},
      {"Content-Length: 4\r\nContent-Length: 5\r\n", 400},
      {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: identity\r\nContent-Length: 4\r\n", 400},
      {"Transfer-Encoding: chunked\r\n", 411},
      {"transfer-encoding: CHUNKED\r\n", 411},
      {"Transfer-Encoding: xchunked\r\n", 501},
      {"Transfer-Encoding: gzip, chunked\r\n", 501},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 501},
      {"Transfer-Encoding:\r\n", 501},
      {"Content-Encoding: gzip\r\nContent-Length: 4\r\n", 200, 4},
      {"Content-Encoding: GZIP\r\nContent-Length: 4\r\n", 200, 4},
      {"Content-Encoding: br\r\nContent-Length: 4\r\n", 415},
      {"Content-Encoding: deflate\r\nContent-Length: 4\r\n", 415},
      {"Content-Encoding: gzip, gzip\r\nContent-Length: 4\r\n", 415},
      {"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n", 415},
      {"Content-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: 4\r\n", 415},
      {"Content-Encoding:\r\nContent-Length: 4\r\n", 415},
      {"Content-Encoding: identity\r\nContent-Length: 4\r\n", 200, 4},
  };
  for (const auto& c : cases) {
    CAPTURE(c.headers);
    for (const std::string method : {"GET", "POST", "DELETE"}) {
      const auto head = method + " / HTTP/1.1\r\n" + host + c.headers + end;
      CHECK(status_of(head) == c.status);
      if (c.status == 200) CHECK(head_of(head).body_bytes == c.bytes);
    }
  }
}

TEST_CASE("a body of gzip is what was compressed, in one member or several") {
  std::string numbers;
  for (int i = 0; i < 20'000; ++i) numbers += std::to_string(i) + '\n';
  for (const std::string& text : {std::string{}, std::string{"x"}, numbers, numbers.substr(0, 32u << 10)}) {
    CAPTURE(text.size());
    const auto once = net::inflate_gzip(gzip(text), text.size());
    REQUIRE(std::holds_alternative<std::string>(once));
    CHECK(std::get<std::string>(once) == text);
    const auto twice = net::inflate_gzip(gzip(text) + gzip(text), 2 * text.size());
    REQUIRE(std::holds_alternative<std::string>(twice));
    CHECK(std::get<std::string>(twice) == text + text);
  }
}

TEST_CASE("a body that becomes too long, or grows too much, is refused before it is made") {
  std::string numbers;
  for (int i = 0; i < 20'000; ++i) numbers += std::to_string(i) + '\n';
  CHECK(inflate_status(gzip(numbers), numbers.size()) == 200);
  CHECK(inflate_status(gzip(numbers), numbers.size() - 1) == 413);
  CHECK(inflate_status(gzip(numbers), 1) == 413);
  CHECK(inflate_status(gzip(numbers), 0) == 413);
  const auto bomb = gzip(std::string(10u << 20, '0'));
  CHECK(bomb.size() < 20'000);
  CHECK(inflate_status(bomb, 1u << 30) == 413);
  CHECK(inflate_status(bomb, 1u << 20) == 413);
}

TEST_CASE("what is no gzip, or half of one, or one with more behind it, is a bad request") {
  const auto whole = gzip("a text that is long enough to be cut anywhere, anywhere, anywhere");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    CHECK(inflate_status(whole.substr(0, cut), 1'000) == 400);
    auto wrong = whole;
    wrong[cut] = static_cast<char>(wrong[cut] ^ 0x55);
    const int status = inflate_status(wrong, 1'000);
    CHECK((status == 200 || status == 400 || status == 413));  // a time stamp may be any
  }
  CHECK(inflate_status(whole + "more", 1'000) == 400);
  CHECK(inflate_status("{\"psherald\":1}", 1'000) == 400);
}

TEST_CASE("a head is read to the letter") {
  const auto head = head_of("POST /a?b=c HTTP/1.1\r\nHost: localhost:9021\r\nX-Two:  a  b \r\nx-two: c\r\n\r\n");
  CHECK(head.method == "POST");
  CHECK(head.target == "/a?b=c");
  REQUIRE(head.headers.size() == 3);
  CHECK(head.headers[0] == std::pair<std::string, std::string>{"Host", "localhost:9021"});
  CHECK(head.headers[1] == std::pair<std::string, std::string>{"X-Two", "a  b"});
  CHECK(head.headers[2] == std::pair<std::string, std::string>{"x-two", "c"});
}

TEST_CASE("a connection stays open as its client wants") {
  struct Case {
    std::string version;
    std::string headers;
    bool keep_alive;
  };
  const Case cases[] = {
      {"1.1", "", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: Upgrade , CLOSE\r\n", false},
      {"1.1", "Connection: Upgrade\r\nConnection: close\r\n", false},
      {"1.1", "Connection: closed\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: Keep-Alive\r\n", true},
      {"1.0", "Connection: close\r\n", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.headers);
    CHECK(head_of("GET / HTTP/" + c.version + "\r\n" + host + c.headers + end).keep_alive == c.keep_alive);
  }
  CHECK(head_of(line + host + "Expect: 100-Continue\r\n" + end).expects_continue);
  CHECK(!head_of("GET / HTTP/1.0\r\n" + host + "Expect: 100-continue\r\n" + end).expects_continue);
}

TEST_CASE("the host of an absolute target is the one that counts") {
  struct Case {
    std::string target;
    const char* path;
    const char* host;
  };
  const Case cases[] = {{"http://other/a?b", "/a?b", "other"},
                        {"HTTP://other:80", "/", "other:80"},
                        {"https://other?b=/c", "/?b=/c", "other"},
                        {"http://me@other/", "/", "me@other"},
                        {"/http://other/", "/http://other/", "localhost"}};
  for (const auto& c : cases) {
    CAPTURE(c.target);
    const auto head = head_of("GET " + c.target + " HTTP/1.1\r\n" + host + end);
    CHECK(head.target == c.path);
    REQUIRE(head.headers.size() == 1);
    CHECK(head.headers[0].second == c.host);
  }
}

TEST_CASE("the end of a head is found wherever the bytes are cut") {
  const std::string head = line + host + "Content-Length: 4\r\n" + end, text = head + "body" + head;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    CAPTURE(first);
    const auto early = find_head_end(std::string_view{text}.substr(0, first), 0);
    CHECK(early.has_value() == (first >= head.size()));
    if (early) CHECK(*early == head.size());
    for (std::size_t second = first; !early && second <= text.size(); ++second) {
      const auto late = find_head_end(std::string_view{text}.substr(0, second), first);
      if (late.has_value() != (second >= head.size()) || (late && *late != head.size())) CHECK(second == head.size());
    }
  }
}

TEST_CASE("half a head is refused, however much of it") {
  const std::string head = line + host + "Content-Length: 4\r\n" + end;
  for (std::size_t size = 0; size < head.size(); ++size) {
    CAPTURE(size);
    CHECK(status_of(head.substr(0, size)) == 400);
  }
}

TEST_CASE("an empty line without a carriage return ends a head, so that it is refused at once") {
  for (const std::string text : {"GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\n\n", "\n\n"}) {
    CAPTURE(text);
    CHECK(find_head_end(text, 0) == text.size());
    CHECK(status_of(text) == 400);
  }
}

TEST_CASE("any single byte in a head is taken or refused, never more") {
  const std::string head = line + host + "X: a\r\n" + end;
  for (std::size_t at = 0; at < head.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = head;
      changed[at] = static_cast<char>(byte);
      const int status = status_of(changed);
      if (status != 200 && status != 400 && status != 505)
        FAIL_CHECK("byte " << byte << " at " << at << ": " << status);
    }
}

TEST_CASE("paths and parameters are decoded") {
  using Parameters = std::vector<std::pair<std::string, std::string>>;
  struct Case {
    std::string target;
    const char* path;
    Parameters parameters;
  };
  const Case cases[] = {
      {"/", "/", {}},
      {"/a%20b+c", "/a b+c", {}},
      {"/%C3%A9", "/é", {}},
      {"/%2e%2e/etc", "/../etc", {}},
      {"/?", "/", {}},
      {"/?a=b&c=d", "/", {{"a", "b"}, {"c", "d"}}},
      {"/?a=1&a=2", "/", {{"a", "1"}, {"a", "2"}}},
      {"/?a", "/", {{"a", ""}}},
      {"/?a=", "/", {{"a", ""}}},
      {"/?a=b=c", "/", {{"a", "b=c"}}},
      {"/?a=b?c=d", "/", {{"a", "b?c=d"}}},
      {"/?a=b+c%2Bd", "/", {{"a", "b c+d"}}},
      {"/?a=%3Cscript%3E%26", "/", {{"a", "<script>&"}}},
      {"/?a=<\"'>", "/", {{"a", "<\"'>"}}},
      {"/?a=%C3%A9\xC3\xA9", "/", {{"a", "éé"}}},
      {"/?a=%F0%9F%98%80", "/", {{"a", "😀"}}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.target);
    const auto read = request(c.target);
    CHECK(read.path == c.path);
    CHECK(read.parameters == c.parameters);
    CHECK(read.method == "POST");
    CHECK(read.peer == "127.0.0.1:4711");
    CHECK(read.loopback);
  }
}

TEST_CASE("what is no text becomes text") {
  for (const std::string target : {"/%FF", "/?a=%FF", "/?a=%ED%A0%80", "/?%C3=1", "/?a=%", "/?a=%zz", "/?a=%u00e9"}) {
    CAPTURE(target);
    const auto read = request(target);
    std::string all = read.path;
    for (const auto& [name, value] : read.parameters) all += name + value;
    CHECK(all.find('\xFF') == all.npos);
    CHECK(all.find("\xED\xA0") == all.npos);
  }
  CHECK(request("/?a=x%00y").parameter("a") == std::string_view{"x\0y", 3});
}

TEST_CASE("a form's fields follow those of the address") {
  const auto read = request("/?a=1&z=2", "a=3&b=%26+c", form);
  CHECK(read.parameter("a") == "1");
  CHECK(read.parameter("z") == "2");
  CHECK(read.parameter("b") == "& c");
  CHECK(std::count(read.parameters.begin(), read.parameters.end(), std::pair<std::string, std::string>{"a", "3"}) == 1);
  CHECK(read.body == "a=3&b=%26+c");

  CHECK(request("/", "a=1", form + "; charset=utf-8").parameter("a") == "1");
  CHECK(request("/", "a=1", "Application/X-WWW-Form-Urlencoded").parameter("a") == "1");
  CHECK(!request("/", "a=1", "application/json").parameter("a"));
  CHECK(!request("/", "a=1", form + "ish").parameter("a"));
  CHECK(!request("/", "a=1").parameter("a"));
  CHECK(!request("/", "", form).parameter("a"));
  // A body is no request of its own, whatever it looks like.
  CHECK(request("/", "a=1\r\n\r\nGET /b HTTP/1.1\r\n\r\n", form).parameter("a") == "1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
}

TEST_CASE("headers stay as they were sent") {
  static const HttpParser parser;
  RawRequest raw{{"GET", "/", {{"X", "%0d%0aSet-Cookie: a%00"}}}, "", {"unix", true}};
  const auto read = std::get<HttpRequest>(parser.parse(std::move(raw)));
  CHECK(read.header("x") == "%0d%0aSet-Cookie: a%00");
  CHECK(read.headers.size() == 1);
}

TEST_CASE("an address or a form is as long as httplib reads it, in any of its versions") {
  CHECK(status_of(parse("/?a=" + std::string(7'996, 'b'))) == 200);
  CHECK(status_of(parse("/?a=" + std::string(7'997, 'b'))) == 414);
  CHECK(status_of(parse("/?a=" + std::string(2'665, '"'))) == 200);  // three bytes each
  CHECK(status_of(parse("/?a=" + std::string(2'666, '"'))) == 414);
  CHECK(status_of(parse("/", "a=" + std::string(7'998, 'b'), form)) == 200);
  CHECK(status_of(parse("/", "a=" + std::string(7'999, 'b'), form)) == 413);
  CHECK(status_of(parse("/", std::string(1'000'000, 'b'), "text/plain")) == 200);
  CHECK(request("/?" + many(2'000, "a&")).parameters.size() <= 2'000);
}

TEST_CASE("reading a request leaves the process's signals alone") {
  struct sigaction before {
  }, after{};
  sigaction(SIGPIPE, nullptr, &before);
  const HttpParser parser;
  sigaction(SIGPIPE, nullptr, &after);
  const bool same = before.sa_handler == after.sa_handler;
  CHECK(same);
}

TEST_CASE("parameters are found by letter, headers in any case") {
  const HttpRequest read{.parameters = {{"a", "1"}, {"A", "2"}, {"a", "3"}},
                         .headers = {{"X-One", "1"}, {"x-one", "2"}}};
  CHECK(read.parameter("a") == "1");
  CHECK(read.parameter("A") == "2");
  CHECK(!read.parameter("b"));
  CHECK(read.header("X-ONE") == "1");
  CHECK(!read.header("X-On"));
}

TEST_CASE("a response's head has all of its parts and no line of anybody else") {
  HttpResponse response{201, "text/plain", {{"X-One", "1"}, {"X-Two", "2\r\nSet-Cookie: evil"}, {"X\n", "3"}}, "12345"};
  const auto head = serialize_head(response, true);
  CHECK(head.starts_with("HTTP/1.1 201 "));
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(head.find("\r\nDate: ") != head.npos);
  CHECK(head.find(" GMT\r\n") != head.npos);
  CHECK(head.find("\r\nContent-Type: text/plain\r\n") != head.npos);
  CHECK(head.find("\r\nContent-Length: 5\r\n") != head.npos);
  CHECK(head.find("\r\nX-One: 1\r\n") != head.npos);
  CHECK(head.find("\r\nConnection: keep-alive\r\n") != head.npos);
  CHECK(head.find("Set-Cookie") == head.npos);
  CHECK(head.find("X-Two") == head.npos);
  CHECK(head.find("X\n") == head.npos);
  CHECK(serialize_head(response, false).find("\r\nConnection: close\r\n") != head.npos);
}

TEST_CASE("a status without a body says no length") {
  for (const int status : {204, 304}) {
    const auto head = serialize_head({status, "text/css", {{"ETag", "\"1\""}}, {}}, true);
    CHECK(head.find("Content-") == head.npos);
    CHECK(head.find("ETag: \"1\"") != head.npos);
  }
}

TEST_CASE("what goes wrong beside the pages is said with the same safety") {
  const auto response = plain_response(431, "Too much.");
  CHECK(response.status == 431);
  CHECK(response.body == "Too much.\n");
  const auto head = serialize_head(response, false);
  CHECK(head.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  for (const std::string header :
       {"Content-Security-Policy: default-src 'none'; ", "X-Content-Type-Options: nosniff\r\n",
        "Referrer-Policy: no-referrer\r\n", "Cache-Control: no-store\r\n"}) {
    CAPTURE(header);
    CHECK(head.find(header) != head.npos);
  }
}

TEST_CASE("an address tells whether others can reach it") {
  struct Case {
    std::string address;
    bool loopback;
  };
  const Case cases[] = {{"127.0.0.1:9021", true}, {"127.255.0.9:0", true}, {"[::1]:9021", true},
                        {"unix:/run/page", true}, {"unix:page", true},     {"0.0.0.0:9021", false},
                        {"[::]:9021", false},     {"192.0.2.1:80", false}, {"[2001:db8::1]:80", false}};
  for (const auto& c : cases) {
    CAPTURE(c.address);
    CHECK(is_loopback(c.address) == c.loopback);
  }
}

TEST_CASE("what is no address is an error that says why") {
  struct Case {
    std::string address;
    const char* reason;
  };
  const Case cases[] = {{"", "expected HOST:PORT"},
                        {"9021", "expected HOST:PORT"},
                        {":9021", "no host"},
                        {"[]:9021", "no host"},
                        {"127.0.0.1:", "not a number"},
                        {"127.0.0.1:-1", "not a number"},
                        {"127.0.0.1:65536", "not a number"},
                        {"127.0.0.1: 80", "not a number"},
                        {"127.0.0.1:80a", "not a number"},
                        {"::1:80", "in brackets"},
                        {"[::1:80", "in brackets"},
                        {"unix:", "no path"},
                        {"unix:/" + std::string(107, 'a'), "longer"}};
  for (const auto& c : cases) {
    CAPTURE(c.address);
    std::string said;
    try {
      is_loopback(c.address);
    } catch (const Error& error) {
      CHECK(error.code() == Errc::listen);
      said = error.what();
    }
    CHECK(said.starts_with("cannot listen on " + c.address + ": "));
    CHECK(said.find(c.reason) != said.npos);
  }
}

TEST_CASE("a mail server is a scheme, a host and perhaps a port") {
  using Encryption = MailServer::Encryption;
  struct Case {
    const char *url, *host;
    int port;
    Encryption encryption;
    bool loopback;
  };
  const std::vector<Case> table{{"smtp://localhost:25", "localhost", 25, Encryption::when_offered, true},
                                {"smtp://mail.example.org", "mail.example.org", 25, Encryption::when_offered, false},
                                {"smtp://127.0.0.1:2525/", "127.0.0.1", 2525, Encryption::when_offered, true},
                                {"smtp://[::1]:2525", "[::1]", 2525, Encryption::when_offered, true},
                                {"smtp://[2001:db8::1]", "[2001:db8::1]", 25, Encryption::when_offered, false},
                                {"smtp+starttls://mail", "mail", 587, Encryption::required, false},
                                {"smtps://mail:4650", "mail", 4650, Encryption::from_start, false}};
  for (const auto& c : table) {
    CAPTURE(c.url);
    const auto server = parse_mail_server(c.url);
    REQUIRE(server.has_value());
    CHECK(server->host == c.host);
    CHECK(server->port == c.port);
    CHECK(server->encryption == c.encryption);
    CHECK(server->loopback == c.loopback);
  }
}

TEST_CASE("what is no mail server is refused before anything is sent there") {
  for (const char* url :
       {"", "localhost", "http://localhost", "smtp://", "smtp://:25", "smtp://host:", "smtp://host:0",
        "smtp://host:65536", "smtp://host:25x", "smtp://user:password@host", "smtp://a b", "smtp://a/b",
        "smtp://a\r\nQUIT", "smtp://[::1", "smtp://::1", "smtp://-host", "SMTP://host"}) {
    CAPTURE(url);
    const auto server = parse_mail_server(url);
    REQUIRE_FALSE(server.has_value());
    CHECK(server.error().text.ends_with("write smtp://HOST:PORT"));
  }
}

TEST_SUITE_END();
