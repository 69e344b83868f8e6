// Any bytes: a sound record, or a Fault that leaves the batch as it was.

#include "psherald/decode.hpp"
#include "support/sound.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static PythonDecoder decoder;
  RecordBatch batch;
  batch.append(Record{});
  const auto decoded = decoder.decode(text_of(data, size), batch);
  require(batch.size() == (decoded ? 2u : 1u), "the batch is not as it was");
  if (decoded) {
    const auto wrong = fault_of(batch, batch.records()[1]);
    require(wrong.empty(), wrong);
  } else {
    require(!decoded.error().text.empty() && decoded.error().text.size() < 1'000, "a Fault without a reason");
  }
  return 0;
}
