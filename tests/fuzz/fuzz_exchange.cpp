// Any bytes as a file, in two portions: sound records with names, which are read back as they were when they are
// written.

#include "psherald/exchange.hpp"
#include "support/sound.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

namespace {

RecordBatch read(std::string_view bytes, RecordReader::Format format) {
  RecordBatch batch;
  RecordReader reader{{.format = format}};
  reader.read(bytes.substr(0, bytes.size() / 2), batch);
  reader.read(bytes.substr(bytes.size() / 2), batch);
  reader.finish(batch, true);
  return batch;
}

std::string written(const RecordBatch& batch) {
  std::string text;
  append_ndjson(text, batch);
  return text;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto format : {RecordReader::Format::ndjson, RecordReader::Format::text}) {
    auto batch = read(text_of(data, size), format);
    for (auto& record : batch.records()) {
      const auto wrong = fault_of(batch, record);
      require(wrong.empty(), wrong);
      require(record.origin.size() == 32, "a record without a name");
      if (record.received == Timestamp{}) record.received += std::chrono::seconds{1};
      record.id = 0;
    }
    const auto text = written(batch);
    require(written(read(text, RecordReader::Format::ndjson)) == text, "not read back as it was written:\n" + text);
    std::string csv;
    append_csv(csv, batch);
  }
  return 0;
}
