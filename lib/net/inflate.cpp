#include "net/inflate.hpp"

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

namespace psherald::net {
namespace {

// Records as JSON become a tenth, at best a fiftieth; nothing that is worth sending becomes less than a hundredth.
constexpr std::size_t max_ratio = 100;

/// Owns the state of zlib.
class Inflater {
 public:
  explicit Inflater(std::string_view input) {
    constexpr int gzip_only = 15 + 16;  // the largest window, and no other header
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    if (inflateInit2(&stream_, gzip_only) != Z_OK) throw std::bad_alloc{};
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// The next piece; empty at the end, and where it is broken.
  std::string_view next() {
    while (!ended_ && !broken_) {
      stream_.next_out = piece_.data();
      stream_.avail_out = static_cast<uInt>(piece_.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        ended_ = stream_.avail_in == 0;
        if (!ended_) inflateReset(&stream_);
      } else {
        broken_ = result != Z_OK || (stream_.avail_in == 0 && stream_.avail_out > 0);
      }
      const std::size_t size = piece_.size() - stream_.avail_out;
      if (size > 0) return {reinterpret_cast<const char*>(piece_.data()), size};
    }
    return {};
  }
  bool broken() const noexcept { return broken_; }

 private:
  z_stream stream_{};
  std::array<Bytef, 32u << 10> piece_;
  bool ended_ = false, broken_ = false;
};

HttpRefusal too_long(std::size_t compressed, std::size_t max_bytes) {
  if (max_bytes <= compressed * max_ratio)
    return {413, "The body is above the limit of " + std::to_string(max_bytes) + " bytes when it is inflated."};
  return {413, "The body becomes more than " + std::to_string(max_ratio) + " times as long when it is inflated."};
}

}  // namespace

std::variant<std::string, HttpRefusal> inflate_gzip(std::string_view compressed, std::size_t max_bytes) {
  if (compressed.size() > std::numeric_limits<uInt>::max() / max_ratio) return too_long(compressed.size(), max_bytes);
  const std::size_t most = std::min(max_bytes, compressed.size() * max_ratio);
  std::string body;
  Inflater inflater{compressed};
  for (auto piece = inflater.next(); !piece.empty(); piece = inflater.next()) {
    if (piece.size() > most - body.size()) return too_long(compressed.size(), max_bytes);
    body += piece;
  }
  if (inflater.broken()) return HttpRefusal{400, "The body is said to be gzip, and is none or not all of it."};
  return body;
}

}  // namespace psherald::net
