#include "api/asked.hpp"

#include <simdjson.h>

#include <algorithm>

#include "api/json.hpp"
#include "exchange/cells.hpp"
#include "net/http_message.hpp"
#include "query/range.hpp"
#include "query/times.hpp"
#include "record/number.hpp"
#include "record/utf8.hpp"

namespace psherald::api {
namespace {

std::string in_quotes(std::string_view text) { return '"' + std::string{text} + '"'; }

std::string listed(std::span<const std::string_view> words) {
  std::string list;
  for (const auto word : words) (list += list.empty() ? "" : ", ") += word;
  return list;
}

/// A text, number or flag as its text.
std::string text_of(simdjson::ondemand::value value, std::string_view name) {
  namespace json = simdjson::ondemand;
  switch (value.type().value()) {
    case json::json_type::string: return std::string{std::string_view{value.get_string()}};
    case json::json_type::number:
    case json::json_type::boolean: {
      const std::string_view raw = value.raw_json_token();
      return std::string{raw.substr(0, raw.find_last_not_of(" \t\r\n") + 1)};
    }
    default: refuse(400, "bad_request", "\"" + std::string{name} + "\" is neither a text nor a number");
  }
}

[[noreturn]] void refuse_query(std::string_view parameter, const QueryFault& fault) {
  std::string json = "{\"error\":";
  JsonObject error{json};
  error.text("code", "bad_query").text("message", fault.text).text("parameter", parameter);
  error.begin("fault");
  append_fault(json, fault);
  error.end();
  throw Refused{json_response(json + '}', 400)};
}

Filter parsed(std::string_view parameter, std::string_view text) {
  auto filter = parse_filter(text);
  if (!filter) refuse_query(parameter, filter.error());
  return std::move(*filter);
}

}  // namespace

bool is_type(const HttpRequest& request, std::string_view name) {
  const auto type = request.header("Content-Type").value_or("");
  return net::same_name(type.substr(0, type.find(';')), name);
}

HttpResponse json_response(std::string json, int status) {
  return {status, "application/json; charset=utf-8", {}, std::move(json)};
}

HttpResponse error_response(int status, std::string_view code, std::string_view message) {
  std::string json = "{\"error\":";
  JsonObject{json}.text("code", code).text("message", message).end();
  return json_response(json + '}', status);
}

void refuse(int status, std::string_view code, std::string_view message) {
  throw Refused{error_response(status, code, message)};
}

void append_fault(std::string& out, const QueryFault& fault) {
  const auto text = [&](const std::string& word) { exchange::append_json_text(out, word); };
  JsonObject object{out};
  object.text("message", fault.text);
  object.number("column", std::uint64_t{fault.column}).number("length", std::uint64_t{fault.length});
  object.begin("expected");
  append_list(out, fault.expected, text);
  object.begin("nearest");
  append_list(out, fault.nearest, text);
  object.end();
}

Asked::Asked(const HttpRequest& request, std::span<const std::string_view> names) : cancel_{request.cancel} {
  const auto add = [&](std::string_view name, std::string value) {
    const auto known = [&](std::string_view one) { return std::find(names.begin(), names.end(), one) != names.end(); };
    if (!known(name) && !(name == "zone" && known("q")))
      refuse(
          400, "unknown_parameter",
          "there is no parameter " + in_quotes(name) + " here" + (names.empty() ? "" : "; there are " + listed(names)));
    given_.try_emplace(std::string{name}, std::move(value));
  };
  for (const auto& [name, value] : request.parameters) add(name, value);
  if (request.method != "POST" || request.body.empty()) return;
  if (!is_type(request, "application/json")) refuse(415, "bad_request", "a body is taken as application/json");
  try {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string body{request.body};
    auto document = parser.iterate(body);
    for (auto member : document.get_object()) {
      const std::string name{std::string_view{member.unescaped_key()}};
      simdjson::ondemand::value value = member.value();
      add(name, text_of(value, name));
    }
  } catch (const simdjson::simdjson_error& error) {
    refuse(400, "bad_request", std::string{"the body is no JSON object: "} + error.what());
  }
}

std::optional<std::string_view> Asked::text(std::string_view name) const {
  const auto found = given_.find(name);
  if (found == given_.end()) return {};
  return found->second;
}

std::int64_t Asked::number(std::string_view name, std::int64_t usual, std::int64_t least, std::int64_t most) const {
  const auto given = text(name);
  if (!given) return usual;
  const auto number = parse_number<std::int64_t>(*given);
  if (!number || *number < least || *number > most)
    refuse(400, "bad_parameter",
           in_quotes(name) + " has to be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return *number;
}

Filter Asked::filter(std::string_view name) const { return parsed(name, text(name).value_or("")); }

Filter Asked::filter() const {
  auto filter = this->filter("q");
  const auto range = text("t").value_or("");
  if (range.empty()) return filter;
  const auto query = query::range_query(range);
  if (!query) refuse(400, "bad_time", query.error().text);
  auto times = *parse_filter(*query);
  filter.root = ast::Node{ast::And{{std::move(filter.root), std::move(times.root)}}};
  return filter;
}

TimeBase Asked::time_base(Timestamp now) const {
  constexpr std::int64_t most = 14 * 60;
  return {now, Zone::offset(static_cast<int>(number("zone", 0, -most, most)))};
}

std::vector<ast::FieldRef> Asked::fields() const {
  std::vector<ast::FieldRef> fields;
  for (auto rest = text("fields").value_or(""); !rest.empty();) {
    const auto name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    auto field = parse_field(name);
    if (!field) refuse_query("fields", field.error());
    fields.push_back(std::move(*field));
  }
  constexpr std::size_t most = 50;
  if (fields.size() > most) refuse(400, "bad_parameter", "at most 50 fields can be asked for");
  return fields;
}

std::optional<Timestamp> Asked::time(std::string_view name) const {
  const auto given = text(name);
  if (!given) return {};
  const auto time = query::parse_time(*given);
  if (!time) refuse(400, "bad_time", in_quotes(name) + " is no time; write 2026-12-24T08:00Z");
  return Timestamp{std::chrono::microseconds{query::span_of(*time, {now(), {}}).start}};
}

std::optional<std::chrono::seconds> Asked::duration(std::string_view name) const {
  const auto given = text(name);
  if (!given) return {};
  const auto nanoseconds = query::parse_duration(*given);
  if (!nanoseconds) refuse(400, "bad_parameter", in_quotes(name) + " is no duration; write 2h, 1h30m or 7d");
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::nanoseconds{*nanoseconds});
}

std::string Asked::remark(std::string_view name) const {
  constexpr std::size_t most = 1'000;
  const auto given = text(name).value_or("");
  if (given.size() > most) refuse(400, "bad_parameter", in_quotes(name) + " is longer than 1,000 bytes");
  return std::string{given};
}

std::chrono::milliseconds Asked::budget() const {
  return std::chrono::milliseconds{number("budget_ms", 10'000, 1, 60'000)};
}

std::string_view Asked::word(std::string_view name, std::span<const std::string_view> words) const {
  const auto given = text(name);
  if (!given) return words.front();
  const auto found = std::find(words.begin(), words.end(), *given);
  if (found == words.end()) refuse(400, "bad_parameter", in_quotes(name) + " has to be one of " + listed(words));
  return *found;
}

}  // namespace psherald::api
