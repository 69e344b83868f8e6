#include <doctest/doctest.h>
#include <simdjson.h>

#include <deque>
#include <fstream>
#include <optional>
#include <string>

#include "encode/sorted_json.hpp"
#include "psherald/decode.hpp"
#include "psherald/encode.hpp"

using namespace psherald;

TEST_SUITE_BEGIN("encode");

namespace {

using simdjson::dom::element;

// One line of tests/data/forward/old_bridge_frames.jsonl: a record as psherald holds it.
class Given {
 public:
  explicit Given(element record) : record_{record} {}

  // A long text is written as {"repeat": [TEXT, COUNT]}.
  std::string_view text(const char* key) {
    element value;
    if (record_[key].get(value) != simdjson::SUCCESS) return {};
    std::string_view plain;
    if (value.get(plain) == simdjson::SUCCESS) return kept_.emplace_back(plain);
    auto& whole = kept_.emplace_back();
    const auto repeat = value["repeat"];
    const std::string_view piece = repeat.at(0).get_string().value();
    for (auto count = std::int64_t(repeat.at(1)); count > 0; --count) whole += piece;
    return whole;
  }
  std::string_view id(const char* key) {
    const auto value = text(key);
    return value == "None" ? std::string_view{} : value;
  }
  std::optional<std::int64_t> integer(const char* key) {
    std::int64_t value = 0;
    return record_[key].get(value) == simdjson::SUCCESS ? std::optional{value} : std::nullopt;
  }

  void append_to(RecordBatch& batch) {
    Record record;
    record.created = Timestamp{std::chrono::microseconds{integer("created_us").value()}};
    double relative = 0;
    if (record_["relativeCreated"].get(relative) == simdjson::SUCCESS)
      record.relative = std::chrono::microseconds{static_cast<std::int64_t>(relative * 1000)};
    record.level = Level{static_cast<std::int32_t>(integer("levelno").value())};
    record.message = text("msg");
    record.exc_text = text("exc_text");
    record.stack_info = text("stack_info");
    element extra;
    if (record_["extra"].get(extra) == simdjson::SUCCESS) record.extra = kept_.emplace_back(simdjson::minify(extra));
    batch.append(record,
                 {id("PRODUKT_ID"), id("SYSTEM_ID"), id("SUB_SYSTEM_ID"), id("SUB_SUB_SYSTEM_ID"), id("USER_SPEC_1"),
                  id("USER_SPEC_2"), id("api_version")},
                 {text("name"), text("pathname"), text("filename"), text("module"), text("funcName"), text("levelname"),
                  id("package_version"), integer("lineno")},
                 {integer("process"), text("processName"), integer("thread"), text("threadName")});
  }

 private:
  element record_;
  std::deque<std::string> kept_;
};

std::string hex(std::string_view bytes) {
  std::string digits;
  for (const char byte : bytes) {
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return digits;
}

}  // namespace

TEST_CASE("a frame for a ps.herald bridge has exactly the bytes that Python checked") {
  std::ifstream file{PSHERALD_TEST_DATA "/forward/old_bridge_frames.jsonl"};
  REQUIRE(file);
  simdjson::dom::parser parser;
  int cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    const element given = parser.parse(line).value();
    const std::string name{given["case"].get_string().value()};
    CAPTURE(name);
    RecordBatch batch;
    Given{given["record"].value()}.append_to(batch);
    std::string frame;
    append_bridge_frame(frame, batch, batch.records().front(),
                        Timestamp{std::chrono::microseconds{std::int64_t(given["sent_us"])}});
    CHECK(hex(frame) == given["frame_hex"].get_string().value());
  }
  CHECK(cases == 30);
}

TEST_CASE("what was encoded decodes to the same record") {
  RecordBatch batch, again;
  Record record;
  record.message = "order 4711";
  record.level = Level::error;
  record.created = Timestamp{std::chrono::microseconds{1'790'000'000'123'456}};
  batch.append(record, {"SHOP", "ch2eu"}, {"shop", "/srv/a.py"}, {42, "MainProcess"});
  std::string frame;
  append_bridge_frame(frame, batch, batch.records().front(), *record.created);
  REQUIRE(PythonDecoder{}.decode(std::string_view{frame}.substr(4), again));
  const auto& decoded = again.records().front();
  CHECK(decoded.message == "order 4711");
  CHECK(decoded.level == Level::error);
  CHECK(decoded.created == record.created);
  CHECK(again.source(decoded) == batch.source(batch.records().front()));
  CHECK(again.process(decoded).process == 42);
}

TEST_CASE("a record without the sender's time carries ours") {
  RecordBatch batch, again;
  Record record;
  record.received = Timestamp{std::chrono::seconds{1'790'000'000}};
  batch.append(record);
  std::string frame;
  append_bridge_frame(frame, batch, batch.records().front(), record.received);
  REQUIRE(PythonDecoder{}.decode(std::string_view{frame}.substr(4), again));
  CHECK(again.records().front().created == record.received);
}

TEST_CASE("JSON is sorted by key at every depth, and what is none stays as it is") {
  struct Case {
    const char *json, *sorted;
  };
  const Case cases[] = {
      {R"({"b": 1, "a": {"d": [3, {"z": 0, "y": 0}], "c": null}})", R"({"a":{"c":null,"d":[3,{"y":0,"z":0}]},"b":1})"},
      {R"({})", R"({})"},
      {R"([])", R"([])"},
      {R"({"text": "a\u0000\"ü", "real": 0.5, "whole": 2.0, "yes": true})",
       "{\"real\":0.5,\"text\":\"a\\u0000\\\"ü\",\"whole\":2.0,\"yes\":true}"},
      {R"({"thread": 18446744073709551615})", R"({"thread":18446744073709551615})"},
      {R"({"huge": 184467440737095516150})", R"({"huge": 184467440737095516150})"},
      {"{\"half", "{\"half"},
      {"", ""},
  };
  for (const auto& [json, sorted] : cases) CHECK(sorted_json(json) == sorted);
}

TEST_SUITE_END();
