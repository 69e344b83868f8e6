#include "net/http_message.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <exception>
#include <utility>

namespace psherald {
namespace net {
namespace {

struct Status {
  int code;
  std::string_view reason;
};
constexpr std::array statuses{Status{200, "OK"},
                              Status{201, "Created"},
                              Status{204, "No Content"},
                              Status{302, "Found"},
                              Status{303, "See Other"},
                              Status{304, "Not Modified"},
                              Status{400, "Bad Request"},
                              Status{401, "Unauthorized"},
                              Status{403, "Forbidden"},
                              Status{404, "Not Found"},
                              Status{405, "Method Not Allowed"},
                              Status{408, "Request Timeout"},
                              Status{409, "Conflict"},
                              Status{411, "Length Required"},
                              Status{413, "Content Too Large"},
                              Status{414, "URI Too Long"},
                              Status{415, "Unsupported Media Type"},
                              Status{417, "Expectation Failed"},
                              Status{421, "Misdirected Request"},
                              Status{429, "Too Many Requests"},
                              Status{431, "Request Header Fields Too Large"},
                              Status{500, "Internal Server Error"},
                              Status{501, "Not Implemented"},
                              Status{503, "Service Unavailable"},
                              Status{505, "HTTP Version Not Supported"}};

std::string_view reason_of(int code) noexcept {
  const auto found = std::find_if(statuses.begin(), statuses.end(), [&](const Status& s) { return s.code == code; });
  return found == statuses.end() ? std::string_view{"Status"} : found->reason;
}

// strftime would follow the host's locale. Source: RFC 9110, 5.6.7.
std::string http_date(std::time_t time) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  gmtime_r(&time, &t);
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[static_cast<std::size_t>(t.tm_wday)],
      t.tm_mday, months[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

bool fits_in_a_line(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; });
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  if (!fits_in_a_line(name) || !fits_in_a_line(value)) return;
  (out += name) += ": ";
  (out += value) += "\r\n";
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool same_name(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void add_safety_headers(HttpResponse& response) {
  response.headers.insert(
      response.headers.end(),
      {{"Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action "
        "'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"},
       {"X-Content-Type-Options", "nosniff"},
       {"Referrer-Policy", "no-referrer"},
       {"Cross-Origin-Opener-Policy", "same-origin"},
       {"Cross-Origin-Resource-Policy", "same-origin"}});
}

HttpResponse plain_response(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = text;
  response.body += '\n';
  response.headers.emplace_back("Cache-Control", "no-store");
  add_safety_headers(response);
  return response;
}

bool takes_gzip(const HttpRequest& request) noexcept {
  auto rest = request.header("Accept-Encoding").value_or("");
  while (!rest.empty()) {
    const auto coding = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(coding.size() + 1, rest.size()));
    auto name = coding.substr(0, coding.find_first_of("; \t", coding.find_first_not_of(" \t")));
    name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
    if (!same_name(name, "gzip")) continue;
    const auto weight = coding.find('=');
    return weight == coding.npos || coding.find_first_of("123456789", weight) != coding.npos;
  }
  return false;
}

std::string as_chunk(std::string_view piece) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  std::string chunk{size.data()};
  (chunk += piece) += "\r\n";
  return chunk;
}

std::string serialize_head(const HttpResponse& response, bool keep_alive, bool chunks) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  (out += reason_of(response.status)) += "\r\n";
  append_header(out, "Date", http_date(std::time(nullptr)));
  if (has_body(response.status)) {
    append_header(out, "Content-Type", response.content_type);
    if (!response.stream)
      append_header(out, "Content-Length", std::to_string(response.body.size()));
    else if (chunks)
      append_header(out, "Transfer-Encoding", "chunked");
  }
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  append_header(out, "Connection", keep_alive ? "keep-alive" : "close");
  return out += "\r\n";
}

}  // namespace net

namespace {

template <class Same>
std::optional<std::string_view> first_of(const std::vector<std::pair<std::string, std::string>>& pairs, Same same) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return same(pair.first); });
  if (found == pairs.end()) return {};
  return found->second;
}

}  // namespace

HttpHandler answer_at_once(std::function<HttpResponse(const HttpRequest&)> answer) {
  return [answer = std::move(answer)](const HttpRequest& request, const HttpRespond& respond) {
    HttpResponse response;
    try {
      response = answer(request);
    } catch (const std::exception& error) {
      response = net::plain_response(500, std::string{"The request failed: "} + error.what());
    }
    respond(std::move(response));
  };
}

std::optional<std::string_view> HttpRequest::parameter(std::string_view name) const noexcept {
  return first_of(parameters, [&](std::string_view other) { return other == name; });
}

std::optional<std::string_view> HttpRequest::header(std::string_view name) const noexcept {
  return first_of(headers, [&](std::string_view other) { return net::same_name(other, name); });
}

}  // namespace psherald
