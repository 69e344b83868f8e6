#include "page/static_file.hpp"

#include <algorithm>

#include "net/http_message.hpp"
#include "page/assets.hpp"

namespace psherald::page {

std::optional<HttpResponse> static_file(const HttpRequest& request) {
  const auto all = assets();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Asset& asset) { return asset.path == request.path; });
  if (found == all.end()) return {};
  // Under an address with the tag of its bytes it never changes.
  const auto asked = request.parameter("v");
  const bool fixed = asked && '"' + std::string{*asked} + '"' == found->etag;
  HttpResponse response{200, std::string{found->content_type}, {{"ETag", std::string{found->etag}}}, {}};
  response.headers.emplace_back("Cache-Control", fixed ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (request.header("If-None-Match").value_or("").find(found->etag) != std::string_view::npos) {
    response.status = 304;
  } else if (net::takes_gzip(request)) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = found->packed;
  } else {
    response.body = found->bytes;
  }
  return response;
}

}  // namespace psherald::page
