// Values of many types, in every protocol of nine Pythons: tests/data/values/make_values.py says what each has to
// become.

#include <doctest/doctest.h>

#include <string>

#include "psherald/decode.hpp"
#include "support/data.hpp"
#include "support/json.hpp"

using namespace psherald;
using psherald::testing::parse_json;

namespace {

std::string from_hexadecimal(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string{digits.substr(i, 2)}, nullptr, 16));
  return bytes;
}

}  // namespace

TEST_SUITE_BEGIN("decode");

TEST_CASE("values of every known type come out as people read them, whatever Python and protocol wrote them") {
  PythonDecoder decoder;
  std::size_t count = 0;
  for (const auto& line : psherald::testing::data_lines("values/values.jsonl")) {
    const auto expected = parse_json(line);
    CAPTURE(expected["case"].text);
    CAPTURE(expected["python"].text);
    CAPTURE(expected["protocol"].text);
    RecordBatch batch;
    const auto outcome = decoder.decode(from_hexadecimal(expected["pickle"].text), batch);
    if (!outcome) FAIL_CHECK(outcome.error().text);
    if (!outcome) continue;
    CHECK(batch.records()[0].message == "m");
    CHECK(parse_json(batch.records()[0].extra)["value"] == expected["value"]);
    ++count;
  }
  CHECK(count > 1'000);
}

TEST_SUITE_END();
