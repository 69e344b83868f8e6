#include <algorithm>

#include "psherald/frame.hpp"

namespace psherald {
namespace {

constexpr std::size_t header_bytes = 4;
constexpr std::size_t usual_capacity = 64u << 10;

std::uint32_t length_of(std::string_view header) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(header[i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

std::string_view take(std::string_view& from, std::size_t bytes) noexcept {
  const auto taken = from.substr(0, bytes);
  from.remove_prefix(taken.size());
  return taken;
}

std::string above(const char* what, std::size_t length, std::size_t limit) {
  return std::string{what} + " of " + std::to_string(length) + " bytes is above the limit of " + std::to_string(limit);
}

}  // namespace

bool FrameReader::feed(std::string_view bytes, const OnFrame& on_frame, const OnRejected& on_rejected) {
  while (!bytes.empty()) {
    if (skipping_ > 0) {
      skip(bytes, on_rejected);
    } else if (!deliver_whole(bytes, on_frame)) {
      pending_ += take(bytes, header_bytes - std::min(header_bytes, pending_.size()));
      if (pending_.size() < header_bytes) return true;
      const std::size_t length = length_of(pending_);
      if (length > options_.max_frame_bytes) {
        if (!begin_skipping(length, bytes, on_rejected)) return false;
      } else {
        gather(length, bytes, on_frame);
      }
    }
  }
  return true;
}

// The usual case: the frame lies in the bytes as a whole, and nothing is copied.
bool FrameReader::deliver_whole(std::string_view& bytes, const OnFrame& on_frame) {
  if (!pending_.empty() || bytes.size() < header_bytes) return false;
  const std::size_t length = length_of(bytes);
  if (length > options_.max_frame_bytes || length > bytes.size() - header_bytes) return false;
  bytes.remove_prefix(header_bytes);
  on_frame(take(bytes, length));
  return true;
}

// Room grows with what really arrives, so that a length alone cannot make us allocate.
void FrameReader::gather(std::size_t length, std::string_view& bytes, const OnFrame& on_frame) {
  const std::size_t size = header_bytes + length;
  pending_ += take(bytes, size - pending_.size());
  if (pending_.size() < size) return;
  on_frame(std::string_view{pending_}.substr(header_bytes));
  pending_.clear();
  if (pending_.capacity() > usual_capacity) pending_ = {};
}

// False: a length like that is none.
bool FrameReader::begin_skipping(std::size_t length, std::string_view bytes, const OnRejected& on_rejected) {
  if (length > options_.max_skipped_bytes) {
    pending_.append(bytes.substr(0, options_.kept_bytes)).resize(std::min(pending_.size(), options_.kept_bytes));
    on_rejected({{Errc::bad_frame, above("a length", length, options_.max_skipped_bytes) +
                                       "; this is not the protocol of a SocketHandler"},
                 pending_});
    pending_ = {};
    return false;
  }
  skipping_ = skipped_length_ = length;
  pending_.clear();
  return true;
}

void FrameReader::skip(std::string_view& bytes, const OnRejected& on_rejected) {
  const auto skipped = take(bytes, skipping_);
  pending_.append(skipped.substr(0, options_.kept_bytes - pending_.size()));
  skipping_ -= skipped.size();
  if (skipping_ > 0) return;
  on_rejected({{Errc::frame_too_large, above("a frame", skipped_length_, options_.max_frame_bytes)}, pending_});
  pending_ = {};
}

void FrameReader::finish(const OnRejected& on_rejected) {
  std::string_view arrived = pending_;
  std::string within = "a length prefix";
  std::size_t size = arrived.size();
  if (skipping_ > 0) {
    within = "a frame of " + std::to_string(skipped_length_) + " bytes";
    size = skipped_length_ - skipping_;
  } else if (arrived.size() >= header_bytes) {
    within = "a frame of " + std::to_string(length_of(arrived)) + " bytes";
    arrived.remove_prefix(header_bytes);
    size = arrived.size();
  }
  if (skipping_ > 0 || !pending_.empty())
    on_rejected(
        {{Errc::frame_cut_off, "the peer closed within " + within + ", after " + std::to_string(size) + " bytes of it"},
         arrived.substr(0, options_.kept_bytes)});
  skipping_ = 0;
  pending_ = {};
}

}  // namespace psherald
