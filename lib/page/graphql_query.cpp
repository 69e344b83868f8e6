#include "page/graphql_query.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "page/graphql_log.hpp"
#include "page/json_api.hpp"
#include "psherald/query.hpp"

namespace psherald::page {
namespace {

using graphql::Field;
using graphql::FieldFault;
using graphql::Out;

constexpr std::size_t rows_at_once = 1'000, bytes_at_once = 8u << 20, most_rows = 100'000;

std::string text_of(const graphql::Value* value, std::string_view otherwise) {
  return value ? value->text : std::string{otherwise};
}

/// Nothing, null and 0 are one, as in ps.herald.
std::size_t count_of(const Field& field, std::string_view name) {
  const auto* value = field.argument(name);
  if (!value) return 0;
  std::int64_t number = 0;
  std::from_chars(value->text.data(), value->text.data() + value->text.size(), number);
  if (number < 0) throw FieldFault{graphql::in_quotes(name) + " must not be negative."};
  return static_cast<std::size_t>(number);
}

Query contains(ast::Field field, std::string_view part) {
  Query query;
  query.order = Order::oldest_first;
  query.max_bytes = bytes_at_once;
  if (!part.empty()) query.filter.root = {ast::Term{{field, {}}, ast::Op::match, {ast::like(part)}}};
  return query;
}

/// All rows behind the first `skip`; at most `first`, when that is not 0.
void write_rows(const LogStore& store, Query query, std::size_t skip, std::size_t first, const GraphQlTime& time,
                Out& out) {
  const bool all = first == 0 || first > most_rows;
  std::size_t left = all ? most_rows : first;
  out.list([&](Out::Items& items) {
    for (Page page; left > 0; query.cursor = page.next) {
      query.limit = std::min(rows_at_once, skip + left);
      query.budget = time.left();
      page = find(store, query);
      for (const auto& record : page.batch.records()) {
        if (skip > 0) {
          --skip;
          continue;
        }
        items.add([&](Out& item) { item.object(LogObject{page.batch, record}); });
        --left;
      }
      if (page.cut) throw FieldFault{"The search took too long. Ask for less with first, or go on where logs stops."};
      if (page.next == 0) return;
    }
    if (all)
      throw FieldFault{"There are more than " + std::to_string(most_rows) +
                       " records. Ask for less with first, or page by page with logs."};
  });
}

}  // namespace

std::chrono::milliseconds GraphQlTime::left() const {
  using std::chrono::milliseconds;
  const auto left = end - std::chrono::steady_clock::now();
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(left));
}

void QueryObject::resolve(const Field& field, Out& out) const {
  const auto& name = field.definition->name;
  if (name == "hello") out.text("Hello " + text_of(field.argument("name"), "None") + '!');
  if (name == "goodbye") out.text("See ya!");
  if (name == "getLogs") logs_of_herald(field, out);
  if (name == "getBySystemId") logs_by_system(field, out);
  if (name == "getSearchOptions")
    out.text(readers_.with([](const LogStore& reader) { return options_json(source_names(reader)); }));
  if (name == "logs") connection(field, out);
}

void QueryObject::logs_of_herald(const Field& field, Out& out) const {
  const auto first = count_of(field, "first"), skip = count_of(field, "skip");
  auto query = contains(ast::Field::message, text_of(field.argument("search"), ""));
  readers_.with([&](const LogStore& reader) { write_rows(reader, std::move(query), skip, first, time_, out); });
}

void QueryObject::logs_by_system(const Field& field, Out& out) const {
  const auto* part = field.argument("systemId");
  if (!part) return out.list([](Out::Items&) {});
  auto query = contains(ast::Field::system, part->text);
  readers_.with([&](const LogStore& reader) { write_rows(reader, std::move(query), 0, 0, time_, out); });
}

void QueryObject::connection(const Field& field, Out& out) const {
  readers_.with([&](const LogStore& reader) { write_connection(reader, field, time_, out); });
}

}  // namespace psherald::page
