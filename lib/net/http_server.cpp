#include "net/http_server.hpp"

#include <httplib.h>

#include <algorithm>
#include <csignal>

#include "net/http_message.hpp"
#include "record/utf8.hpp"

namespace psherald::net {
namespace {

// httplib answers 414 to a line of more than 8,192 bytes, method and version included.
constexpr std::size_t max_target_bytes = 8'000;
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// One request line, read from memory; what httplib answers is thrown away. Without `override`, because the versions of
// httplib do not ask for the same functions.
// NOLINTBEGIN(modernize-use-override)
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string_view text) : left_{text} {}

  bool is_readable() const { return !left_.empty(); }
  bool is_writable() const { return true; }
  bool wait_readable() const { return !left_.empty(); }
  bool wait_writable() const { return true; }
  ssize_t read(char* to, size_t size) {
    const std::size_t taken = left_.copy(to, size);
    left_.remove_prefix(taken);
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char*, size_t size) { return static_cast<ssize_t>(size); }
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}
  socket_t socket() const { return 0; }
  time_t duration() const { return 0; }

 private:
  std::string_view left_;
};
// NOLINTEND(modernize-use-override)

// Escapes what has no place in a query, so that every version of httplib reads it in the same way: a second '?', and
// the second '=' of a parameter, are what they differ in.
std::string plain_query(std::string_view text) {
  constexpr std::string_view allowed = "!$&'()*+,-./:;@_~%";
  constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  bool in_value = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '=' && !in_value) {
      out += c;
      in_value = true;
    } else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               allowed.find(c) != allowed.npos) {
      out += c;
      in_value = in_value && c != '&';
    } else {
      ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
  }
  return out;
}

std::string valid_text(std::string_view bytes) {
  std::string text;
  append_utf8(text, bytes);
  return text;
}

bool is_form(const HttpHead& head) {
  for (const auto& [name, value] : head.headers)
    if (same_name(name, "Content-Type"))
      return same_name(std::string_view{value}.substr(0, value.find_first_of("; \t")), form_type);
  return false;
}

}  // namespace

class HttpParser::Server : public httplib::Server {
 public:
  Server() {
    // Answers everything before httplib would look for routes, which are std::regex.
    set_pre_routing_handler([](const httplib::Request&, httplib::Response&) { return HandlerResponse::Handled; });
  }

  /// False when httplib does not take the target. What it does with a method is none of our business: it only ever
  /// sees a GET.
  bool read(const std::string& target, httplib::Request& into) {
    const std::string text = "GET " + target + " HTTP/1.1\r\n\r\n";
    MemoryStream stream{text};
    bool understood = false;
    process(*this, stream, [&](httplib::Request& request) {
      understood = true;
      into = request;
    });
    return understood;
  }

 private:
  // From 0.15 on the addresses are parameters; a template, because only there `requires` may fail.
  template <class Self>
  static void process(Self& self, httplib::Stream& stream, const std::function<void(httplib::Request&)>& setup) {
    bool closed = false;
    if constexpr (requires { self.process_request(stream, true, closed, setup); }) {
      self.process_request(stream, true, closed, setup);
    } else {
      self.process_request(stream, {}, 0, {}, 0, true, closed, setup);
    }
  }
};

HttpParser::HttpParser() {
  // httplib's server takes SIGPIPE out for the whole process; that is the host's to decide.
  struct sigaction before {};
  sigaction(SIGPIPE, nullptr, &before);
  server_ = std::make_unique<Server>();
  sigaction(SIGPIPE, &before, nullptr);
}

HttpParser::~HttpParser() = default;

std::variant<HttpRequest, HttpResponse> HttpParser::parse(RawRequest raw) const {
  const auto question = raw.head.target.find('?');
  std::string target = raw.head.target.substr(0, question);
  if (question != std::string::npos)
    target += '?' + plain_query(std::string_view{raw.head.target}.substr(question + 1));
  if (target.size() > max_target_bytes) return plain_response(414, "The address is too long.");

  httplib::Request parsed;
  if (!server_->read(target, parsed)) return plain_response(400, "The request is not understood.");

  HttpRequest request;
  request.method = raw.head.method;
  request.path = valid_text(parsed.path);
  for (const auto& [name, value] : parsed.params) request.parameters.emplace_back(valid_text(name), valid_text(value));
  if (is_form(raw.head)) {
    const auto form = plain_query(raw.body);
    if (form.size() > max_target_bytes) return plain_response(413, "The form is too long.");
    httplib::Request fields;
    if (!server_->read("/?" + form, fields)) return plain_response(400, "The form is not understood.");
    for (const auto& [name, value] : fields.params)
      request.parameters.emplace_back(valid_text(name), valid_text(value));
  }
  request.headers = std::move(raw.head.headers);
  request.body = std::move(raw.body);
  request.peer = std::move(raw.peer.name);
  request.loopback = raw.peer.loopback;
  request.encrypted = raw.peer.encrypted;
  request.certificate = std::move(raw.peer.certificate);
  request.cancel = std::move(raw.cancel);
  return request;
}

}  // namespace psherald::net
