// However a stream is cut into pieces, the same frames come out of it, and the same complaints.

#include "psherald/frame.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

namespace {

/// All that a reader says of a stream, in a row.
std::string frames_of(std::string_view stream, std::size_t step) {
  FrameReader reader{{.max_frame_bytes = 64, .max_skipped_bytes = 1'024, .kept_bytes = 16}};
  std::string said;
  const auto on_frame = [&](std::string_view frame) {
    require(frame.size() <= 64, "a frame above the limit");
    (said += "frame ").append(frame) += '\n';
  };
  const auto on_rejected = [&](const FrameReader::Rejected& rejected) {
    require(rejected.bytes.size() <= 16, "more kept than allowed");
    said += rejected.fault.text + '\n';
    if (rejected.fault.code != Errc::bad_frame)
      said.append(rejected.bytes) += '\n';  // of a broken stream: what had come
  };
  for (; !stream.empty(); stream.remove_prefix(std::min(step, stream.size()))) {
    if (!reader.feed(stream.substr(0, step), on_frame, on_rejected)) return said + "broken";
    require(reader.pending_bytes() <= 4 + 64, "more held than one frame");
  }
  reader.finish(on_rejected);
  return said;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto stream = text_of(data, size);
  const auto whole = frames_of(stream, stream.size());
  for (const std::size_t step : {1, 3, 7, 64}) require(frames_of(stream, step) == whole, "cutting made a difference");
  return 0;
}
