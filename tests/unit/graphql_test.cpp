#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>

#include "graphql/execute.hpp"
#include "graphql/lexer.hpp"
#include "support/data.hpp"
#include "support/json.hpp"

using namespace psherald;
using namespace psherald::graphql;
using psherald::testing::Json;
using psherald::testing::parse_json;
using psherald::testing::read_data;

namespace {

const Schema& schema() {
  static const Schema schema{read_data("graphql/test.graphql"),
                             "extend type Query { grown: Grown } type Grown { id: ID }"};
  return schema;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// "" when the request can be executed, else what is wrong with it first.
std::string mistake(Request request, const RequestLimits& limits = {}) {
  const auto prepared = prepare(schema(), request, limits);
  return prepared ? "" : prepared.error().front().message;
}
std::string mistake_in(std::string query) { return mistake({std::move(query)}); }

bool says(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// Fragments that spread the next one twice, `levels` deep, the last with one field.
std::string fan_out(std::size_t levels, std::string_view field) {
  std::string text = "{ thing { ...F0 } }";
  for (std::size_t i = 0; i < levels; ++i) {
    const auto next = "...F" + std::to_string(i + 1);
    text += " fragment F" + std::to_string(i) + " on Thing { a: next { " + next + " } b: next { " + next + " } }";
  }
  return text + " fragment F" + std::to_string(levels) + " on Thing { " + std::string{field} + " }";
}

/// Answers every field with as much as there is.
class Endless : public Object {
 public:
  void resolve(const Field& field, Out& out) const override {
    const auto write = [&](Out& value) {
      if (field.definition->of->kind == TypeDefinition::Kind::object)
        value.object(Endless{});
      else
        value.text(std::string(1'000, 'x'));
    };
    if (!field.definition->type.nullable().list()) return write(out);
    out.list([&](Out::Items& items) {
      for (int i = 0; i < 1'000; ++i)
        if (!items.add(write)) return;
    });
  }
};

Json executed(const std::string& query, const ExecutionLimits& limits = {}, bool all = false) {
  const auto prepared = prepare(schema(), {query});
  REQUIRE(prepared.has_value());
  return parse_json(execute(schema(), *prepared, Endless{}, limits, all));
}

double seconds_of(const std::string& query) {
  const auto begun = std::chrono::steady_clock::now();
  (void)prepare(schema(), {query});
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

}  // namespace

TEST_SUITE_BEGIN("graphql");

TEST_CASE("a place in a document is a line and a column of code points, whatever ends its lines") {
  struct Case {
    std::string_view source;
    At at;
    Location location;
  };
  for (const auto& c :
       {Case{"{ a }", 2, {1, 3}}, Case{"a\nb", 2, {2, 1}}, Case{"a\r\nb", 3, {2, 1}}, Case{"a\rb", 2, {2, 1}},
        Case{"a\n\r\nb", 4, {3, 1}}, Case{"\xC3\xA4\xE2\x82\xAC b", 6, {1, 4}}}) {
    CAPTURE(c.source);
    CHECK(location_of(c.source, c.at) == c.location);
  }
}

TEST_CASE("a block string loses the indentation that its lines share, and empty lines around it") {
  CHECK(block_string_value("\n    Hello,\n      World!\n\n    Yours.\n  ") == "Hello,\n  World!\n\nYours.");
  CHECK(block_string_value("one\n  two\n    three") == "one\ntwo\n  three");
  CHECK(block_string_value("  \n\t\n") == "");
  CHECK(block_string_value("a\r\n  b\r  c") == "a\nb\nc");
}

TEST_CASE("a literal is written as it is read") {
  const auto document = parse_document(R"({ f(a: {x: [1, -2.5e3, "q\"\n", RED, true, null, $v], y: {}}) @d(b: []) })");
  REQUIRE(document.has_value());
  const auto& field = document->operations.front().selections.front();
  CHECK(print(field.arguments.front()) == R"({x: [1, -2.5e3, "q\"\n", RED, true, null, $v], y: {}})");
  CHECK(print(field.directives.front().arguments.front()) == "[]");
  CHECK(TypeRef{"A", "![!"}.print() == "[A!]!");
}

TEST_CASE("what a document may have is bounded, and each bound says itself") {
  CHECK(says(mistake_in("{ greet } #" + repeat("x", 300'000)), "262144 bytes"));
  CHECK(says(mistake_in("{" + repeat(" greet", 30'000) + "}"), "20000 tokens"));
  CHECK(says(mistake_in(repeat("{ thing", 100) + repeat("}", 100)), "at most 64 braces"));
  CHECK(says(mistake_in("{ echo(matrix: " + repeat("[", 5'000) + repeat("]", 5'000) + ") }"), "at most 64 braces"));
  CHECK(says(mistake_in("query ($a: " + repeat("[", 5'000) + "Int" + repeat("]", 5'000) + ") { greet }"),
             "at most 64 braces"));
  std::string fragments = "{ greet }", operations;
  for (int i = 0; i < 300; ++i) {
    fragments += " fragment F" + std::to_string(i) + " on Query { greet }";
    operations += " query Q" + std::to_string(i) + " { greet }";
  }
  CHECK(says(mistake_in(fragments), "200 fragments"));
  CHECK(says(mistake_in(operations), "50 operations"));
  CHECK(says(mistake_in("{ thing { " + repeat("next { ", 14) + "id" + repeat(" }", 14) + " } }"), "at most 15"));
  CHECK(mistake_in("{ thing { " + repeat("next { ", 13) + "id" + repeat(" }", 13) + " } }") == "");
  CHECK(says(mistake_in("{ \xFF }"), "UTF-8"));
  CHECK(says(mistake_in(std::string("{ greet \0 }", 11)), "character"));
}

TEST_CASE("a field counts wherever its fragment is used, and aliases count") {
  std::string aliases = "{";
  for (int i = 0; i < 2'001; ++i) aliases += " a" + std::to_string(i) + ": greet";
  CHECK(says(mistake_in(aliases + " }"), "too many fields: a document may ask for 2000"));
  CHECK(mistake_in(fan_out(5, "id")) == "");
  CHECK(says(mistake_in(fan_out(12, "id")), "too many fields"));
  CHECK(mistake_in(fan_out(60, "id")) != "");
}

TEST_CASE("hostile documents are refused in a moment") {
  std::string chain = "{ thing { ...F0 } }", nested = chain, ring = chain, many_names, unknown, values;
  for (int i = 0; i < 199; ++i) {
    const auto next = std::to_string((i + 1) % 199);
    chain += " fragment F" + std::to_string(i) + " on Thing { id " + (i < 198 ? "...F" + next : "") + " }";
    nested += " fragment F" + std::to_string(i) + " on Thing {" + repeat(" ... {", 30) + " id " +
              (i < 198 ? "...F" + next : "") + repeat(" }", 31);
    ring += " fragment F" + std::to_string(i) + " on Thing { ...F" + next + " ...F" + next + " }";
  }
  for (int i = 0; i < 6'000; ++i) {
    unknown += " messsage" + std::to_string(i);
    values += " a" + std::to_string(i) + ": 1";
    many_names += " $v" + std::to_string(i % 1'000) + ": Int";
  }
  const std::string big(100'000, 'x');
  const struct {
    std::string_view what;
    std::string document;
    bool valid;
  } cases[] = {
      {"fragments that double", fan_out(150, "id"), false},
      {"a chain of fragments", chain, true},
      {"a chain of fragments with fragments within fragments", nested, false},
      {"a ring of fragments, each spread twice", ring, false},
      {"six thousand unknown fields", "{" + unknown + " }", false},
      {"six thousand unknown members of an input object", "{ echo(point: {x: 1" + values + "}) }", false},
      {"six thousand variables", "query (" + many_names + ") { greet }", false},
      {"long arguments that are compared",
       "{ greet(name: \"" + big + "\") ...A ...A } fragment A on Query { greet(name: \"" + big + "\") }", true},
      {"a string without an end", "{ greet(name: \"" + big, false},
      {"two thousand times the same field", "{" + repeat(" greet", 2'000) + " }", true},
      {"many fields far behind", "#" + repeat("x", 200'000) + "\n{ thing {" + repeat(" id", 1'900) + " } }", true},
      {"an escape of many digits", "{ greet(name: \"\\u{" + big + "}\") }", false},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    CHECK(mistake_in(c.document).empty() == c.valid);
    CHECK(seconds_of(c.document) < 2);
  }
}

TEST_CASE("at most some hundred mistakes are told") {
  const auto prepared = prepare(schema(), {"{" + repeat(" nope", 500) + " }"});
  REQUIRE(!prepared.has_value());
  CHECK(prepared.error().size() == 101);
  CHECK(says(prepared.error().back().message, "Too many validation errors"));
}

TEST_CASE("variables are a JSON object within bounds, and what is wrong with them is told") {
  const auto with = [](std::string variables) {
    return mistake(
        {"query Q($v: [Int], $p: Point) { echo(ints: [1], matrix: [$v], point: $p) }", {}, std::move(variables)});
  };
  CHECK(with("") == "");
  CHECK(with(" null ") == "");
  CHECK(with(R"({"v": [1, 2.0], "p": {"x": 1, "x": 2}, "other": {"a": [true, "b", null]}})") == "");
  CHECK(says(with("[1]"), "JSON object"));
  CHECK(says(with("{"), "no JSON object"));
  CHECK(says(with("{} {}"), "behind"));
  CHECK(says(with(R"({"v": nul})"), "cannot be read"));
  CHECK(says(with(R"({"v": 1e999})"), "cannot be read"));
  CHECK(says(with("{\"v\": " + repeat("[", 200) + repeat("]", 200) + "}"), "64 deep"));
  CHECK(says(with("{\"v\": [" + repeat("1,", 30'000) + "1]}"), "20000 values"));
  CHECK(says(with("{\"v\": \"" + repeat("x", 2'000'000) + "\"}"), "1048576 bytes"));
  CHECK(says(with(R"({"v": ["a"]})"), R"(got invalid value "a" at "v[0]")"));
  CHECK(mistake({"query ($v: String) { greet(name: $v) }", {}, R"({"v": ")" + repeat("x", 5'000) + "\"}"}).size() <
        400);
}

TEST_CASE("the last of several members of one name counts") {
  const auto prepared = prepare(schema(), {"query ($v: Int) { echo(int: $v) }", {}, R"({"v": 1, "v": 2})"});
  REQUIRE(prepared.has_value());
  CHECK(prepared->fields.front().argument("int")->text == "2");
}

TEST_CASE("an answer that becomes too long, or takes too long, ends with a reason and without data") {
  const auto deep = "{ things { tags next { tags } } }";
  const auto too_long = executed(deep, {.bytes = 100'000});
  CHECK(too_long["data"].kind == Json::Kind::null);
  CHECK(says(too_long["errors"].items.front()["message"].text, "longer than 100000 bytes"));
  CHECK(too_long["errors"].items.front()["path"].items.front().text == "things");
  const auto too_late = executed(deep, {.end = std::chrono::steady_clock::now() - std::chrono::seconds{1}});
  CHECK(too_late["data"].kind == Json::Kind::null);
  CHECK(says(too_late["errors"].items.front()["message"].text, "took too long"));
}

TEST_CASE("introspection is bounded as all else is") {
  std::string query = "{";
  for (int i = 0; i < 100; ++i)
    query +=
        " a" + std::to_string(i) + ": __schema { types { description fields { name description type { name } } } }";
  const auto answer = executed(query + " }", {.bytes = 500'000});
  CHECK(answer["data"].kind == Json::Kind::null);
  CHECK(answer["errors"].items.size() == 1);
}

TEST_CASE("what was grown is answered always, and told by introspection to who asks for all") {
  const std::string query =
      "{ grown { id } __type(name: \"Grown\") { name } __schema { queryType { fields { name } } } }";
  const auto fields = [](const Json& answer) { return answer["data"]["__schema"]["queryType"]["fields"].items.size(); };
  const auto usual = executed(query), all = executed(query, {}, true);
  CHECK(usual["data"]["grown"]["id"].text.size() == 1'000);
  CHECK(usual["data"]["__type"].kind == Json::Kind::null);
  CHECK(all["data"]["__type"]["name"].text == "Grown");
  CHECK(fields(all) == fields(usual) + 1);
}

TEST_CASE("at most some hundred errors of fields are told, and all such fields are null") {
  class Wrong : public Object {
   public:
    void resolve(const Field& field, Out& out) const override {
      if (field.definition->name == "holes")
        return out.list([](Out::Items& items) {
          for (int i = 0; i < 500; ++i) items.add([](Out& item) { item.object(Wrong{}); });
        });
      if (field.definition->name == "big") return out.number(std::int64_t{1} << 40);
      throw FieldFault{"No.", R"({"code":"no"})"};
    }
  };
  const auto prepared = prepare(schema(), {"{ holes { big fails } }"});
  REQUIRE(prepared.has_value());
  const auto answer = parse_json(execute(schema(), *prepared, Wrong{}));
  CHECK(answer["errors"].items.size() == 101);
  CHECK(answer["errors"].items[1]["extensions"]["code"].text == "no");
  CHECK(answer["data"]["holes"].items.size() == 500);
  CHECK(answer["data"]["holes"].items.back()["big"].kind == Json::Kind::null);
}

TEST_CASE("a schema that does not hold together is a mistake of the program") {
  for (const auto* text : {"type A {", "type A { b: B }", "type A { a: Int } type A { a: Int }",
                           "extend type B { a: Int }", "union U = A", "input I { b: B }"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Schema{text}, std::logic_error);
  }
}

TEST_SUITE_END();
