#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "graphql/execute.hpp"
#include "record/json.hpp"
#include "support/data.hpp"
#include "support/json.hpp"

// What the reference implementation of GraphQL, npm's `graphql`, makes of the documents in tests/data/graphql: recorded
// by record.js there, with the same resolvers as here.

using namespace psherald;
using namespace psherald::graphql;
using psherald::testing::Json;
using psherald::testing::parse_json;
using psherald::testing::read_data;

namespace {

std::string to_json(const Value& value) {
  std::string out;
  switch (value.kind) {
    case Value::Kind::null: return "null";
    case Value::Kind::string:
    case Value::Kind::enumeration: append_json_string(out, value.text); return out;
    case Value::Kind::list:
    case Value::Kind::object: {
      const bool object = value.kind == Value::Kind::object;
      for (const auto& item : value.items) {
        if (!out.empty()) out += ',';
        if (object) {
          append_json_string(out, item.name);
          out += ':';
        }
        out += to_json(item);
      }
      return object ? '{' + out + '}' : '[' + out + ']';
    }
    default: return value.text;
  }
}

class Thing : public Object {
 public:
  explicit Thing(std::int64_t id) : id_{id} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    const auto id = std::to_string(id_);
    if (name == "id") out.text(id);
    if (name == "name") {
      const auto* upper = field.argument("upper");
      out.text((upper && upper->text == "true" ? "THING " : "thing ") + id);
    }
    if (name == "size") out.number(static_cast<double>(id_) + 0.5);
    if (name == "big") out.number(std::int64_t{1} << 40);
    if (name.starts_with("fails")) throw FieldFault{"It fails."};
    if (name == "next" && id_ < 9) out.object(Thing{id_ + 1});
    if (name == "nextHard" && id_ < 3) out.object(Thing{id_ + 1});
    if (name == "color") out.text("BLUE");
    if (name == "tags")
      out.list([&](Out::Items& items) {
        items.add([&](Out& item) { item.text("a" + id); });
        items.add([&](Out& item) { item.text("b\"\\\n" + id); });
      });
  }

 private:
  std::int64_t id_;
};

class Root : public Object {
 public:
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "echo") out.text(to_json(field.arguments));
    if (name == "greet") {
      const auto* loud = field.argument("loud");
      out.text("Hello " + field.argument("name")->text + (loud && loud->text == "true" ? "!" : "."));
    }
    if (name == "need" || name == "thing") out.object(Thing{std::stoll(field.argument("id")->text)});
    if (name == "things") write_things(out, {1, 2, 3}, std::stoul(field.argument("count")->text));
    if (name == "holes") write_things(out, {1, 0, 2}, 3);
    if (name.starts_with("broken")) write_things(out, {1, 0}, 2);
    if (name == "color") out.text("RED");
    if (name == "old") out.text("old");
    if (name == "set") out.number(std::int64_t{std::stoll(field.argument("value")->text)});
  }

 private:
  static void write_things(Out& out, std::vector<std::int64_t> ids, std::size_t count) {
    ids.resize(count);
    out.list([&](Out::Items& items) {
      for (const auto id : ids)
        items.add([&](Out& item) {
          if (id > 0) item.object(Thing{id});
        });
    });
  }
};

std::string text_of(const Json& value) { return value.kind == Json::Kind::string ? value.text : std::string{}; }

std::string without_padding(std::string text) {
  for (std::size_t at = 0; (at = text.find("{ ")) != text.npos;) text.erase(at + 1, 1);
  for (std::size_t at = 0; (at = text.find(" }")) != text.npos;) text.erase(at, 1);
  return text;
}

/// The error's sentence and its places, in any order; of a syntax error only that there is one, and where.
std::string plain(const Json& error) {
  constexpr std::string_view syntax = "Syntax Error:";
  auto text = without_padding(error["message"].text);
  if (text.starts_with(syntax)) text = syntax;
  std::vector<std::string> places;
  for (const auto& location : error["locations"].items)
    places.push_back(location["line"].text + ':' + location["column"].text);
  std::sort(places.begin(), places.end());
  for (const auto& place : places) text += " @" + place;
  for (const auto& step : error["path"].items) text += " /" + step.text;
  return text;
}

std::string plain_all(const Json& errors) {
  std::vector<std::string> all;
  for (const auto& error : errors.items) all.push_back(plain(error));
  std::sort(all.begin(), all.end());
  std::string text;
  for (const auto& one : all) text += one + '\n';
  return text;
}

/// Introspection lists types in any order.
Json sorted_types(Json data) {
  auto& types = data.members["__schema"].members["types"].items;
  std::sort(types.begin(), types.end(), [](const Json& a, const Json& b) { return a["name"].text < b["name"].text; });
  return data;
}

struct Answer {
  bool executed;
  Json json;
};

Answer ask(const Schema& schema, const Json& request) {
  const auto prepared =
      prepare(schema, {text_of(request["query"]), text_of(request["operationName"]), text_of(request["variables"])});
  if (prepared) return {true, parse_json(execute(schema, *prepared, Root{}))};
  std::string json = "{";
  append_errors(json, prepared.error());
  return {false, parse_json(json + '}')};
}

}  // namespace

TEST_SUITE_BEGIN("graphql");

TEST_CASE("documents are valid, and answered, as the reference implementation has it") {
  const Schema test{read_data("graphql/test.graphql")}, herald{read_data("graphql/herald.graphql")};
  const auto recorded = parse_json(read_data("graphql/answers.json"));
  REQUIRE(recorded.items.size() > 300);
  for (const auto& request : recorded.items) {
    CAPTURE(request["query"].text);
    CAPTURE(request["variables"].text);
    const bool in_test = request["schema"].text == "test";
    const auto answer = ask(in_test ? test : herald, request);
    const bool executed = request["status"].text == "200";
    CHECK(answer.executed == executed);
    if (executed && !in_test && request["query"].text.find("__") == std::string::npos) continue;  // asked elsewhere
    const auto expected = plain_all(request["errors"]);
    if (expected.find("is not executable") != std::string::npos) continue;  // ours has no such definitions at all
    CHECK(plain_all(answer.json["errors"]) == expected);
    if (executed) CHECK(sorted_types(answer.json["data"]) == sorted_types(request["data"]));
  }
}

TEST_SUITE_END();
