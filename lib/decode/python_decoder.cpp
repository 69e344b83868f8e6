#include "decode/pickle_reader.hpp"
#include "decode/python_record.hpp"
#include "psherald/decode.hpp"

namespace psherald {

struct PythonDecoder::Impl {
  explicit Impl(const Options& options) : reader{options}, builder{reader.heap(), options} {}

  pickle::Reader reader;
  RecordBuilder builder;
};

PythonDecoder::PythonDecoder(Options options) : impl_{std::make_unique<Impl>(options)} {}
PythonDecoder::PythonDecoder(PythonDecoder&&) noexcept = default;
PythonDecoder& PythonDecoder::operator=(PythonDecoder&&) noexcept = default;
PythonDecoder::~PythonDecoder() = default;

Result<void> PythonDecoder::decode(std::string_view pickle, RecordBatch& batch) {
  // Afterwards, not at the next call: an idle connection keeps no more than usual. Also when memory was not enough.
  struct Cleared {
    Impl& impl;
    ~Cleared() {
      impl.builder.clear();
      impl.reader.clear();
    }
  } const cleared{*impl_};
  const auto value = impl_->reader.read(pickle);
  return value ? impl_->builder.append(*value, batch) : Result<void>{value.error()};
}

}  // namespace psherald
