// The pickle machine: each opcode, and what is no pickle.

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "decode/pickle_opcodes.hpp"
#include "psherald/decode.hpp"
#include "support/capture.hpp"
#include "support/json.hpp"
#include "support/pickle.hpp"
#include "support/sound.hpp"

using namespace psherald;
using namespace psherald::testing;
using namespace std::string_literals;

TEST_SUITE_BEGIN("decode");

TEST_CASE("every opcode of protocols 0 to 5 does what Python's own machine does, but for calling anything") {
  struct Case {
    std::string opcode, value, json;
  };
  const std::string a = "\x8c\x01"s + "a";  // SHORT_BINUNICODE
  const Case cases[] = {
      {"NONE", "N", "null"},
      {"NEWTRUE", "\x88", "true"},
      {"NEWFALSE", "\x89", "false"},
      {"INT", "I4711\n", "4711"},
      {"INT", "I-5\n", "-5"},
      {"INT", "I01\n", "true"},
      {"INT", "I00\n", "false"},
      {"INT", "I99999999999999999999\n", "\"99999999999999999999\""},
      {"LONG", "L4711L\n", "4711"},
      {"LONG", "L-9223372036854775808L\n", "-9223372036854775808"},
      {"LONG", "L-9223372036854775809L\n", "\"-9223372036854775809\""},
      {"LONG", "L7\n", "7"},
      {"BININT1", "K\xff", "255"},
      {"BININT2", "M\xff\xff", "65535"},
      {"BININT", "J\xff\xff\xff\x7f", "2147483647"},
      {"BININT", "J\xff\xff\xff\xff", "-1"},
      {"LONG1", "\x8a\x00"s, "0"},
      {"LONG1", "\x8a\x01\xff", "-1"},
      {"LONG1", "\x8a\x02\xff\x00"s, "255"},
      {"LONG1", "\x8a\x09" + std::string(8, '\xff') + '\0', "\"18446744073709551615\""},
      {"LONG1", "\x8a\x09" + std::string(9, '\0'), "0"},
      {"LONG1", "\x8a\x0a" + std::string(10, '\xff'), "-1"},
      {"LONG4", "\x8b\x02\x00\x00\x00\x00\x01"s, "256"},
      {"LONG4", "\x8b\x00\x00\x00\x00"s, "0"},
      {"FLOAT", "F1.5\n", "1.5"},
      {"FLOAT", "F-1e+100\n", "-1e100"},
      {"FLOAT", "Fnan\n", "\"nan\""},
      {"FLOAT", "F-inf\n", "\"-inf\""},
      {"BINFLOAT", "G\x3f\xf8\x00\x00\x00\x00\x00\x00"s, "1.5"},
      {"BINFLOAT", "G\x80\x00\x00\x00\x00\x00\x00\x00"s, "-0.0"},

      {"STRING", "S'it\\'s'\n", "\"it's\""},
      {"STRING", "S\"\\x41\\102\\n\\\\\\q\"\n", "\"AB\\n\\\\\\\\q\""},
      {"STRING", "S'\\xc3\\xbc'\n", "\"\u00fc\""},
      {"STRING", "S'\\xfc'\n", "\"\uFFFD\""},
      {"STRING", "S'\\'\n", "\"\\\\\""},
      {"STRING", "S'\\x4'\n", "\"\\\\x4\""},
      {"BINSTRING", "T\x02\x00\x00\x00"s + "\xc3\xbc", "\"\u00fc\""},
      {"SHORT_BINSTRING", "U\x01\xff", "\"\uFFFD\""},
      {"UNICODE", "Va\\u00fc\xfc\\U0001f680\n", "\"a\u00fc\u00fc\U0001F680\""},
      {"UNICODE", "V\\ud83d\\ude80\n", "\"\U0001F680\""},
      {"UNICODE", "V\\ud83d\\u0041\\udc80\n", "\"\uFFFDA\uFFFD\""},
      {"UNICODE", "V\\\\u0041\\u41\\U00110000\\\n",
       R"("\\\\u0041\\u41)"
       "\uFFFD"
       R"(\\")"},
      {"UNICODE", "V\n", "\"\""},
      {"BINUNICODE", "X\x02\x00\x00\x00"s + "\xc3\xbc", "\"\u00fc\""},
      {"BINUNICODE", "X\x05\x00\x00\x00"s + "a\xed\xb2\x80z", "\"a\uFFFDz\""},
      {"SHORT_BINUNICODE", a, "\"a\""},
      {"BINUNICODE8", "\x8d\x01\x00\x00\x00\x00\x00\x00\x00"s + "a", "\"a\""},
      {"BINBYTES", "B\x01\x00\x00\x00\xff"s, R"("b'\\xff'")"},
      {"SHORT_BINBYTES", "C\x01'", R"("b\"'\"")"},
      {"BINBYTES8", "\x8e\x01\x00\x00\x00\x00\x00\x00\x00"s + "a", "\"b'a'\""},
      {"BYTEARRAY8", "\x96\x01\x00\x00\x00\x00\x00\x00\x00"s + "a", "\"b'a'\""},

      {"EMPTY_LIST", "]", "[]"},
      {"APPEND",
       "]K\x01"
       "aK\x02"
       "a",
       "[1,2]"},
      {"APPENDS",
       "](K\x01K\x02"
       "e",
       "[1,2]"},
      {"APPENDS", "](e", "[]"},
      {"LIST", "(K\x01K\x02l", "[1,2]"},
      {"EMPTY_TUPLE", ")", "[]"},
      {"TUPLE", "(K\x01K\x02t", "[1,2]"},
      {"TUPLE1", "K\x01\x85", "[1]"},
      {"TUPLE2", "K\x01K\x02\x86", "[1,2]"},
      {"TUPLE3", "K\x01K\x02K\x03\x87", "[1,2,3]"},
      {"EMPTY_DICT", "}", "{}"},
      {"DICT",
       "(" + a +
           "K\x01"
           "d",
       R"({"a":1})"},
      {"SETITEM", "}" + a + "K\x01s", R"({"a":1})"},
      {"SETITEMS", "}(" + a + "K\x01u", R"({"a":1})"},
      {"SETITEMS", "}(u", "{}"},
      {"EMPTY_SET", "\x8f", "[]"},
      {"ADDITEMS", "\x8f(K\x01K\x02\x90", "[1,2]"},
      {"FROZENSET", "(K\x01\x91", "[1]"},

      {"POP",
       "K\x01K\x02"
       "0",
       "1"},
      {"POP", "K\x01(0", "1"},  // of a mark
      {"POP_MARK",
       "K\x01(K\x02K\x03"
       "1",
       "1"},
      {"DUP",
       "K\x01"
       "2\x86",
       "[1,1]"},
      {"PUT", "K\x07p5\n0g5\n", "7"},
      {"BINPUT",
       "K\x07q\x05"
       "0h\x05",
       "7"},
      {"LONG_BINPUT",
       "K\x07r\x05\x00\x00\x00"
       "0j\x05\x00\x00\x00"s,
       "7"},
      {"LONG_BINGET",
       "K\x07q\x05"
       "0j\x05\x00\x00\x00"s,
       "7"},
      {"MEMOIZE",
       "K\x07\x94"
       "0h\x00"s,
       "7"},
      {"GET",
       "K\x07q\x05K\x08q\x05"
       "00g5\n",
       "8"},  // the later of two
      {"BINGET",
       "]q\x01K\x07"
       "a0h\x01",
       "[7]"},  // what was put goes on changing

      {"GLOBAL", "cos\nsystem\n", "\"<os.system>\""},
      {"GLOBAL", "c__builtin__\nlen\n", "\"<builtins.len>\""},
      {"STACK_GLOBAL", "\x8c\x02os\x8c\x06system\x93", "\"<os.system>\""},
      {"INST", "(K\x01ios\nsystem\n", "\"<os.system 1>\""},
      {"OBJ", "(cos\nsystem\nK\x01o", "\"<os.system 1>\""},
      {"REDUCE", "cos\nsystem\nK\x01\x85R", "\"<os.system 1>\""},
      {"NEWOBJ", "cm\nC\nK\x01\x85\x81", "\"<m.C 1>\""},
      {"NEWOBJ_EX", "cm\nC\nK\x01\x85}" + a + "K\x02s\x92", "\"<m.C 1 a=2>\""},
      {"BUILD", "cm\nC\n)\x81}" + a + "K\x02sb", "\"<m.C a=2>\""},
      {"BUILD",
       "cm\nC\n)\x81K\x02"
       "b",
       "\"<m.C 2>\""},
      {"APPEND",
       "cm\nC\n)\x81K\x02"
       "a",
       "\"<m.C 2>\""},
      {"SETITEM", "cm\nC\n)\x81" + a + "K\x02s", "\"<m.C a=2>\""},
      {"EXT1", "\x82\x07", "\"<copyreg.extension 7>\""},
      {"EXT2", "\x83\x07\x01", "\"<copyreg.extension 263>\""},
      {"EXT4", "\x84\x07\x01\x00\x00"s, "\"<copyreg.extension 263>\""},
      {"PERSID", "Pid-7\n", "\"<pickle.persistent_id 'id-7'>\""},
      {"BINPERSID", "K\x07Q", "\"<pickle.persistent_id 7>\""},
      {"NEXT_BUFFER", "\x97", "\"<pickle.next_buffer>\""},
      {"READONLY_BUFFER", "\x97\x98", "\"<pickle.next_buffer>\""},

      {"PROTO", "\x80\x05K\x01", "1"},
      {"FRAME", "\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01"s, "1"},
      {"MARK", "(K\x01t", "[1]"},
      {"STOP", "K\x01", "1"},
  };
  std::set<std::string> seen;
  for (const auto& [opcode, value, json] : cases) {
    CAPTURE_BINDING(opcode);
    CAPTURE_BINDING(json);
    RecordBatch batch;
    PythonDecoder decoder;
    const auto outcome = decoder.decode(record_with(value), batch);
    if (!outcome) FAIL_CHECK(outcome.error().text);
    if (!outcome) continue;
    CHECK(fault_of(batch, batch.records()[0]) == "");
    CHECK(parse_json(batch.records()[0].extra)["value"] == parse_json(json));
    seen.insert(opcode);
  }
  for (int byte = 0; byte < 256; ++byte)
    if (const auto name = pickle::name_of(static_cast<pickle::Opcode>(byte)); !name.empty())
      CHECK_MESSAGE(seen.count(std::string{name}) == 1, name);
  CHECK(seen.size() == 68);
}

TEST_CASE("what is no pickle is refused with the opcode, its place and the reason") {
  struct Case {
    std::string pickle, text;
  };
  const Case cases[] = {
      {"", "the pickle ends after 0 bytes without a STOP"},
      {"K\x01", "the pickle ends after 2 bytes without a STOP"},
      {".", "pickle: opcode STOP at offset 0: it needs 1 value on the stack, there are 0"},
      {"K\x01(.", "pickle: opcode STOP at offset 3: it needs 1 value on the stack, there are 0"},
      {"GET / HTTP", "pickle: opcode PERSID at offset 9: its line has no end"},
      {"\x7f", "pickle: byte 127 at offset 0: there is no such opcode"},
      {"N\xff", "pickle: byte 255 at offset 1: there is no such opcode"},
      {"{\"msg\"", "pickle: byte 123 at offset 0: there is no such opcode"},
      {"K", "pickle: opcode BININT1 at offset 0: its operand is cut off"},
      {"J\x01\x02\x03", "pickle: opcode BININT at offset 0: its operand is cut off"},
      {"G1234567", "pickle: opcode BINFLOAT at offset 0: it announces 8 bytes, and 7 are left"},
      {"X\x05\x00\x00\x00"s + "abcd", "pickle: opcode BINUNICODE at offset 0: it announces 5 bytes, and 4 are left"},
      {"X\xff\xff\xff\xff", "pickle: opcode BINUNICODE at offset 0: it announces 4294967295 bytes, and 0 are left"},
      {"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f"
       "a",
       "pickle: opcode BINUNICODE8 at offset 0: it announces 9223372036854775807 bytes, and 1 are left"},
      {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
       "a",
       "pickle: opcode BINUNICODE8 at offset 0: it announces 18446744073709551615 bytes, and 1 are left"},
      {"T\xff\xff\xff\xff", "pickle: opcode BINSTRING at offset 0: its length is negative"},
      {"\x8b\xff\xff\xff\xff", "pickle: opcode LONG4 at offset 0: its length is negative"},
      {"\x8b\xff\xff\xff\x7f"
       "a",
       "pickle: opcode LONG4 at offset 0: it announces 2147483647 bytes, and 1 are left"},
      {"I12", "pickle: opcode INT at offset 0: its line has no end"},
      {"I\n.", "pickle: opcode INT at offset 0: \"\" is no number"},
      {"I-\n.", "pickle: opcode INT at offset 0: \"-\" is no number"},
      {"I1_000\n.", "pickle: opcode INT at offset 0: \"1_000\" is no number"},
      {"I 1\n.", "pickle: opcode INT at offset 0: \" 1\" is no number"},
      {"L01\n.", "pickle: opcode LONG at offset 0: \"01\" is no number"},
      {"F1.5.5\n.", "pickle: opcode FLOAT at offset 0: \"1.5.5\" is no number"},
      {"F" + std::string(100, 'x') + "\n.",
       "pickle: opcode FLOAT at offset 0: \"" + std::string(40, 'x') + "\" is no number"},
      {"Sabc\n.", "pickle: opcode STRING at offset 0: its text has no quotes"},
      {"S'abc\"\n.", "pickle: opcode STRING at offset 0: its text has no quotes"},
      {"S'\n.", "pickle: opcode STRING at offset 0: its text has no quotes"},
      {"t", "pickle: opcode TUPLE at offset 0: there is no MARK"},
      {"(K\x01"
       "d",
       "pickle: opcode DICT at offset 3: a key has no value"},
      {"}(K\x01u", "pickle: opcode SETITEMS at offset 4: a key has no value"},
      {"K\x01(u", "pickle: opcode SETITEMS at offset 3: there is no dict to set an item of"},
      {"(u", "pickle: opcode SETITEMS at offset 1: it needs 1 value on the stack, there are 0"},
      {"K\x01"
       "a",
       "pickle: opcode APPEND at offset 2: it needs 2 values on the stack, there are 1"},
      {"]((K\x01"
       "e",
       "pickle: opcode APPENDS at offset 5: it needs 2 values on the stack, there are 1"},
      {"NK\x01"
       "a",
       "pickle: opcode APPEND at offset 3: there is no list to append to"},
      {")K\x01"
       "a",
       "pickle: opcode APPEND at offset 3: there is no list to append to"},
      {"0", "pickle: opcode POP at offset 0: there is no MARK"},
      {"2", "pickle: opcode DUP at offset 0: it needs 1 value on the stack, there are 0"},
      {"q\x01", "pickle: opcode BINPUT at offset 0: it needs 1 value on the stack, there are 0"},
      {"h\x01", "pickle: opcode BINGET at offset 0: memo entry 1 was never put"},
      {"Nq\x02h\x01", "pickle: opcode BINGET at offset 3: memo entry 1 was never put"},
      {"g-1\n", "pickle: opcode GET at offset 0: \"-1\" is no memo entry"},
      {"g99999999999999999999\n", "pickle: opcode GET at offset 0: \"99999999999999999999\" is no memo entry"},
      {"cos\nsystem", "pickle: opcode GLOBAL at offset 0: its line has no end"},
      {"K\x01K\x02\x93", "pickle: opcode STACK_GLOBAL at offset 4: module and name have to be texts"},
      {"cos\nsystem\nK\x01R", "pickle: opcode REDUCE at offset 13: the arguments are no tuple"},
      {"cm\nC\n)K\x01\x92", "pickle: opcode NEWOBJ_EX at offset 8: the keywords are no dict"},
      {"(o", "pickle: opcode OBJ at offset 1: there is no class after the MARK"},
      {"}}b", "pickle: opcode BUILD at offset 2: there is no object to give a state to"},
      {"\x80\x06", "pickle: opcode PROTO at offset 0: protocol 6 is not known"},
      {"\x95\x0a\x00\x00\x00\x00\x00\x00\x00N."s,
       "pickle: opcode FRAME at offset 0: it announces 10 bytes, and 2 are left"},
  };
  PythonDecoder decoder;
  for (const auto& [pickle, text] : cases) {
    CAPTURE_BINDING(text);
    RecordBatch batch;
    const auto outcome = decoder.decode(pickle, batch);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == Errc::bad_frame);
    CHECK(outcome.error().text == text);
    CHECK(batch.empty());
    REQUIRE(decoder.decode(record_of(""), batch));  // it goes on as if nothing had been
  }
}

TEST_CASE("what follows the STOP is not looked at") {
  RecordBatch batch;
  PythonDecoder decoder;
  CHECK(decoder.decode(record_of("") + "\xff\xff", batch));
  CHECK(batch.size() == 1);
}

TEST_SUITE_END();
