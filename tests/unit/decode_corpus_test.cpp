#include <doctest/doctest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "psherald/decode.hpp"
#include "record/json.hpp"

// Every frame of tests/data/corpus against what the Python that wrote it had in its record: attribute by attribute.

using namespace psherald;
using simdjson::dom::element;
using simdjson::dom::element_type;

TEST_SUITE_BEGIN("decode");

namespace {

std::string contents(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  REQUIRE_MESSAGE(file, path);
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string_view take_frame(std::string_view& stream) {
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(stream.at(static_cast<std::size_t>(i)));
  const auto frame = stream.substr(4, size);
  stream.remove_prefix(4 + size);
  return frame;
}

std::string json_of(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}
std::string json_of(double number) {
  std::string json;
  append_json_double(json, number);
  return json;
}
std::string json_of(std::optional<std::int64_t> number) { return number ? std::to_string(*number) : "null"; }
std::string json_or_null(std::string_view text) { return present(text) ? json_of(text) : "null"; }

// What JSON cannot hold, by Python's repr: how we write it. A text that is too long for the list stands for itself.
const std::map<std::string_view, std::string_view> readable = {
    {"datetime.datetime(2024, 2, 29, 12, 30, 45, 123456)", R"("2024-02-29 12:30:45.123456")"},
    {"datetime.date(2024, 2, 29)", R"("2024-02-29")"},
    {"datetime.timedelta(1, 2)", R"("1 day, 0:00:02")"},
    {"datetime.timedelta(days=1, seconds=2)", R"("1 day, 0:00:02")"},
    {"Decimal('12.50')", R"("12.50")"},
    {"UUID('12345678-1234-5678-1234-567812345678')", R"("12345678-1234-5678-1234-567812345678")"},
    {"OrderedDict([('x', 1), ('y', 2)])", R"({"x":1,"y":2})"},
    {"OrderedDict([(u'x', 1), (u'y', 2)])", R"({"x":1,"y":2})"},
    {"OrderedDict({'x': 1, 'y': 2})", R"({"x":1,"y":2})"},
    {"set([1])", "[1]"},
    {"{1}", "[1]"},
    {"frozenset([2])", "[2]"},
    {"frozenset({2})", "[2]"},
    {"(1+2j)", "\"(1+2j)\""},
    {"()", "[]"},
    {"(1,)", "[1]"},
    {"(1, 2)", "[1,2]"},
    {"(1, 2, 3)", "[1,2,3]"},
    {"(1, 2, 3, 4)", "[1,2,3,4]"},
    {"nan", R"("nan")"},
    {"inf", R"("inf")"},
    {"-inf", R"("-inf")"},
    {"b''", R"("b''")"},
    {R"(b'\x00\xff\xfe binary')", R"("b'\\x00\\xff\\xfe binary'")"},
    {R"('\x00\xff\xfe binary')", R"("\u0000�� binary")"},
    {R"('bad \udc80 surrogate')", "\"bad � surrogate\""},
    {"1606938044258990275541962092341162602522202993782792835301376",
     R"("1606938044258990275541962092341162602522202993782792835301376")"},
    {"1606938044258990275541962092341162602522202993782792835301376L",
     R"("1606938044258990275541962092341162602522202993782792835301376")"},
    {"-1606938044258990275541962092341162602522202993782792835301376",
     R"("-1606938044258990275541962092341162602522202993782792835301376")"},
    {"-1606938044258990275541962092341162602522202993782792835301376L",
     R"("-1606938044258990275541962092341162602522202993782792835301376")"},
};

std::map<std::string, std::string> members_of(std::string_view extra, simdjson::dom::parser& parser) {
  std::map<std::string, std::string> members;
  if (extra.empty()) return members;
  for (const auto& [key, value] : parser.parse(extra.data(), extra.size(), true).get_object().value())
    members.emplace(key, value.type() == element_type::DOUBLE ? json_of(double(value)) : simdjson::minify(value));
  return members;
}

// The record's own fields under the names that Python has for them; the others come from `extra`.
std::map<std::string, std::string> attributes_of(const RecordBatch& batch, const Record& record,
                                                 simdjson::dom::parser& parser) {
  auto all = members_of(record.extra, parser);
  const auto& source = batch.source(record);
  const auto& site = batch.site(record);
  const auto& process = batch.process(record);
  all["msg"] = json_or_null(record.message);
  all.emplace("message", all["msg"]);  // kept only where it differs
  all["exc_text"] = json_or_null(record.exc_text);
  all["stack_info"] = json_or_null(record.stack_info);
  all["levelno"] = std::to_string(static_cast<int>(record.level));
  all["levelname"] = json_or_null(site.levelname);
  all["name"] = json_or_null(site.name);
  all["pathname"] = json_or_null(site.pathname);
  all["filename"] = json_or_null(site.filename);
  all["module"] = json_or_null(site.module);
  all["funcName"] = json_or_null(site.funcname);
  all["lineno"] = json_of(site.lineno);
  all["package_version"] = json_or_null(site.package_version);
  all["process"] = json_of(process.process);
  all["processName"] = json_or_null(process.process_name);
  all["thread"] = json_of(process.thread);
  all["threadName"] = json_or_null(process.thread_name);
  all["PRODUKT_ID"] = json_or_null(source.produkt_id);
  all["SYSTEM_ID"] = json_or_null(source.system_id);
  all["SUB_SYSTEM_ID"] = json_or_null(source.sub_system_id);
  all["SUB_SUB_SYSTEM_ID"] = json_or_null(source.sub_sub_system_id);
  all["USER_SPEC_1"] = json_or_null(source.user_spec_1);
  all["USER_SPEC_2"] = json_or_null(source.user_spec_2);
  return all;
}
// Attributes that are told by another field of the record, or by none since they say nothing of their own.
bool is_told_elsewhere(std::string_view name) {
  constexpr std::array names{"created", "msecs", "relativeCreated", "args", "exc_info", "taskName"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_absent(std::string_view name, element value) {
  constexpr std::array ids{"PRODUKT_ID",  "SYSTEM_ID",   "SUB_SYSTEM_ID",  "SUB_SUB_SYSTEM_ID",
                           "USER_SPEC_1", "USER_SPEC_2", "package_version"};
  std::string_view text;
  return value.is_null() || (std::find(ids.begin(), ids.end(), name) != ids.end() &&
                             value.get(text) == simdjson::SUCCESS && text == "None");
}

std::string expected_json(std::string_view name, element value) {
  if (is_absent(name, value)) return "null";
  return value.type() == element_type::DOUBLE ? json_of(double(value)) : simdjson::minify(value);
}

std::string without_spaces(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  return text;
}

void check_times(const Record& record, element fields) {
  using std::chrono::microseconds;
  CHECK(record.created == Timestamp{microseconds{std::llround(double(fields["created"]) * 1e6)}});
  CHECK(record.relative == microseconds{std::llround(double(fields["relativeCreated"]) * 1e3)});
}

void check_attributes(const std::map<std::string, std::string>& all, element given) {
  for (const auto& [key, value] : given["fields"].get_object().value()) {
    const std::string name{key};
    if (is_told_elsewhere(name)) continue;
    CAPTURE(name);
    const auto found = all.find(name);
    REQUIRE(found != all.end());
    CHECK(without_spaces(found->second) == without_spaces(expected_json(name, value)));
  }
  for (const auto& [key, value] : given["opaque"].get_object().value()) {
    const std::string name{key}, text{value.get_string().value()};
    CAPTURE(name);
    CAPTURE(text);
    const auto found = all.find(name);
    REQUIRE(found != all.end());
    if (const auto written = readable.find(text); written != readable.end()) {
      CHECK(found->second == written->second);
    } else {  // a traceback in Python 2, with bytes of UTF-8 in it
      CHECK(name == "exc_text");
      CHECK(found->second.find("Grüße aus der Tiefe") != std::string::npos);
    }
  }
}

// Nothing is made up: every member of `extra` was an attribute.
void check_members(const Record& record, element given, simdjson::dom::parser& parser) {
  for (const auto& [name, value] : members_of(record.extra, parser)) {
    CAPTURE(name);
    element ignored;
    const bool known = given["fields"].at_key(name).get(ignored) == simdjson::SUCCESS ||
                       given["opaque"].at_key(name).get(ignored) == simdjson::SUCCESS;
    CHECK(known);
  }
}

int check_corpus(const std::string& version) {
  const std::string folder = PSHERALD_TEST_DATA "/corpus/python-" + version;
  const auto frames = contents(folder + "/frames.bin");
  std::string_view stream = frames;
  std::ifstream expected{folder + "/expected.jsonl"};
  simdjson::dom::parser lines, extras;
  PythonDecoder decoder;
  int count = 0;
  for (std::string line; std::getline(expected, line); ++count) {
    const element given = lines.parse(line).value();
    const std::string name{given["case"].get_string().value()};
    const auto protocol = std::int64_t(given["protocol"]);
    CAPTURE(version);
    CAPTURE(name);
    CAPTURE(protocol);
    RecordBatch batch;
    REQUIRE(decoder.decode(take_frame(stream), batch));
    const auto& record = batch.records().front();
    check_times(record, given["fields"]);
    check_attributes(attributes_of(batch, record, extras), given);
    check_members(record, given, extras);
  }
  CHECK(stream.empty());
  return count;
}

}  // namespace

TEST_CASE("every frame of every Python decodes to what it was made of") {
  int frames = 0;
  for (const char* version : {"2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"})
    frames += check_corpus(version);
  CHECK(frames == 1'095);
}

TEST_SUITE_END();
