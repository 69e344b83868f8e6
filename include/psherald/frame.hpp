#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "psherald/error.hpp"

namespace psherald {

/// Cuts a stream of bytes into the frames of Python's SocketHandler: 4 bytes big-endian length, then so many bytes.
/// Bytes in, whole frames out, in any segmentation; no I/O. A frame's length is judged before anything is allocated for
/// it.
///
///     const bool intact = reader.feed(bytes, [&](std::string_view frame) { ... },
///                                     [&](const FrameReader::Rejected& rejected) { ... });
///
/// Source: CPython Lib/logging/handlers.py, SocketHandler.makePickle.
class FrameReader {
 public:
  struct Options {
    std::size_t max_frame_bytes = 1u << 20;     ///< A longer frame is passed over, and its beginning reported.
    std::size_t max_skipped_bytes = 16u << 20;  ///< A length above this is no length: the stream is broken.
    std::size_t kept_bytes = 64u << 10;         ///< How much of a frame that is passed over is reported.
  };
  /// A frame that was not delivered.
  struct Rejected {
    Fault fault;  ///< frame_too_large, frame_cut_off, or bad_frame: the stream is broken.
    /// The first bytes of the frame, at most `kept_bytes`; of a broken stream, from the length on. Valid during the
    /// call.
    std::string_view bytes;
  };
  using OnFrame = std::function<void(std::string_view frame)>;  ///< The frame's body; valid during the call.
  using OnRejected = std::function<void(const Rejected& rejected)>;

  explicit FrameReader(Options options) : options_{options} {}
  FrameReader() : FrameReader{Options{}} {}

  /// Calls back for each frame that ends within `bytes`, in order; an empty frame is one too. False: the stream is
  /// broken, a length cannot be one, and `on_rejected` was told; close the connection and feed no more.
  [[nodiscard]] bool feed(std::string_view bytes, const OnFrame& on_frame, const OnRejected& on_rejected);
  /// The peer has closed. A frame that was under way is reported as frame_cut_off.
  void finish(const OnRejected& on_rejected);
  /// Bytes held of a frame that has not wholly arrived.
  std::size_t pending_bytes() const noexcept { return pending_.size(); }

 private:
  bool deliver_whole(std::string_view& bytes, const OnFrame& on_frame);
  void gather(std::size_t length, std::string_view& bytes, const OnFrame& on_frame);
  bool begin_skipping(std::size_t length, std::string_view bytes, const OnRejected& on_rejected);
  void skip(std::string_view& bytes, const OnRejected& on_rejected);

  Options options_;
  /// The header, then the body, of the frame that is arriving; or the kept part of a skipped one.
  std::string pending_;
  std::size_t skipping_ = 0;  ///< Bytes of a frame above the limit that are still to be passed over.
  std::size_t skipped_length_ = 0;
};

}  // namespace psherald
