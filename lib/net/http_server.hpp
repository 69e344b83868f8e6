#pragma once

#include <memory>
#include <optional>

#include "net/http_session.hpp"

namespace psherald::net {

/// Understands requests with cpp-httplib: paths, parameters, forms. Threads: any number at once.
class HttpParser {
 public:
  HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;
  ~HttpParser();

  /// The request, or the response that says why it is none.
  std::variant<HttpRequest, HttpResponse> parse(RawRequest raw) const;

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace psherald::net
