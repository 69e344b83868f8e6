// All frames of tests/data/corpus, each attribute of each against what its Python said of it.

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "psherald/decode.hpp"
#include "psherald/frame.hpp"
#include "support/data.hpp"
#include "support/json.hpp"

using namespace psherald;
using psherald::testing::Json;
using psherald::testing::parse_json;

namespace {

// What expected.jsonl can only give as repr(), and what is to stand for it in `extra`.
const std::map<std::string, const char*> readable{
    {"1606938044258990275541962092341162602522202993782792835301376",
     R"("1606938044258990275541962092341162602522202993782792835301376")"},
    {"1606938044258990275541962092341162602522202993782792835301376L",
     R"("1606938044258990275541962092341162602522202993782792835301376")"},
    {"-1606938044258990275541962092341162602522202993782792835301376",
     R"("-1606938044258990275541962092341162602522202993782792835301376")"},
    {"-1606938044258990275541962092341162602522202993782792835301376L",
     R"("-1606938044258990275541962092341162602522202993782792835301376")"},
    {"nan", R"("nan")"},
    {"inf", R"("inf")"},
    {"-inf", R"("-inf")"},
    {"(1+2j)", R"x("(1+2j)")x"},
    {"Decimal('12.50')", R"("12.50")"},
    {"UUID('12345678-1234-5678-1234-567812345678')", R"("12345678-1234-5678-1234-567812345678")"},
    {"datetime.datetime(2024, 2, 29, 12, 30, 45, 123456)", R"("2024-02-29 12:30:45.123456")"},
    {"datetime.date(2024, 2, 29)", R"("2024-02-29")"},
    {"datetime.timedelta(1, 2)", R"("1 day, 0:00:02")"},
    {"datetime.timedelta(days=1, seconds=2)", R"("1 day, 0:00:02")"},
    {"b''", R"("b''")"},
    {R"(b'\x00\xff\xfe binary')", R"("b'\\x00\\xff\\xfe binary'")"},
    {R"('\x00\xff\xfe binary')", "\"\\u0000\uFFFD\uFFFD binary\""},  // a str of Python 2 may be text
    {"()", "[]"},
    {"(1,)", "[1]"},
    {"(1, 2)", "[1,2]"},
    {"(1, 2, 3)", "[1,2,3]"},
    {"(1, 2, 3, 4)", "[1,2,3,4]"},
    {"set([1])", "[1]"},
    {"{1}", "[1]"},
    {"frozenset([2])", "[2]"},
    {"frozenset({2})", "[2]"},
    {"OrderedDict([('x', 1), ('y', 2)])", R"({"x":1,"y":2})"},
    {"OrderedDict([(u'x', 1), (u'y', 2)])", R"({"x":1,"y":2})"},
    {"OrderedDict({'x': 1, 'y': 2})", R"({"x":1,"y":2})"},
};

/// The attributes of a frame by their Python names, as a record holds them. `None` is absent.
class Attributes {
 public:
  Attributes(const RecordBatch& batch, const Record& record) {
    const auto& source = batch.source(record);
    const auto& site = batch.site(record);
    const auto& process = batch.process(record);
    texts_ = {{"msg", record.message},
              {"exc_text", record.exc_text},
              {"stack_info", record.stack_info},
              {"name", site.name},
              {"pathname", site.pathname},
              {"filename", site.filename},
              {"module", site.module},
              {"funcName", site.funcname},
              {"levelname", site.levelname},
              {"package_version", site.package_version},
              {"processName", process.process_name},
              {"threadName", process.thread_name},
              {"PRODUKT_ID", source.produkt_id},
              {"SYSTEM_ID", source.system_id},
              {"SUB_SYSTEM_ID", source.sub_system_id},
              {"SUB_SUB_SYSTEM_ID", source.sub_sub_system_id},
              {"USER_SPEC_1", source.user_spec_1},
              {"USER_SPEC_2", source.user_spec_2}};
    numbers_ = {{"levelno", static_cast<std::int64_t>(record.level)},
                {"lineno", site.lineno},
                {"process", process.process},
                {"thread", process.thread}};
    microseconds_ = {{"created", {1e6, record.created->time_since_epoch().count()}},
                     {"relativeCreated", {1e3, record.relative->count()}}};
    if (present(record.extra)) extra_ = parse_json(record.extra).members;
  }

  /// Checks one attribute, and that nothing else is left in the end.
  void check(const std::string& name, const Json& expected) {
    CAPTURE(name);
    if (const auto text = texts_.find(name); text != texts_.end()) {
      const bool absent = expected == Json{} || (names_that_may_be_none.count(name) != 0 && expected.text == "None");
      CHECK(present(text->second) == !absent);
      if (!absent) CHECK(text->second == expected.text);
      texts_.erase(text);
    } else if (const auto number = numbers_.find(name); number != numbers_.end()) {
      CHECK(expected.kind == Json::Kind::integer);
      CHECK(std::to_string(number->second.value()) == expected.text);
      numbers_.erase(number);
    } else if (const auto time = microseconds_.find(name); time != microseconds_.end()) {
      const auto [unit, count] = time->second;
      CHECK(count == std::llround(std::strtod(expected.text.c_str(), nullptr) * unit));
      if (name != "created") microseconds_.erase(time);
    } else if (name == "msecs") {
      const auto milliseconds = static_cast<double>(microseconds_.at("created").second % 1'000'000) / 1e3;
      CHECK(std::abs(milliseconds - std::strtod(expected.text.c_str(), nullptr)) < 1.01);
    } else if (name == "message") {  // Python 2 leaves it there
      CHECK(extra_.count(name) == 0);
    } else if (name == "args" || name == "exc_info" || name == "taskName") {
      CHECK(expected == Json{});  // None, and not worth a word
      CHECK(extra_.count(name) == 0);
    } else {
      REQUIRE(extra_.count(name) == 1);
      CHECK(extra_[name] == expected);
      extra_.erase(name);
    }
  }
  void check_opaque(const std::string& name, const std::string& repr) {
    if (name == "msg") return check(name, {Json::Kind::string, "bad \uFFFD surrogate"});
    if (name == "exc_text") return check(name, {Json::Kind::string, unescaped(repr)});
    CAPTURE(repr);
    REQUIRE(readable.count(repr) == 1);
    check(name, parse_json(readable.at(repr)));
  }
  void check_rest() const {
    for (const auto& entry : texts_) {
      CAPTURE(entry.first);
      CHECK_FALSE(present(entry.second));
    }
    CHECK(numbers_.empty());
    CHECK(microseconds_.size() == 1);  // created
    CHECK(extra_.empty());
  }

 private:
  // The repr() of a Python 2 str, as far as it occurs.
  static std::string unescaped(std::string_view repr) {
    std::string text;
    for (repr = repr.substr(1, repr.size() - 2); !repr.empty(); repr.remove_prefix(1)) {
      if (repr.starts_with("\\n")) {
        text += '\n';
        repr.remove_prefix(1);
      } else if (repr.starts_with("\\\\")) {
        text += '\\';
        repr.remove_prefix(1);
      } else if (repr.starts_with("\\x")) {
        text += static_cast<char>(std::stoi(std::string{repr.substr(2, 2)}, nullptr, 16));
        repr.remove_prefix(3);
      } else {
        text += repr.front();
      }
    }
    return text;
  }

  const std::set<std::string> names_that_may_be_none{"PRODUKT_ID",        "SYSTEM_ID",   "SUB_SYSTEM_ID",
                                                     "SUB_SUB_SYSTEM_ID", "USER_SPEC_1", "USER_SPEC_2"};
  std::map<std::string, std::string_view> texts_;
  std::map<std::string, std::optional<std::int64_t>> numbers_;
  std::map<std::string, std::pair<double, std::int64_t>> microseconds_;
  std::map<std::string, Json> extra_;
};

// Returns how many frames there were.
std::size_t check_frames_of(const std::string& python) {
  PythonDecoder decoder;
  FrameReader reader;
  const auto lines = psherald::testing::data_lines("corpus/" + python + "/expected.jsonl");
  std::size_t number = 0;
  const auto on_frame = [&](std::string_view frame) {
    REQUIRE(number < lines.size());
    const auto expected = parse_json(lines[number++]);
    CAPTURE(number);
    CAPTURE(expected["case"].text);
    CAPTURE(expected["protocol"].text);
    RecordBatch batch;
    const auto outcome = decoder.decode(frame, batch);
    if (!outcome) FAIL(outcome.error().text);
    REQUIRE(batch.size() == 1);
    const auto& record = batch.records()[0];
    REQUIRE(record.created);
    REQUIRE(record.relative);
    CHECK(record.received == Timestamp{});
    CHECK(record.flags == Flag::none);
    Attributes attributes{batch, record};
    for (const auto& [name, value] : expected["fields"].members) attributes.check(name, value);
    for (const auto& [name, value] : expected["opaque"].members) attributes.check_opaque(name, value.text);
    attributes.check_rest();
  };
  REQUIRE(reader.feed(psherald::testing::read_data("corpus/" + python + "/frames.bin"), on_frame,
                      [](const FrameReader::Rejected& rejected) { FAIL(rejected.fault.text); }));
  CHECK(reader.pending_bytes() == 0);
  CHECK(number == lines.size());
  return number;
}

}  // namespace

TEST_SUITE_BEGIN("decode");

TEST_CASE("all 1,095 frames of nine Pythons decode to the values that went in") {
  std::size_t frames = 0;
  for (const auto& name : psherald::testing::data_names("corpus"))
    if (name.starts_with("python-")) {
      CAPTURE(name);
      frames += check_frames_of(name);
    }
  CHECK(frames == 1'095);
}

TEST_SUITE_END();
