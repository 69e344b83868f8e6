// Pickles that somebody made to do harm, and frames that something broke. Whatever comes: a sound record or a Fault
// that leaves the batch as it was; in bounded memory, and in a time that the runner of these tests would otherwise end.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "psherald/decode.hpp"
#include "psherald/frame.hpp"
#include "support/allocations.hpp"
#include "support/capture.hpp"
#include "support/data.hpp"
#include "support/json.hpp"
#include "support/pickle.hpp"
#include "support/sound.hpp"

using namespace psherald;
using namespace psherald::testing;
using namespace std::string_literals;

namespace {

const std::string cut_off = "<cut off>", none = "N";

/// Decodes into a batch that has a record already, and checks what has to hold whatever the pickle is.
class Trial {
 public:
  explicit Trial(PythonDecoder::Options options = {}) : options_{options}, decoder_{options} {
    REQUIRE(decoder_.decode(record_of(""), batch_));
  }

  /// The record, or nullptr: then `fault` says why not.
  const Record* decode(std::string_view pickle) {
    RecordBatch batch;
    std::swap(batch, batch_);
    batch_.append(Record{});
    const auto held = batch_.bytes();
    const auto outcome = decoder_.decode(pickle, batch_);
    if (!outcome) {
      fault = outcome.error();
      REQUIRE((fault.code == Errc::bad_frame || fault.code == Errc::bad_record));
      REQUIRE(fault.text.size() < 1'000);
      REQUIRE(batch_.size() == 1);
      REQUIRE(batch_.bytes() == held);
      return nullptr;
    }
    REQUIRE(batch_.size() == 2);
    const auto& record = batch_.records()[1];
    const auto wrong = fault_of(batch_, record, options_.max_output_bytes);
    if (!wrong.empty()) FAIL(wrong);
    return &record;
  }
  /// What stands in `extra` for the one attribute "value".
  Json value(std::string_view opcodes) {
    const auto* record = decode(record_with(opcodes));
    if (record == nullptr) FAIL(fault.text);
    return parse_json(record->extra)["value"];
  }
  std::string text(std::string_view opcodes) { return value(opcodes).text; }
  bool refuses(std::string_view pickle, Errc code, std::string_view reason) {
    const bool refused = decode(pickle) == nullptr;
    return refused && fault.code == code && fault.text.find(reason) != fault.text.npos;
  }

  Fault fault;

 private:
  PythonDecoder::Options options_;
  PythonDecoder decoder_;
  RecordBatch batch_;
};

// The frames of some cases of the corpus: every protocol, every kind of value.
std::vector<std::string> frames_of(const std::string& python, const std::vector<std::string>& cases) {
  std::vector<std::string> frames;
  const auto lines = data_lines("corpus/" + python + "/expected.jsonl");
  std::size_t number = 0;
  FrameReader reader;
  const bool intact = reader.feed(
      read_data("corpus/" + python + "/frames.bin"),
      [&](std::string_view frame) {
        const auto name = parse_json(lines.at(number++))["case"].text;
        for (const auto& wanted : cases)
          if (name == wanted) frames.emplace_back(frame);
      },
      [](const auto&) {});
  REQUIRE(intact);
  REQUIRE_FALSE(frames.empty());
  return frames;
}

}  // namespace

TEST_SUITE_BEGIN("decode");

TEST_CASE("what a pickle wants called is kept as a text, and nothing happens") {
  Trial trial;
  CHECK(trial.text("cos\nsystem\n(" + pickled("touch /tmp/pwned") + "tR") == "<os.system 'touch /tmp/pwned'>");
  CHECK(trial.text("c__builtin__\neval\n(" + pickled("1/0") + "tR") == "<builtins.eval '1/0'>");
  CHECK(trial.text("(isubprocess\nPopen\n") == "<subprocess.Popen>");
  CHECK(trial.text("cbuiltins\ngetattr\n(cos\nsystem\n" + pickled("__call__") + "tR(" + pickled("id") + "tR") ==
        "<os.system.__call__ 'id'>");
}

TEST_CASE("a call of what is no name, or of another call, is a text as well") {
  Trial trial;
  CHECK(trial.text("K\x07)R") == "<?>");
  CHECK(trial.text("cm\nf\n)R)R") == "<?>");
  CHECK(trial.text("cm\nf\n(cm\ng\n" + pickled("x") + "tR)R") == "<?>");  // not a getattr
  CHECK(trial.text("c\n\n)R") == "<.>");
  CHECK(trial.text("c" + std::string(100'000, 'm') + "\nf\n)R") == "<" + std::string(200, 'm') + ".f>");
  CHECK(trial.text("c\xff\nf\n)R") == "<\uFFFD.f>");
}

TEST_CASE("known types made of nonsense are shown as the calls that they are") {
  Trial trial;
  struct Case {
    std::string call, text;
  };
  const Case cases[] = {
      {"cdatetime\ndatetime\n)R", "<datetime.datetime>"},
      {"cdatetime\ndatetime\n(K\x01tR", "<datetime.datetime 1>"},
      {"cdatetime\ndatetime\n(C\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00tR"s,
       R"(<datetime.datetime b'\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'>)"},
      {"cdatetime\ndate\n(C\x04\x07\xe8\x02\x1etR", R"(<datetime.date b'\x07\xe8\x02\x1e'>)"},  // February 30
      {"cdatetime\ntime\n(C\x06\x18\x00\x00\x00\x00\x00tR"s, R"(<datetime.time b'\x18\x00\x00\x00\x00\x00'>)"},
      {"cdatetime\ntimedelta\n(" + pickled(std::int64_t{-1} << 63) + "K\x00K\x00tR"s,
       "<datetime.timedelta -9223372036854775808 0 0>"},
      {"cdatetime\ntimedelta\n(K\x01" + pickled(-1) + "K\x00tR"s, "<datetime.timedelta 1 -1 0>"},
      {"cdatetime\ntimezone\n(K\x01tR", "<datetime.timezone 1>"},
      {"cdecimal\nDecimal\n(K\x01tR", "<decimal.Decimal 1>"},
      {"cuuid\nUUID\n)\x81", "<uuid.UUID>"},
      {"cuuid\nUUID\n)\x81}(" + pickled("int") + pickled(-1) + "ub", "<uuid.UUID int=-1>"},
      {"cuuid\nUUID\n)\x81}(" + pickled("int") + "L" + std::string(50, '9') + "\nub",
       "<uuid.UUID int=" + std::string(50, '9') + ">"},
      {"cuuid\nUUID\n)\x81}b", "<uuid.UUID>"},
      {"c__builtin__\ncomplex\n(K\x01tR", "<builtins.complex 1>"},
      {"cpathlib\nPosixPath\n(K\x01tR", "<pathlib.PosixPath 1>"},
      {"cpathlib\nPosixPath\n(" + times(300, "U\x01x") + "tR", "<pathlib.PosixPath" + times(300, " 'x'") + ">"},
      {"ccollections\nOrderedDict\n(K\x01tR", "<collections.OrderedDict 1>"},
      {"ccollections\nOrderedDict\n((K\x01ltR", "<collections.OrderedDict [1]>"},
      {"c__builtin__\nset\n(}tR", "<builtins.set {}>"},
      {"ccopy_reg\n_reconstructor\n)R", "<copyreg._reconstructor>"},
      {"ccopyreg\n__newobj__\n)R", "<copyreg.__newobj__>"},
      {"ccopyreg\n__newobj__\n(K\x01tR", "<?>"},
  };
  for (const auto& [call, text] : cases) {
    CAPTURE_BINDING(text);
    CHECK(trial.text(call) == text);
  }
  // The first item said that they are pairs.
  CHECK(trial.value("ccollections\nOrderedDict\n(((K\x01K\x02tK\x03ltR") == parse_json(R"({"1":2,"?":3})"));
}

TEST_CASE("a pickle that is nested a million deep is read and freed without recursion, and cut off where it is shown") {
  Trial trial{{.max_opcodes = 10'000'000}};
  auto value = trial.value(times(1'000'001, "]") + times(1'000'000, "a"));
  std::size_t depth = 1;
  for (const Json* at = &value; !at->items.empty(); at = &at->items[0], ++depth)
    if (at->items[0].kind == Json::Kind::string) {
      CHECK(at->items[0].text == "<too deep>");
      break;
    }
  CHECK(depth == 64);
  const std::size_t deep = 200'000;
  CHECK(trial.value(times(deep, "(") + times(deep, "t")).kind == Json::Kind::array);
  CHECK(trial.value(times(deep, "}N") + none + times(deep, "s")).kind == Json::Kind::object);
  CHECK(trial.text(times(deep, "cm\nf\n") + none + times(deep, "\x85R")).starts_with("<m.f <m.f <m.f "));
  CHECK(trial.text("cm\nf\n" + times(deep, ")R")) == "<?>");
  CHECK(trial.text(times(deep, "cbuiltins\ngetattr\n") + "cm\nf\n" + times(deep, "U\x01x\x86R"))
            .starts_with("<builtins.getattr <builtins.getattr "));
}

TEST_CASE("by default a million levels are more opcodes than a record may have") {
  Trial trial;
  CHECK(trial.refuses(record_with(times(1'000'000, "]") + times(1'000'000, "a")), Errc::bad_record,
                      "there are more than 200000 opcodes"));
}

TEST_CASE("opcodes are bounded, those of texts and of the memo too") {
  for (const auto& opcodes : {"N0"s,
                              "\x8c\x01"
                              "a0"s,
                              "U\x01"
                              "aq\x01"
                              "0"s,
                              pickled("a") + "q\x01"
                                             "0"}) {
    const auto count = times(100, opcodes);
    Trial enough{{.max_opcodes = 450}}, few{{.max_opcodes = 150}};
    CHECK(enough.decode(record_with(count + none)) != nullptr);
    CHECK(few.refuses(record_with(count + none), Errc::bad_record, "there are more than 150 opcodes"));
  }
  const auto record = record_of("");  // EMPTY_DICT MARK BINUNICODE BINUNICODE SETITEMS STOP
  CHECK(Trial{{.max_opcodes = 6}}.decode(record) != nullptr);
}

TEST_CASE("containers are shown to the depth of the option") {
  Trial trial{{.max_depth = 2}};
  CHECK(trial.value("]]]aa") == parse_json(R"([["<too deep>"]])"));
  CHECK(trial.value("](}U\x01"
                    "a]se") == parse_json(R"([{"a":"<too deep>"}])"));
  CHECK(trial.value("cm\nf\n(]]atR").text == "<m.f [<too deep>]>");
  CHECK(trial.value("}(]" + none + "u") == parse_json(R"({"[]":null})"));
}

TEST_CASE("the memo is bounded by the option, and by what a pickle of that size can have put") {
  Trial few{{.max_memo = 3}};
  CHECK(few.decode(record_with("Nq\x02")) != nullptr);
  CHECK(few.refuses(record_with("Nq\x03"), Errc::bad_record, "memo entry 3 is beyond the bound of 3"));
  CHECK(few.refuses(record_with("N" + times(4, "\x94")), Errc::bad_record, "memo entry 3"));
  Trial trial;
  for (const auto& put : {"r\xff\xff\xff\xff"s, "r\x9f\x86\x01\x00"s, "p99999\n"s, "p18446744073709551615\n"s}) {
    const auto pickle = record_with("N" + put);
    const Allocations allocations;
    CHECK(trial.refuses(pickle, Errc::bad_record, "is beyond the bound of 100000, or of a pickle of"));
    CHECK(allocations.bytes() < 64 * 1024);
  }
  CHECK(trial.decode(record_with("N" + times(1'000, "r\xe8\x03\x00\x00"s))) != nullptr);
  const auto full = record_with("N" + times(100'001, "\x94"));
  CHECK(trial.refuses(full, Errc::bad_record, "memo entry 100000 is beyond the bound of 100000"));
}

TEST_CASE("the memo of one pickle is not that of the next") {
  Trial trial;
  CHECK(trial.decode(record_with("K\x01q\x05q\x10")) != nullptr);
  CHECK(trial.refuses(record_with("h\x05"), Errc::bad_frame, "memo entry 5 was never put"));
  CHECK(trial.refuses(record_with("h\x10"), Errc::bad_frame, "memo entry 16 was never put"));
}

TEST_CASE("a list or dict within itself is shown once") {
  Trial trial;
  CHECK(trial.value("]q\x01h\x01"
                    "a") == parse_json(R"(["..."])"));
  CHECK(trial.value("}q\x01U\x01"
                    "dh\x01s") == parse_json(R"({"d":"..."})"));
  CHECK(trial.value("]q\x01(h\x01h\x01}U\x01kh\x01se") == parse_json(R"(["...","...",{"k":"..."}])"));
  CHECK(trial.text("cm\nf\n)Rq\x01h\x01"
                   "a") == "<m.f ...>");
  CHECK(trial.text("cm\nf\n)Rq\x01}U\x01"
                   "ah\x01sb") == "<m.f a=...>");
  CHECK(trial.value("ccollections\nOrderedDict\n)Rq\x01U\x01"
                    "ah\x01s") == parse_json(R"({"a":"..."})"));
  CHECK(trial.value("}q\x01h\x01Ns").members.size() == 1);  // as its own key
}

TEST_CASE("a few bytes that describe a huge text make one of bounded length") {
  Trial trial;
  // Each list holds the one before ten times.
  const auto memo = [](const char* opcode, int place) { return opcode + std::string(1, static_cast<char>(place)); };
  std::string laughs = pickled("ha") + memo("q", 0) + "0";
  for (int i = 1; i < 60; ++i) laughs += "]" + memo("q", i) + "(" + times(10, memo("h", i - 1)) + "e0";
  laughs += memo("h", 59);
  const auto* record = trial.decode(record_with(laughs));
  REQUIRE(record != nullptr);
  CHECK(record->extra.size() > 1'000'000);
  CHECK(record->extra.find(cut_off) != record->extra.npos);

  // The same as message, as a call, as keys, as tuples in a set, as a text again and again.
  CHECK(trial.decode("}(" + attribute("msg", laughs) + "u.") != nullptr);
  CHECK(trial.decode(record_with("cm\nf\n" + laughs + "\x85R")) != nullptr);
  CHECK(trial.decode(record_with("}" + laughs + "Ns")) != nullptr);
  CHECK(trial.decode(record_of(laughs + none)) != nullptr);
  const std::string long_text = pickled(std::string(100'000, 'x')) + "q\x01";
  CHECK(trial.decode(record_with("](" + long_text + times(50'000, "h\x01") + "e")) != nullptr);
  CHECK(trial.decode(record_of(attribute("first", long_text) +
                               times(1, attribute("second", "h\x01") + attribute("third", "h\x01")))) != nullptr);
  std::string attributes = attribute("SYSTEM_ID", long_text);
  for (const auto name : {"PRODUKT_ID", "SUB_SYSTEM_ID", "SUB_SUB_SYSTEM_ID", "USER_SPEC_1", "USER_SPEC_2",
                          "api_version", "package_version", "name", "pathname", "filename", "module", "funcName",
                          "levelname", "processName", "threadName", "exc_text", "stack_info"})
    attributes += attribute(name, "h\x01");
  CHECK(trial.decode(record_of(attributes)) != nullptr);
}

TEST_CASE("what is written for one record is bounded by the option, escapes and all") {
  Trial trial{{.max_output_bytes = 1'000}};
  struct Case {
    std::string name, value;
  };
  const Case cases[] = {
      {"text", pickled(std::string(5'000, 'x'))},
      {"control characters", pickled(std::string(5'000, '\x01'))},
      {"quotes", pickled(std::string(5'000, '"'))},
      {"no UTF-8", pickled(std::string(5'000, '\xff'))},
      {"bytes", "B" + little_endian(5'000, 4) + std::string(5'000, '\xff')},
      {"apostrophes in a call", "cm\nf\n" + pickled(std::string(5'000, '\'')) + "\x85R"},
      {"control characters in a call", "cm\nf\n" + pickled(std::string(5'000, '\x01')) + "\x85R"},
      {"list", "](" + times(5'000, none) + "e"},
      {"dict", "}(" + times(5'000, pickled("\x01\x02\x03") + none) + "u"},
      {"key of a dict", "}" + pickled(std::string(5'000, '\x01')) + none + "s"},
      {"key that is bytes", "}B" + little_endian(5'000, 4) + std::string(5'000, '\xff') + none + "s"},
      {"Decimal", "cdecimal\nDecimal\n" + pickled(std::string(5'000, '1')) + "\x85R"},
      {"path", "cpathlib\nPosixPath\n" + pickled(std::string(5'000, '1')) + "\x85R"},
      {"encoded bytes", "c_codecs\nencode\n" + pickled(std::string(5'000, '1')) + "\x85R"},
      {"attribute of an object", "cm\nf\n)R}" + pickled(std::string(5'000, '\x01')) + none + "sb"},
  };
  for (const auto& [name, value] : cases) {
    CAPTURE_BINDING(name);
    const auto* in_extra = trial.decode(record_with(value));
    REQUIRE(in_extra != nullptr);
    CHECK(in_extra->extra.size() < 1'000 + 100);
    CHECK(in_extra->extra.find(cut_off) != in_extra->extra.npos);
    const auto* as_message = trial.decode("}(" + attribute("msg", value) + "u.");
    REQUIRE(as_message != nullptr);
    CHECK(as_message->message.size() < 1'000 + 100);
    CHECK(as_message->message.find(cut_off) != as_message->message.npos);
    const auto* as_name = trial.decode(record_of(value + none));
    REQUIRE(as_name != nullptr);
    CHECK(as_name->extra.size() < 1'000 + 100);
  }
}

TEST_CASE("integers are written up to the bound, and counted beyond it") {
  Trial trial;
  CHECK(trial.text("L" + std::string(4'300, '9') + "\n") == std::string(4'300, '9'));
  CHECK(trial.text("L-" + std::string(4'300, '9') + "L\n") == "-" + std::string(4'300, '9'));
  CHECK(trial.text("L" + std::string(4'301, '9') + "\n") == "<int of 4301 digits>");
  CHECK(trial.text("L-" + std::string(900'000, '9') + "\n") == "<int of 900000 digits>");
  CHECK(trial.text("\x8b" + little_endian(1'785, 4) + std::string(1'785, '\x7f')).size() == 4'299);
  CHECK(trial.text("\x8b" + little_endian(2'000, 4) + std::string(2'000, '\x7f')) == "<int of 4817 digits>");
  CHECK(trial.text("\x8b" + little_endian(900'000, 4) + std::string(900'000, '\x80')) == "<int of 2167416 digits>");
  CHECK(trial.value("\x8b" + little_endian(900'000, 4) + std::string(900'000, '\0')).text == "0");
  CHECK(trial.value("\x8b" + little_endian(900'000, 4) + std::string(900'000, '\xff')).text == "-1");
  Trial few{{.max_integer_digits = 3}};
  CHECK(few.text("L99999999999999999999\n") == "<int of 20 digits>");
  CHECK(few.text("\x8a\x09" + std::string(8, '\0') + '\x01') == "<int of 20 digits>");
  CHECK(few.value("L-9999\n") == parse_json("-9999"));  // of 64 bits: no text
}

TEST_CASE("many long integers in one pickle take the time of four") {
  Trial trial;
  const auto number = "\x8b" + little_endian(1'785, 4) + std::string(1'785, '\x7f');
  const auto value = trial.value("](" + times(580, number) + "e");
  REQUIRE(value.items.size() == 580);
  CHECK(value.items[3].text.size() == 4'299);
  CHECK(value.items[4].text == "<int of 4299 digits>");
  CHECK(trial.text(number).size() == 4'299);  // the next has its own
  const auto usual = "\x8b" + little_endian(256, 4) + std::string(256, '\x7f');
  for (const auto& item : trial.value("](" + times(100, usual) + "e").items) REQUIRE(item.text.size() == 617);
}

TEST_CASE("lengths that are none allocate nothing") {
  Trial trial;
  for (const auto& opcode : {"X\xff\xff\xff\xff"s, "T\xff\xff\xff\x7f"s, "B\xff\xff\xff\xff"s, "\x8b\xff\xff\xff\x7f"s,
                             "\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"s, "\x8d\x00\x00\x00\x00\x00\x00\x00\x80"s,
                             "\x8e\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x96\xff\xff\xff\xff\xff\xff\xff\x7f"s,
                             "\x95\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
    const auto pickle = record_with(opcode);
    const Allocations allocations;
    CHECK(trial.refuses(pickle, Errc::bad_frame, "it announces"));
    CHECK(allocations.bytes() < 64 * 1024);
  }
}

TEST_CASE("a big pickle leaves a decoder no bigger than before") {
  PythonDecoder decoder;
  RecordBatch batch;
  REQUIRE(decoder.decode(record_of(""), batch));
  for (int i = 0; i < 3; ++i)
    REQUIRE(decoder.decode(record_with("](" + times(90'000, pickled("x") + "\x94") + "e"), batch));
  const auto small = record_of("");
  REQUIRE(decoder.decode(small, batch));
  const Allocations allocations;
  REQUIRE(decoder.decode(small, batch));
  CHECK(allocations.bytes() < 64 * 1024);
}

// Each of these took minutes, or would, if something were looked at again at each reference to it.
TEST_CASE("what is referred to many times is not looked through many times") {
  Trial trial;
  const std::string deep = times(64, "]("), shallow = times(64, "e");
  const std::string pair =
      "K\x01K\x02\x86q\x01"
      "0";
  struct Case {
    std::string name, value;
  };
  const Case cases[] = {
      {"a long OrderedDict, too deep to be shown", pair + "ccollections\nOrderedDict\n](" + times(60'000, "h\x01") +
                                                       "Ne\x85Rq\x02"
                                                       "0" +
                                                       deep + times(60'000, "h\x02") + shallow},
      {"a long OrderedDict within itself", pair + "]q\x03(" + times(60'000, "h\x01") +
                                               "e0ccollections\nOrderedDict\nh\x03\x85Rq\x02"
                                               "0h\x03(" +
                                               times(60'000, "h\x02") + "e0h\x02"},
      {"a datetime of a long text, too deep to be shown", "cdatetime\ndatetime\n" + pickled(std::string(500'000, 'x')) +
                                                              "\x85Rq\x02"
                                                              "0" +
                                                              deep + times(60'000, "h\x02") + shallow},
      {"a datetime of long encoded bytes, too deep to be shown", "cdatetime\ndatetime\nc_codecs\nencode\n" +
                                                                     pickled(std::string(500'000, 'x')) +
                                                                     "\x85R\x85Rq\x02"
                                                                     "0" +
                                                                     deep + times(60'000, "h\x02") + shallow},
      {"a path of empty parts", "cpathlib\nPosixPath\n(" + times(64, "U\x00"s) +
                                    "tRq\x02"
                                    "0](" +
                                    times(90'000, "h\x02") + "e"},
      {"a long key of an object", pickled(std::string(500'000, 'x')) +
                                      "q\x01"
                                      "0cm\nC\n)R}(" +
                                      times(50'000, "h\x01N") + "ub"},
  };
  for (const auto& [name, value] : cases) {
    CAPTURE_BINDING(name);
    const auto* record = trial.decode(record_with(value));
    if (record == nullptr) FAIL_CHECK(trial.fault.text);
  }
  // As names of attributes.
  CHECK(trial.decode(record_of(pickled(std::string(500'000, 'x')) + "q\x01N" + times(50'000, "h\x01N"))) != nullptr);
  CHECK(trial.decode(record_of("]q\x01N" + times(50'000, "h\x01N"))) != nullptr);
}

TEST_CASE("a frame that is cut off anywhere is a fault") {
  Trial trial;
  for (const auto& frame : frames_of("python-3.13", {"plain", "containers", "objects", "bytes", "ints"}))
    for (std::size_t size = 0; size < frame.size(); ++size) {
      REQUIRE(trial.decode(std::string_view{frame}.substr(0, size)) == nullptr);
      REQUIRE(trial.fault.code == Errc::bad_frame);
    }
}

TEST_CASE("a frame with any byte changed is a sound record or a fault") {
  Trial trial;
  std::size_t records = 0, faults = 0;
  const auto frames = {frames_of("python-2.7", {"objects", "containers"}),
                       frames_of("python-3.13", {"objects", "containers"})};
  for (const auto& some : frames)
    for (const auto& frame : some) {
      auto changed = frame;
      for (auto& byte : changed) {
        const char before = byte;
        for (const char flipped : {1, 2, 4, 8, 16, 32, 64, -128}) {
          byte = static_cast<char>(before ^ flipped);
          trial.decode(changed) != nullptr ? ++records : ++faults;
        }
        byte = before;
      }
    }
  CHECK(records > 1'000);
  CHECK(faults > 1'000);
}

TEST_CASE("a frame with a piece left out, or twice, is a sound record or a fault") {
  Trial trial;
  for (const auto& frame : frames_of("python-3.13", {"objects"}))
    for (std::size_t begin = 0; begin < frame.size(); begin += 3)
      for (const std::size_t size : {1, 2, 5, 9, 40}) {
        auto changed = frame;
        trial.decode(changed.erase(begin, size));
        changed = frame;
        trial.decode(changed.insert(begin, frame.substr(begin, size)));
      }
}

TEST_SUITE_END();
