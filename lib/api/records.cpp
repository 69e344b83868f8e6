#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "api/context.hpp"
#include "api/cursor.hpp"
#include "api/json.hpp"
#include "api/record_json.hpp"
#include "psherald/fields.hpp"
#include "query/record_name.hpp"
#include "record/hex.hpp"

namespace psherald::api {
namespace {

constexpr std::int64_t most_records = 1'000, usual_records = 50, most_around = 500;
constexpr std::size_t most_bytes = 16u << 20;

Cursor given_cursor(std::string_view text) {
  const auto cursor = parse_cursor(text);
  if (!cursor) refuse(400, "bad_cursor", "\"cursor\" has to be the \"next\" of a page before");
  return *cursor;
}

RecordId id_of(const Asked& asked, std::string_view name) {
  return asked.number(name, 0, 0, std::numeric_limits<std::int64_t>::max());
}

/// Before and after are ids: what is older than one, newest first, and what is younger than one, oldest first.
Cursor place_of(const Asked& asked) {
  constexpr std::array<std::string_view, 2> orders{"desc", "asc"};
  if (const auto cursor = asked.text("cursor"); cursor && !cursor->empty()) return given_cursor(*cursor);
  if (const auto before = id_of(asked, "before"); before > 0) return {Order::newest_first, before, now()};
  if (asked.text("after")) return {Order::oldest_first, id_of(asked, "after"), now()};
  return {asked.word("order", orders) == "desc" ? Order::newest_first : Order::oldest_first, 0, now()};
}

HttpResponse exported(Context& context, Query query, const Asked& asked, std::string_view format) {
  query.limit = static_cast<std::size_t>(
      asked.number("limit", std::numeric_limits<std::int64_t>::max(), 1, std::numeric_limits<std::int64_t>::max()));
  const bool csv = format == "csv";
  HttpResponse response{200, csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson", {}, {}};
  response.headers.emplace_back("Content-Disposition",
                                csv ? "attachment; filename=\"log.csv\"" : "attachment; filename=\"log.ndjson\"");
  response.stream = context.exporter.body(std::move(query), csv ? Exporter::Form::csv : Exporter::Form::ndjson,
                                          RecordForm{asked.fields()});
  return response;
}

HttpResponse not_found(std::string_view text) { return error_response(404, "not_found", text); }

std::string_view last_part(const HttpRequest& request) {
  return std::string_view{request.path}.substr(request.path.rfind('/') + 1);
}

/// Of 4711, or of RUN:4711, which names a record wherever it was passed on to; 0: it is not here.
RecordId id_by_name(const LogStore& reader, std::string_view name) {
  const auto parsed = query::parse_record_name(name);
  if (!parsed) refuse(404, "not_found", "a record is named by its id, or by RUN:ID");
  return query::id_of(reader, *parsed);
}

/// Those of the same sender, as widely as `scope` says.
Filter scope_filter(const RecordBatch& batch, const Record& record, std::string_view scope) {
  using ast::Field;
  ast::And all;
  const auto keep = [&](std::initializer_list<Field> fields) {
    for (const auto field : fields) {
      const auto value = value_of(batch, record, {field});
      ast::Term term{{field}, ast::Op::match, {}};
      if (const auto* number = std::get_if<std::int64_t>(&value))
        term.any_of = {ast::Value{ast::Scalar{ast::Number{*number}}}};
      else if (const auto* text = std::get_if<std::string>(&value))
        term = {{field}, ast::Op::equal, {ast::Value{ast::Text{*text}}}};
      if (!term.any_of.empty()) all.of.push_back({std::move(term)});
    }
  };
  if (scope == "process") keep({Field::system, Field::subsystem, Field::process});
  if (scope == "host") keep({Field::subsystem});
  if (scope == "system") keep({Field::system});
  if (all.of.empty()) return {};
  return {ast::Node{std::move(all)}, {}};
}

void append_place(JsonObject& object, std::string_view name, const Cursor& place) {
  place.id > 0 ? object.text(name, print_cursor(place)) : object.null(name);
}

}  // namespace

HttpResponse records(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 10> names{"q",     "t",     "cursor", "before", "after",
                                                   "order", "limit", "fields", "format", "budget_ms"};
  constexpr std::array<std::string_view, 3> formats{"json", "ndjson", "csv"};
  const auto begun = Clock::now();
  const Asked asked{request, names};
  auto place = place_of(asked);
  Query query{.filter = asked.filter(),
              .order = place.order,
              .cursor = place.id,
              .max_bytes = most_bytes,
              .time_base = asked.time_base(place.now)};
  const auto format = asked.word("format", formats);
  if (format != "json") return exported(context, std::move(query), asked, format);
  query.limit = static_cast<std::size_t>(asked.number("limit", usual_records, 1, most_records));
  query.budget = asked.budget();
  query.cancel = asked.cancel();
  const RecordForm form{asked.fields()};
  const auto page = context.readers.find(query);
  place.id = page.next;
  std::string json;
  JsonObject object{json};
  object.begin("records");
  form.append_list(json, page.batch);
  append_place(object, "next", place);
  append_coverage(object, {page.cut, page.next}, begun);
  object.end();
  return json_response(std::move(json));
}

HttpResponse record(Context& context, const HttpRequest& request) {
  const auto begun = Clock::now();
  const Asked asked{request, {}};
  return context.readers.with([&](const LogStore& reader) {
    const auto id = id_by_name(reader, last_part(request));
    const auto batch = around(reader, id, {.before = 0, .after = 0});
    if (batch.size() == 0)
      return not_found("there is no such record; it was removed because of its age, or was never here");
    std::string json;
    JsonObject object{json};
    const auto& found = batch.records()[0];
    object.text("name", std::string{found.origin} + ':' + std::to_string(found.origin_id));
    object.begin("record");
    std::string line;
    RecordForm{}.append_lines(line, batch);
    json.append(line, 0, line.size() - 1);
    append_coverage(object, {}, begun);
    object.end();
    return json_response(std::move(json));
  });
}

HttpResponse lines_around(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 5> names{"before", "after", "scope", "q", "fields"};
  constexpr std::array<std::string_view, 4> scopes{"all", "system", "host", "process"};
  const auto begun = Clock::now();
  const Asked asked{request, names};
  const auto scope = asked.word("scope", scopes);
  Surroundings wanted{.before = static_cast<std::size_t>(asked.number("before", 10, 0, most_around)),
                      .after = static_cast<std::size_t>(asked.number("after", 10, 0, most_around)),
                      .filter = asked.filter(),
                      .time_base = asked.time_base(now())};
  const RecordForm form{asked.fields()};
  return context.readers.with([&](const LogStore& reader) {
    const auto id = id_by_name(reader, last_part(request));
    const auto itself = around(reader, id, {.before = 0, .after = 0});
    if (itself.size() == 0)
      return not_found("there is no such record; it was removed because of its age, or was never here");
    auto narrowed = scope_filter(itself, itself.records()[0], scope);
    wanted.filter.root = ast::Node{ast::And{{std::move(wanted.filter.root), std::move(narrowed.root)}}};
    std::string json;
    JsonObject object{json};
    object.number("id", id);
    object.begin("records");
    form.append_list(json, around(reader, id, wanted));
    append_coverage(object, {}, begun);
    object.end();
    return json_response(std::move(json));
  });
}

HttpResponse tail(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 2> names{"q", "after"};
  const Asked asked{request, names};
  auto filter = asked.filter();
  auto after = id_of(asked, "after");
  // A browser that comes again says where it was.
  if (const auto last = request.header("Last-Event-ID"))
    std::from_chars(last->data(), last->data() + last->size(), after);
  const auto newest = context.readers.with([](const LogStore& reader) { return reader.newest_id(); });
  const bool known = asked.text("after") || request.header("Last-Event-ID");
  if (!known || after < 0 || after > newest) after = newest;
  HttpResponse response{200, "text/event-stream", {{"X-Accel-Buffering", "no"}}, {}};
  response.stream = context.tail.follow(std::move(filter), after);
  return response;
}

}  // namespace psherald::api
