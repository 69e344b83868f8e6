#include <array>
#include <span>

#include "api/context.hpp"
#include "api/json.hpp"
#include "exchange/cells.hpp"
#include "record/hex.hpp"

namespace psherald::api {
namespace {

constexpr std::array<std::string_view, 4> names_with_most{"q", "t", "budget_ms", "most"};
constexpr std::span<const std::string_view> usual_names = std::span{names_with_most}.first(3);

Selection selection_of(const Asked& asked) {
  return {.filter = asked.filter(),
          .budget = asked.budget(),
          .cancel = asked.cancel(),
          .time_base = asked.time_base(now())};
}

std::size_t most_of(const Asked& asked, std::int64_t usual) {
  return static_cast<std::size_t>(asked.number("most", usual, 1, 1'000));
}

/// An answer that `write` fills with what it finds.
template <class Write>
HttpResponse answer(Context& context, Write write) {
  const auto begun = Clock::now();
  return context.readers.with([&](const LogStore& reader) {
    std::string json;
    JsonObject object{json};
    append_coverage(object, write(reader, json, object), begun);
    object.end();
    return json_response(std::move(json));
  });
}

void append_levels(std::string& out, const std::map<Level, std::int64_t>& levels) {
  JsonObject object{out};
  for (const auto& [level, records] : levels) object.number(std::to_string(static_cast<int>(level)), records);
  object.end();
}

}  // namespace

HttpResponse parse(Context&, const HttpRequest& request) {
  constexpr std::array<std::string_view, 1> names{"q"};
  const Asked asked{request, names};
  const auto filter = parse_filter(asked.text("q").value_or(""));
  std::string json;
  JsonObject object{json};
  object.flag("valid", filter.has_value());
  if (filter) {
    object.text("canonical", print(*filter)).begin("notes");
    append_list(json, filter->notes, [&](const Note& note) {
      JsonObject{json}
          .text("message", note.message)
          .number("column", std::uint64_t{note.column})
          .number("length", std::uint64_t{note.length})
          .end();
    });
  } else {
    object.begin("fault");
    append_fault(json, filter.error());
  }
  object.end();
  return json_response(std::move(json));
}

HttpResponse count(Context& context, const HttpRequest& request) {
  const Asked asked{request, usual_names};
  const auto selection = selection_of(asked);
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    const auto counted = psherald::count(reader, selection);
    object.begin("total");
    JsonObject{json}.number(counted.coverage.cut ? "at_least" : "exact", counted.records).end();
    return counted.coverage;
  });
}

HttpResponse facets(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 5> names{"q", "t", "budget_ms", "fields", "most"};
  const Asked asked{request, names};
  const auto selection = selection_of(asked);
  auto fields = asked.fields();
  if (fields.empty()) fields = {{ast::Field::level}, {ast::Field::system}};
  const auto most = most_of(asked, 10);
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    const auto found = psherald::facets(reader, selection, fields, most);
    object.begin("facets");
    std::size_t at = 0;
    append_list(json, found.of, [&](const Facet& facet) {
      JsonObject one{json};
      one.text("field", print(fields[at++])).begin("values");
      append_list(json, facet.values, [&](const Facet::Value& value) {
        JsonObject{json}.text("value", value.value).number("records", value.records).end();
      });
      one.number("others", facet.others).number("absent", facet.absent).end();
    });
    return found.coverage;
  });
}

HttpResponse values(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 3> names{"field", "prefix", "most"};
  const Asked asked{request, names};
  const auto field = parse_field(asked.text("field").value_or("system"));
  if (!field) refuse(400, "bad_parameter", "\"field\": " + field.error().text);
  const auto most = most_of(asked, 100);
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    object.begin("values");
    append_list(json, known_values(reader, field->field, asked.text("prefix").value_or(""), most),
                [&](const std::string& value) { exchange::append_json_text(json, value); });
    return Coverage{};
  });
}

HttpResponse histogram(Context& context, const HttpRequest& request) {
  const Asked asked{request, names_with_most};
  const auto selection = selection_of(asked);
  const auto most = most_of(asked, 60);
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    const auto found = psherald::histogram(reader, selection, most);
    object.time("from", found.from)
        .number("width_us", std::int64_t{found.width.count()})
        .flag("estimated", found.estimated);
    object.begin("bars");
    append_list(json, found.bars, [&](const auto& bar) { append_levels(json, bar); });
    return found.coverage;
  });
}

HttpResponse patterns(Context& context, const HttpRequest& request) {
  const Asked asked{request, names_with_most};
  const auto selection = selection_of(asked);
  const auto most = most_of(asked, 50);
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    const auto found = psherald::patterns(reader, selection, most);
    object.begin("patterns");
    append_list(json, found.patterns, [&](const Pattern& pattern) {
      JsonObject one{json};
      one.text("fingerprint", to_hex(pattern.fingerprint)).number("records", pattern.records);
      one.time("first", pattern.first).time("last", pattern.last);
      one.number("level", static_cast<std::int64_t>(pattern.level)).number("example", pattern.example);
      one.text("message", pattern.message);
      if (!pattern.exception.empty()) one.text("exception", pattern.exception);
      one.begin("trend");
      append_list(json, pattern.trend, [&](std::int64_t records) { json += std::to_string(records); });
      one.end();
    });
    object.number("others", found.others);
    object.begin("trend");
    JsonObject{json}.time("to", found.to).number("width_us", std::int64_t{found.width.count()}).end();
    return found.coverage;
  });
}

// A version's first record is looked for in the whole log: what the search leaves out, or is older than its range,
// makes no version new.
HttpResponse releases(Context& context, const HttpRequest& request) {
  const Asked asked{request, names_with_most};
  const auto selection = selection_of(asked);
  const auto most = most_of(asked, 10);
  const auto begun = Clock::now();
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    auto found = psherald::facets(reader, selection, {{ast::Field::version}}, most);
    object.begin("releases");
    std::vector<std::pair<std::string, Page>> firsts;
    const auto end = begun + *selection.budget;
    const auto left = [&] {
      return std::max(std::chrono::milliseconds{0},
                      std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()));
    };
    for (const auto& version : found.of[0].values) {
      ast::Term term{{ast::Field::version}, ast::Op::equal, {ast::Value{ast::Text{version.value}}}};
      auto page = find(reader, {.filter = {ast::Node{std::move(term)}, {}},
                                .order = Order::oldest_first,
                                .limit = 1,
                                .budget = left(),
                                .cancel = selection.cancel});
      found.coverage.cut |= page.cut;
      if (page.batch.size() > 0) firsts.emplace_back(version.value, std::move(page));
    }
    append_list(json, firsts, [&](const auto& first) {
      const auto& batch = first.second.batch;
      const auto& record = batch.records()[0];
      JsonObject{json}
          .text("version", first.first)
          .text("system", batch.source(record).system_id)
          .time("first", record.received)
          .number("id", record.id)
          .end();
    });
    return found.coverage;
  });
}

HttpResponse systems(Context& context, const HttpRequest& request) {
  const Asked asked{request, usual_names};
  const auto selection = selection_of(asked);
  return answer(context, [&](const LogStore& reader, std::string& json, JsonObject& object) {
    const auto found = heard_systems(reader, selection);
    object.begin("systems");
    append_list(json, found.systems, [&](const HeardSystem& system) {
      JsonObject one{json};
      one.text("product", system.product).text("system", system.system);
      one.text("subsystem", system.subsystem).text("subsubsystem", system.subsubsystem);
      one.number("records", system.records).number("newest", system.newest).time("last", system.last).end();
    });
    return found.coverage;
  });
}

}  // namespace psherald::api
