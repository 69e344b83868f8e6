#include "net/http_head.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "net/http_message.hpp"

namespace psherald::net {
namespace {

struct Refused {
  HttpRefusal refusal;
};
[[noreturn]] void refuse(int status, std::string text) { throw Refused{{status, std::move(text)}}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_token_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The next line without its end. A line feed or a carriage return alone is where two readers disagree.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == text.npos || end == 0 || text[end - 1] != '\r')
    refuse(400, "A line of the request does not end with CR LF.");
  const auto line = text.substr(0, end - 1);
  text.remove_prefix(end + 1);
  const auto control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
  if (std::any_of(line.begin(), line.end(), control)) refuse(400, "The request has a control character in its head.");
  return line;
}

// "http://host/path" is what a proxy is sent; the host in it is the one that counts. Source: RFC 9112, 3.2.2.
std::string take_authority(std::string& target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_name(std::string_view{target}.substr(0, scheme.size()), scheme)) continue;
    const auto end = std::min(target.find_first_of("/?", scheme.size()), target.size());
    std::string authority = target.substr(scheme.size(), end - scheme.size());
    if (authority.empty()) refuse(400, "The target of the request names no host.");
    target.erase(0, end);
    if (target.empty() || target.front() == '?') target.insert(0, 1, '/');
    return authority;
  }
  return {};
}

struct RequestLine {
  std::string authority;
  bool old = false;  // HTTP/1.0
};

RequestLine read_request_line(std::string_view line, HttpHead& head) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last) refuse(400, "The request line is not METHOD TARGET VERSION.");
  const auto method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
             version = line.substr(last + 1);
  if (!is_token(method) || method.size() > 32) refuse(400, "The method is not a word.");
  if (!version.starts_with("HTTP/")) refuse(400, "The request line does not end with an HTTP version.");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  if (target.find_first_of(" \t#") != target.npos) refuse(400, "The target of the request is not a path.");
  head.method = method;
  head.target = target;
  RequestLine read{take_authority(head.target), version == "HTTP/1.0"};
  if (!head.target.starts_with('/') && head.target != "*") refuse(400, "The target of the request is not a path.");
  return read;
}

void read_header(std::string_view line, std::size_t max_headers, HttpHead& head) {
  const auto colon = line.find(':');
  if (colon == line.npos || !is_token(line.substr(0, colon))) refuse(400, "A header is not NAME: VALUE.");
  if (head.headers.size() == max_headers)
    refuse(431, "The request has more than " + std::to_string(max_headers) + " headers.");
  head.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
}

std::vector<std::string_view> values_of(const HttpHead& head, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [other, value] : head.headers)
    if (same_name(other, name)) values.push_back(value);
  return values;
}

// Whether a comma-separated list names the word.
bool lists(const std::vector<std::string_view>& values, std::string_view word) {
  for (auto value : values) {
    auto comma = value.find(',');
    for (; comma != value.npos; comma = value.find(',')) {
      if (same_name(trim(value.substr(0, comma)), word)) return true;
      value.remove_prefix(comma + 1);
    }
    if (same_name(trim(value), word)) return true;
  }
  return false;
}

std::size_t read_length(const HttpHead& head, std::size_t max_body_bytes) {
  const auto lengths = values_of(head, "Content-Length"), codings = values_of(head, "Transfer-Encoding");
  if (!codings.empty()) {
    if (!lengths.empty()) refuse(400, "The request has both Content-Length and Transfer-Encoding.");
    if (codings.size() == 1 && same_name(codings[0], "chunked"))
      refuse(411, "Send a Content-Length instead of chunks.");
    refuse(501, "The Transfer-Encoding is not known here.");
  }
  if (lengths.empty()) return 0;
  if (lengths.size() > 1) refuse(400, "The request has more than one Content-Length.");
  const auto text = lengths[0];
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit))
    refuse(400, "The Content-Length is not a number.");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc{} || length > max_body_bytes)
    refuse(413, "The body is above the limit of " + std::to_string(max_body_bytes) + " bytes.");
  return length;
}

bool read_encoding(const HttpHead& head) {
  const auto encodings = values_of(head, "Content-Encoding");
  for (const auto encoding : encodings)
    if (!same_name(encoding, "identity") && (encodings.size() > 1 || !same_name(encoding, "gzip")))
      refuse(415, "A body is taken as it is, or compressed once by gzip.");
  return !encodings.empty() && same_name(encodings[0], "gzip");
}

void read_host(HttpHead& head, const RequestLine& line) {
  const auto hosts = values_of(head, "Host");
  if (hosts.size() > 1 || (hosts.empty() && !line.old)) refuse(400, "The request needs one Host header.");
  if (line.authority.empty()) return;
  std::erase_if(head.headers, [](const auto& header) { return same_name(header.first, "Host"); });
  head.headers.emplace_back("Host", line.authority);
}

HttpHead read_head(std::string_view text, const HeadLimits& limits) {
  HttpHead head;
  const auto line = read_request_line(take_line(text), head);
  for (auto header = take_line(text); !header.empty(); header = take_line(text))
    read_header(header, limits.max_headers, head);
  read_host(head, line);
  head.body_bytes = read_length(head, limits.max_body_bytes);
  head.gzip = read_encoding(head);
  const auto connection = values_of(head, "Connection");
  head.takes_chunks = !line.old;
  head.keep_alive = line.old ? lists(connection, "keep-alive") : !lists(connection, "close");
  for (const auto expectation : values_of(head, "Expect")) {
    if (!same_name(expectation, "100-continue")) refuse(417, "Only 100-continue can be expected.");
    head.expects_continue = !line.old;
  }
  return head;
}

}  // namespace

std::optional<std::size_t> find_head_end(std::string_view received, std::size_t searched) noexcept {
  // The empty line may have begun in what was searched before. A bare one ends the head too: parse_head refuses it at
  // once, where waiting for a proper one would last until the deadline.
  for (auto at = received.find('\n', searched < 2 ? 0 : searched - 2); at != received.npos;
       at = received.find('\n', at + 1)) {
    const auto after = received.substr(at + 1, 2);
    if (after.starts_with('\n')) return at + 2;
    if (after == "\r\n") return at + 3;
  }
  return {};
}

std::variant<HttpHead, HttpRefusal> parse_head(std::string_view text, const HeadLimits& limits) {
  try {
    return read_head(text, limits);
  } catch (Refused& refused) {
    return std::move(refused.refusal);
  }
}

}  // namespace psherald::net
