#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace psherald::net {

/// Request line and headers of one request. The headers are as sent, apart from the space around their values.
struct HttpHead {
  std::string method;
  std::string target;  ///< Begins with a slash, or is "*".
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t body_bytes = 0;
  bool gzip = false;  ///< So the body is encoded.
  bool keep_alive = true;
  bool takes_chunks = true;  ///< HTTP/1.1: a body without a length may come in chunks.
  bool expects_continue = false;
};

/// Why a request is not taken: a status and a sentence. The connection ends with it, for nobody knows where the next
/// request would begin.
struct HttpRefusal {
  int status;
  std::string text;
};

struct HeadLimits {
  std::size_t max_headers = 100;
  std::size_t max_body_bytes = 0;
};

/// Where the head ends, one past its empty line; nothing while it has not come. `searched` bytes were looked at before.
std::optional<std::size_t> find_head_end(std::string_view received, std::size_t searched) noexcept;

/// Reads a whole head, its empty line included. One way to read a request only: what a proxy could read in another way
/// (two lengths, a length and an encoding, folded lines, bare line feeds) is refused. Source: RFC 9112.
std::variant<HttpHead, HttpRefusal> parse_head(std::string_view text, const HeadLimits& limits);

}  // namespace psherald::net
