// What becomes of the attributes of a record. The pickle itself: decode_pickle_test.cpp and its sisters.

#include "psherald/decode.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "psherald/frame.hpp"
#include "psherald/testing.hpp"
#include "support/allocations.hpp"
#include "support/capture.hpp"
#include "support/json.hpp"
#include "support/pickle.hpp"
#include "support/sound.hpp"

using namespace psherald;
using namespace psherald::testing;

namespace {

/// The one record of a pickle.
struct Decoded {
  explicit Decoded(std::string_view pickle) {
    PythonDecoder decoder;
    const auto outcome = decoder.decode(pickle, batch);
    if (!outcome) FAIL(outcome.error().text);
    REQUIRE(batch.size() == 1);
    CHECK(fault_of(batch, record()) == "");
  }
  const Record& record() const { return batch.records()[0]; }
  const Source& source() const { return batch.source(record()); }
  const Site& site() const { return batch.site(record()); }
  const Process& process() const { return batch.process(record()); }
  std::string extra() const { return std::string{record().extra}; }

  RecordBatch batch;
};

Timestamp at(std::int64_t seconds, std::int64_t micros = 0) {
  return Timestamp{std::chrono::seconds{seconds}} + std::chrono::microseconds{micros};
}

const std::string none = "N", yes = "\x88", list_of_one = "(K\x01l", bytes_ab = std::string{"C\x02"} + "ab";

}  // namespace

TEST_SUITE_BEGIN("decode");

TEST_CASE("each attribute of a record has its field") {
  const Decoded decoded{"}(" + attribute("msg", pickled("the message")) + attribute("name", pickled("shop.orders")) +
                        attribute("levelname", pickled("ERROR")) + attribute("levelno", pickled(40)) +
                        attribute("pathname", pickled("/srv/a.py")) + attribute("filename", pickled("a.py")) +
                        attribute("module", pickled("a")) + attribute("lineno", pickled(17)) +
                        attribute("funcName", pickled("run")) + attribute("created", pickled(1'795'338'000.25)) +
                        attribute("msecs", pickled(250.0)) + attribute("relativeCreated", pickled(1'234.5)) +
                        attribute("process", pickled(4'711)) + attribute("processName", pickled("MainProcess")) +
                        attribute("thread", pickled(std::int64_t{140'153'336'044'416})) +
                        attribute("threadName", pickled("MainThread")) + attribute("exc_text", pickled("Traceback")) +
                        attribute("stack_info", pickled("Stack")) + attribute("PRODUKT_ID", pickled("shop")) +
                        attribute("SYSTEM_ID", pickled("ch2eu")) + attribute("SUB_SYSTEM_ID", pickled("node-7")) +
                        attribute("SUB_SUB_SYSTEM_ID", pickled("import")) + attribute("USER_SPEC_1", pickled("u1")) +
                        attribute("USER_SPEC_2", pickled("u2")) + attribute("api_version", pickled("7")) +
                        attribute("package_version", pickled("1.4.2")) + attribute("args", none) +
                        attribute("exc_info", none) + "u."};
  const auto& record = decoded.record();
  CHECK(record.message == "the message");
  CHECK(record.exc_text == "Traceback");
  CHECK(record.stack_info == "Stack");
  CHECK(record.level == Level::error);
  CHECK(record.created == at(1'795'338'000, 250'000));
  CHECK(record.relative == std::chrono::microseconds{1'234'500});
  CHECK(record.received == Timestamp{});
  CHECK(record.id == 0);
  CHECK(record.flags == Flag::none);
  CHECK_FALSE(present(record.extra));
  CHECK(decoded.source() == Source{"shop", "ch2eu", "node-7", "import", "u1", "u2", "7"});
  CHECK(decoded.site() == Site{"shop.orders", "/srv/a.py", "a.py", "a", "run", "ERROR", "1.4.2", 17});
  CHECK(decoded.process() == Process{4'711, "MainProcess", 140'153'336'044'416, "MainThread"});
}

TEST_CASE("of a record that has nothing but a message, all else is absent") {
  const Decoded decoded{record_of("")};
  CHECK(decoded.record().message == "m");
  CHECK(decoded.record().level == Level::info);
  CHECK_FALSE(decoded.record().created);
  CHECK_FALSE(decoded.record().relative);
  CHECK_FALSE(present(decoded.record().exc_text));
  CHECK_FALSE(present(decoded.record().stack_info));
  CHECK_FALSE(present(decoded.record().extra));
  CHECK(decoded.source() == Source{});
  CHECK(decoded.site() == Site{});
  CHECK(decoded.process() == Process{});
}

TEST_CASE("the six names may be written in small letters; the later of two wins") {
  const Decoded decoded{record_of(attribute("system_id", pickled("small")) +
                                  attribute("SUB_SYSTEM_ID", pickled("old")) + attribute("produkt_id", pickled("p")) +
                                  attribute("sub_sub_system_id", pickled("ss")) +
                                  attribute("user_spec_1", pickled("1")) + attribute("user_spec_2", pickled("2")) +
                                  attribute("sub_system_id", pickled("new")))};
  CHECK(decoded.source() == Source{"p", "small", "new", "ss", "1", "2", {}});
}

TEST_CASE("None, and the text None where ps.basic writes it, are absent; elsewhere it is a text") {
  const std::string text = pickled("None");
  const Decoded decoded{record_of(attribute("SYSTEM_ID", text) + attribute("PRODUKT_ID", none) +
                                  attribute("USER_SPEC_1", pickled("")) + attribute("package_version", text) +
                                  attribute("api_version", text) + attribute("exc_text", text) +
                                  attribute("stack_info", text) + attribute("threadName", text) +
                                  attribute("module", none) + attribute("name", text))};
  CHECK(decoded.source() == Source{.user_spec_1 = ""});
  CHECK(decoded.site() == Site{.name = "None"});
  CHECK(decoded.process() == Process{.thread_name = "None"});
  CHECK_FALSE(present(decoded.record().exc_text));
  CHECK_FALSE(present(decoded.record().stack_info));
  CHECK(Decoded{"}(" + attribute("msg", text) + "u."}.record().message == "None");
  CHECK(Decoded{"}(" + attribute("msg", none) + "u."}.record().message == "None");
}

TEST_CASE("a field of text takes any value as the text that Python would show") {
  struct Case {
    std::string value, text;
  };
  const Case cases[] = {{pickled(7), "7"},
                        {pickled(1.5), "1.5"},
                        {yes, "True"},
                        {list_of_one, "[1]"},
                        {"(lp0\nS'it'\na", "['it']"},
                        {bytes_ab, "b'ab'"},
                        {"}(" + attribute("a", none) + "u", "{'a': None}"},
                        {"cdecimal\nDecimal\n(" + pickled("3.14") + "tR", "3.14"},
                        {"cos\nsystem\n(" + pickled("reboot") + "tR", "<os.system 'reboot'>"},
                        {"\x8a\x09" + std::string(8, '\0') + '\x01', "18446744073709551616"},
                        {pickled("a\xff"), "a\uFFFD"}};
  for (const auto& [value, text] : cases) {
    CAPTURE_BINDING(text);
    CHECK(Decoded{"}(" + attribute("msg", value) + "u."}.record().message == text);
    CHECK(Decoded{record_of(attribute("funcName", value))}.site().funcname == text);
    CHECK(Decoded{record_of(attribute("SYSTEM_ID", value))}.source().system_id == text);
    CHECK(Decoded{record_of(attribute("exc_text", value))}.record().exc_text == text);
  }
}

TEST_CASE("a level is a whole number, or the name of one; what is neither is kept in extra") {
  struct Case {
    std::string name, value;
    int level;
    std::string extra;
  };
  const Case cases[] = {
      {"int", pickled(30), 30, ""},
      {"unusual int", pickled(-7), -7, ""},
      {"whole float", pickled(40.0), 40, ""},
      {"name", pickled("error"), 40, ""},
      {"number as text", pickled("25"), 25, ""},
      {"Level N", pickled("Level 25"), 25, ""},
      {"largest", pickled(std::numeric_limits<int>::max()), std::numeric_limits<int>::max(), ""},
      {"too large", pickled(std::int64_t{1} << 31), 20, R"({"levelno":2147483648})"},
      {"smallest that fits no more", pickled(-(std::int64_t{1} << 31) - 1), 20, R"({"levelno":-2147483649})"},
      {"fraction", pickled(12.5), 20, R"({"levelno":12.5})"},
      {"not a number", pickled(std::nan("")), 20, R"({"levelno":"nan"})"},
      {"other text", pickled("loud"), 20, R"({"levelno":"loud"})"},
      {"bool", yes, 20, R"({"levelno":true})"},
      {"list", list_of_one, 20, R"({"levelno":[1]})"},
      {"None", none, 20, ""},
  };
  for (const auto& [name, value, level, extra] : cases) {
    CAPTURE_BINDING(name);
    const Decoded decoded{record_of(attribute("levelno", value))};
    CHECK(static_cast<int>(decoded.record().level) == level);
    CHECK(decoded.extra() == extra);
  }
}

TEST_CASE("a time is a number of seconds in the years 1 to 9999; what is none is kept in extra") {
  struct Case {
    std::string name, value;
    std::optional<Timestamp> created;
    std::string extra;
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Case cases[] = {
      {"float", pickled(1'795'338'393.9010692), at(1'795'338'393, 901'069), ""},
      {"int", pickled(1'795'338'393), at(1'795'338'393), ""},
      {"before 1970", pickled(-0.5), at(-1, 500'000), ""},
      {"first", pickled(-62'135'596'800.0), at(-62'135'596'800), ""},
      {"last", pickled(std::int64_t{253'402'300'799}), at(253'402'300'799), ""},
      {"too late", pickled(std::int64_t{253'402'300'800}), {}, R"({"created":253402300800})"},
      {"too early", pickled(std::int64_t{-62'135'596'801}), {}, R"({"created":-62135596801})"},
      {"milliseconds", pickled(1'795'338'393'901.0), {}, R"({"created":1795338393901.0})"},
      {"huge", pickled(1e300), {}, R"({"created":1e+300})"},
      {"nan", pickled(std::nan("")), {}, R"({"created":"nan"})"},
      {"infinity", pickled(-infinity), {}, R"({"created":"-inf"})"},
      {"largest int", pickled(std::numeric_limits<std::int64_t>::max()), {}, R"({"created":9223372036854775807})"},
      {"text", pickled("1795338393.5"), {}, R"({"created":"1795338393.5"})"},
      {"bool", yes, {}, R"({"created":true})"},
      {"datetime",
       "cdatetime\ndatetime\n(C\x0a\x07\xe8\x02\x1d\x0c\x1e\x2d\x01\xe2\x40tR",
       {},
       R"({"created":"2024-02-29 12:30:45.123456"})"},
      {"None", none, {}, ""},
  };
  for (const auto& [name, value, created, extra] : cases) {
    CAPTURE_BINDING(name);
    const Decoded decoded{record_of(attribute("created", value))};
    CHECK(decoded.record().created == created);
    CHECK(decoded.extra().starts_with(extra.substr(0, extra.size() - (extra.empty() ? 0 : 1))));
    CHECK(decoded.extra().empty() == extra.empty());
  }
}

TEST_CASE("relative time is a number of milliseconds, at most a thousand years of them") {
  struct Case {
    std::string value;
    std::optional<std::int64_t> relative;
    std::string extra;
  };
  const Case cases[] = {{pickled(34.89422798156738), 34'894, ""},
                        {pickled(5), 5'000, ""},
                        {pickled(-1.0), -1'000, ""},
                        {pickled(3.2e13), {}, R"({"relativeCreated":32000000000000.0})"},
                        {pickled("5"), {}, R"({"relativeCreated":"5"})"}};
  for (const auto& [value, relative, extra] : cases) {
    const Decoded decoded{record_of(attribute("relativeCreated", value))};
    CHECK(decoded.record().relative.has_value() == relative.has_value());
    if (relative) CHECK(decoded.record().relative->count() == *relative);
    CHECK((extra.empty() ? decoded.extra().empty() : parse_json(decoded.extra()) == parse_json(extra)));
  }
}

TEST_CASE("line, process and thread are whole numbers of 64 bits; what is none is kept in extra") {
  for (const std::string name : {"lineno", "process", "thread"}) {
    const auto number = [&](const Decoded& decoded) {
      return name == "lineno"    ? decoded.site().lineno
             : name == "process" ? decoded.process().process
                                 : decoded.process().thread;
    };
    const auto kept = [&](const std::string& value) { return "{\"" + name + "\":" + value + '}'; };
    CAPTURE(name);
    CHECK(number(Decoded{record_of(attribute(name, pickled(0)))}) == 0);
    const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    CHECK(number(Decoded{record_of(attribute(name, pickled(largest)))}) == largest);
    for (const auto& [value, text] : {std::pair{pickled(1.0), "1.0"},
                                      {pickled("17"), "\"17\""},
                                      {yes, "true"},
                                      {"L18446744073709551615L\n", "\"18446744073709551615\""}}) {
      const Decoded decoded{record_of(attribute(name, value))};
      CHECK_FALSE(number(decoded));
      CHECK(decoded.extra() == kept(text));
    }
  }
}

TEST_CASE("what a record's fields say already is not said again in extra") {
  const std::string empty_tuple = ")";
  for (const auto& attributes : {attribute("args", none), attribute("args", empty_tuple), attribute("exc_info", none),
                                 attribute("taskName", none), attribute("message", pickled("m")),
                                 attribute("message", none), attribute("asctime", pickled("2026-11-22 10:06:33,901")),
                                 attribute("created", pickled(1.5)) + attribute("msecs", pickled(500.0))}) {
    CAPTURE(attributes);
    CHECK(Decoded{record_of(attributes)}.extra().empty());
  }
}

TEST_CASE("what they do not say is kept") {
  struct Case {
    std::string attributes, extra;
  };
  const Case cases[] = {
      {attribute("args", "(K\x01K\x02t"), R"({"args":[1,2]})"},
      {attribute("args", "}"), R"({"args":{}})"},
      {attribute("exc_info", "(" + pickled("a") + "t"), R"({"exc_info":["a"]})"},
      {attribute("taskName", pickled("Task-1")), R"({"taskName":"Task-1"})"},
      {attribute("asctime", pickled(5)), R"({"asctime":5})"},
      {attribute("message", pickled("another")), R"({"message":"another"})"},
      {attribute("msecs", pickled(500.0)), R"({"msecs":500.0})"},
      {attribute("created", pickled(1.5)) + attribute("msecs", pickled("x")), R"({"msecs":"x"})"},
  };
  for (const auto& [attributes, extra] : cases) {
    CAPTURE_BINDING(extra);
    CHECK(Decoded{record_of(attributes)}.extra() == extra);
  }
}

TEST_CASE("without msg the message is that of `message`") {
  CHECK(Decoded{"}(" + attribute("message", pickled("formatted")) + "u."}.record().message == "formatted");
}

TEST_CASE("unknown attributes keep their names, types and order") {
  const Decoded decoded{record_of(
      attribute("order_id", pickled(4'711)) + attribute("none", none) + attribute("yes", yes) +
      attribute("ratio", pickled(2.0)) + attribute("text", pickled("a \"b\"")) + attribute("list", list_of_one) +
      attribute("dict", "}(" + attribute("k", pickled("v")) + "u") + attribute("bytes", bytes_ab) +
      attribute("nan", pickled(std::nan(""))) + attribute("Levelno", pickled(1)) + attribute("", pickled(2)))};
  CHECK(decoded.extra() ==
        R"({"order_id":4711,"none":null,"yes":true,"ratio":2.0,"text":"a \"b\"","list":[1],"dict":{"k":"v"},)"
        R"("bytes":"b'ab'","nan":"nan","Levelno":1,"":2})");
}

TEST_CASE("an attribute that comes again keeps its place and gets the later value") {
  const Decoded decoded{record_of(attribute("a", pickled(1)) + attribute("b", pickled(2)) + attribute("a", pickled(3)) +
                                  attribute("levelno", pickled(10)) + attribute("levelno", pickled(40)))};
  CHECK(decoded.extra() == R"({"a":3,"b":2})");
  CHECK(decoded.record().level == Level::error);
}

TEST_CASE("a name that is no text becomes one") {
  const Decoded decoded{record_of(pickled(7) + pickled(1) + none + pickled(2) + "(K\x01t" + pickled(3) + bytes_ab +
                                  pickled(4) + pickled("a\xff") + pickled(5) + yes + pickled(6))};
  CHECK(decoded.extra() == "{\"7\":1,\"None\":2,\"(1,)\":3,\"b'ab'\":4,\"a\uFFFD\":5,\"True\":6}");
}

TEST_CASE("a pickle that is no record is refused, with its beginning") {
  struct Case {
    std::string pickle, text;
  };
  const Case cases[] = {
      {"N.", "the pickle is no log record: not a dict, but None"},
      {"K\x07.", "the pickle is no log record: not a dict, but 7"},
      {list_of_one + ".", "the pickle is no log record: not a dict, but [1]"},
      {"cos\nsystem\n(" + pickled("true") + "tR.", "the pickle is no log record: not a dict, but <os.system 'true'>"},
      {pickled(std::string(1'000, 'x')) + ".",
       "the pickle is no log record: not a dict, but '" + std::string(60, 'x') + "<cut off>'"},
      {"}.", "the pickle is no log record: a dict without any attribute of one, {}"},
      {"}(" + attribute("a", pickled(1)) + "u.",
       "the pickle is no log record: a dict without any attribute of one, {'a': 1}"},
  };
  for (const auto& [pickle, text] : cases) {
    CAPTURE_BINDING(text);
    RecordBatch batch;
    PythonDecoder decoder;
    const auto outcome = decoder.decode(pickle, batch);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == Errc::bad_record);
    CHECK(outcome.error().text == text);
    CHECK(batch.empty());
  }
}

TEST_CASE("a fault leaves the batch as it was") {
  PythonDecoder decoder;
  RecordBatch batch;
  REQUIRE(decoder.decode(record_of(attribute("SYSTEM_ID", pickled("a"))), batch));
  const auto held = batch.bytes();
  const auto other = record_of(attribute("SYSTEM_ID", pickled("b")));
  CHECK_FALSE(decoder.decode(other.substr(0, other.size() - 1), batch));
  CHECK_FALSE(decoder.decode("", batch));
  CHECK(batch.size() == 1);
  CHECK(batch.sources().size() == 1);
  CHECK(batch.bytes() == held);
  REQUIRE(decoder.decode(other, batch));
  CHECK(batch.size() == 2);
}

TEST_CASE("a decoder can be moved, and goes on") {
  PythonDecoder first;
  RecordBatch batch;
  REQUIRE(first.decode(record_of(""), batch));
  PythonDecoder second = std::move(first);
  REQUIRE(second.decode(record_of(""), batch));
  first = std::move(second);
  REQUIRE(first.decode(record_of(""), batch));
  CHECK(batch.size() == 3);
}

TEST_CASE("a record does not depend on the pickle's bytes once it is decoded") {
  RecordBatch batch;
  {
    auto pickle = record_of(attribute("SYSTEM_ID", pickled("ch2eu")) + attribute("x", pickled("kept")));
    PythonDecoder decoder;
    REQUIRE(decoder.decode(pickle, batch));
    pickle.assign(pickle.size(), '?');
  }
  CHECK(batch.records()[0].message == "m");
  CHECK(batch.records()[0].extra == R"({"x":"kept"})");
  CHECK(batch.sources()[0].system_id == "ch2eu");
}

TEST_CASE("a decoder that has seen a record allocates nothing for the next, but room in the batch") {
  const auto frame = python_frame({.extra = {{"order", "4711"}, {"step", "two"}}}).substr(4);
  PythonDecoder decoder;
  RecordBatch batch;
  REQUIRE(decoder.decode(frame, batch));
  const Allocations allocations;
  for (int i = 0; i < 1'000; ++i) REQUIRE(decoder.decode(frame, batch));
  CHECK(allocations.count() < 40);
}

TEST_CASE("the frames of testing.hpp are what they say") {
  const auto frame = python_frame({.message = "Grüße", .system_id = "ch2eu", .levelno = 25, .extra = {{"k", "v"}}});
  FrameReader reader;
  std::string body;
  REQUIRE(reader.feed(
      frame, [&](std::string_view whole) { body = whole; }, [](const auto&) {}));
  const Decoded decoded{body};
  CHECK(decoded.record().message == "Grüße");
  CHECK(decoded.record().level == Level{25});
  CHECK(decoded.record().created == at(1'795'338'000, 250'000));
  CHECK(decoded.source().system_id == "ch2eu");
  CHECK(decoded.extra() == R"({"k":"v"})");
}

TEST_SUITE_END();
