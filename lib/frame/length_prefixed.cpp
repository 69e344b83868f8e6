#include <algorithm>
#include <cstring>

#include "psherald/frame.hpp"

namespace psherald {
namespace {

constexpr std::size_t header_bytes = 4;

std::uint32_t length_of(std::string_view header) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(header[i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

std::string_view take(std::string_view& from, std::size_t bytes) noexcept {
  const auto taken = from.substr(0, bytes);
  from.remove_prefix(taken.size());
  return taken;
}

std::string above(const char* what, std::uint64_t length, std::size_t limit) {
  return std::string{what} + " of " + std::to_string(length) + " bytes is above the limit of " + std::to_string(limit);
}

}  // namespace

bool FrameReader::feed(std::string_view bytes, const OnFrame& on_frame, const OnRejected& on_rejected) {
  while (!bytes.empty()) {
    if (skipping_ > 0) {
      const auto skipped = take(bytes, static_cast<std::size_t>(std::min<std::uint64_t>(skipping_, bytes.size())));
      pending_.append(skipped.substr(0, options_.kept_bytes - std::min(options_.kept_bytes, pending_.size())));
      skipping_ -= skipped.size();
      if (skipping_ == 0) {
        on_rejected({{Errc::frame_too_large, above("a frame", skipped_length_, options_.max_frame_bytes)}, pending_});
        pending_ = {};
      }
      continue;
    }
    if (pending_.size() < header_bytes) {
      if (pending_.empty() && bytes.size() >= header_bytes) {  // the usual case: whole frames, nothing copied
        const std::size_t length = length_of(bytes);
        if (length <= options_.max_frame_bytes && bytes.size() - header_bytes >= length) {
          on_frame(bytes.substr(header_bytes, length));
          bytes.remove_prefix(header_bytes + length);
          continue;
        }
      }
      pending_ += take(bytes, header_bytes - pending_.size());
      if (pending_.size() < header_bytes) return true;
    }
    const std::size_t length = length_of(pending_);
    if (length > options_.max_frame_bytes) {
      if (length > options_.max_skipped_bytes) {
        const std::string kept = pending_ + std::string{bytes.substr(0, options_.kept_bytes)};
        on_rejected({{Errc::bad_frame, above("a length", length, options_.max_skipped_bytes) +
                                           "; this is not the protocol of a SocketHandler"},
                     kept});
        pending_ = {};
        return false;
      }
      skipping_ = skipped_length_ = length;
      pending_.clear();
      continue;
    }
    // Room grows with what really arrives, so that a length alone cannot make us allocate.
    pending_ += take(bytes, header_bytes + length - pending_.size());
    if (pending_.size() == header_bytes + length) {
      on_frame(std::string_view{pending_}.substr(header_bytes));
      pending_.clear();
      if (pending_.capacity() > 64 * 1024) pending_ = {};
    }
  }
  return true;
}

void FrameReader::finish(const OnRejected& on_rejected) {
  if (skipping_ > 0) {
    on_rejected(
        {{Errc::frame_cut_off, "the peer closed within a frame of " + std::to_string(skipped_length_) + " bytes"},
         pending_});
  } else if (!pending_.empty()) {
    const auto body = std::string_view{pending_}.substr(std::min(header_bytes, pending_.size()));
    const std::string of = pending_.size() < header_bytes
                               ? "a length prefix"
                               : "a frame of " + std::to_string(length_of(pending_)) + " bytes";
    on_rejected({{Errc::frame_cut_off,
                  "the peer closed within " + of + ", after " + std::to_string(body.size()) + " bytes of it"},
                 body.substr(0, options_.kept_bytes)});
  }
  skipping_ = 0;
  pending_ = {};
}

}  // namespace psherald
