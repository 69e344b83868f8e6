#include <algorithm>
#include <charconv>

#include "api/asked.hpp"
#include "api/cursor.hpp"
#include "page/graphql_log.hpp"
#include "page/graphql_query.hpp"
#include "psherald/query.hpp"

namespace psherald::page {
namespace {

using api::Cursor;
using graphql::Field;
using graphql::FieldFault;
using graphql::Out;

constexpr std::size_t most_records = 1'000, most_bytes = 16u << 20;

struct Connection {
  Page page{};
  std::size_t shown = 0;  // of the page's records
  Cursor place{};         // where the page began
  bool more = false;

  std::string cursor_behind(RecordId id) const { return api::print_cursor({place.order, id, place.now}); }
};

class PageInfoObject : public graphql::Object {
 public:
  explicit PageInfoObject(const Connection& connection) : connection_{connection} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    const auto records = connection_.page.batch.records().first(connection_.shown);
    if (name == "hasNextPage") out.flag(connection_.more);
    if (name == "hasPreviousPage") out.flag(connection_.place.id > 0);
    if (name == "startCursor" && !records.empty()) out.text(connection_.cursor_behind(records.front().id));
    if (name == "endCursor") {
      // Behind what was looked at, which may be more than what was found.
      const bool all_shown = connection_.shown == connection_.page.batch.size();
      if (connection_.page.next > 0 && all_shown)
        out.text(connection_.cursor_behind(connection_.page.next));
      else if (!records.empty())
        out.text(connection_.cursor_behind(records.back().id));
    }
  }

 private:
  const Connection& connection_;
};

class EdgeObject : public graphql::Object {
 public:
  EdgeObject(const Connection& connection, const Record& record) : connection_{connection}, record_{record} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "cursor") out.text(connection_.cursor_behind(record_.id));
    if (name == "node") out.object(LogObject{connection_.page.batch, record_});
  }

 private:
  const Connection& connection_;
  const Record& record_;
};

class ConnectionObject : public graphql::Object {
 public:
  explicit ConnectionObject(const Connection& connection) : connection_{connection} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "edges")
      out.list([&](Out::Items& items) {
        for (const auto& record : connection_.page.batch.records().first(connection_.shown))
          if (!items.add([&](Out& item) { item.object(EdgeObject{connection_, record}); })) return;
      });
    if (name == "pageInfo") out.object(PageInfoObject{connection_});
    if (name == "complete") out.flag(!connection_.page.cut);
    if (name == "searchedTo" && connection_.page.cut) out.number(connection_.page.next);
  }

 private:
  const Connection& connection_;
};

Filter filter_of(const Field& field) {
  const auto* text = field.argument("query");
  auto filter = parse_filter(text ? text->text : "");
  if (filter) return std::move(*filter);
  const auto& fault = filter.error();
  std::string extensions = R"({"code":"bad_query","argument":"query","fault":)";
  api::append_fault(extensions, fault);
  throw FieldFault{"The query is wrong at column " + std::to_string(fault.column) + ": " + fault.text,
                   extensions + '}'};
}

std::size_t first_of(const Field& field) {
  const auto* first = field.argument("first");
  std::size_t number = 50;
  if (!first) return number;
  const auto& digits = first->text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || number < 1 || number > most_records)
    throw FieldFault{"first has to be a whole number from 1 to " + std::to_string(most_records) + "."};
  return number;
}

Cursor place_of(const Field& field) {
  const auto* order = field.argument("order");
  const auto wanted = order && order->text == "OLDEST_FIRST" ? Order::oldest_first : Order::newest_first;
  const auto* after = field.argument("after");
  if (!after) return {wanted, 0, now()};
  const auto cursor = api::parse_cursor(after->text);
  if (!cursor) throw FieldFault{"after has to be the cursor of a page before."};
  if (order && cursor->order != wanted)
    throw FieldFault{"The cursor comes from a page in the other order; leave order out, or begin anew."};
  return *cursor;
}

}  // namespace

void write_connection(const LogStore& store, const Field& field, const GraphQlTime& time, Out& out) {
  Connection connection;
  connection.place = place_of(field);
  const auto first = first_of(field);
  connection.page = find(store, {.filter = filter_of(field),
                                 .order = connection.place.order,
                                 .limit = first + 1,  // the one behind tells whether there is one
                                 .cursor = connection.place.id,
                                 .max_bytes = most_bytes,
                                 .budget = std::min(time.page_budget, time.left()),
                                 .time_base = TimeBase{connection.place.now, Zone::utc()}});
  connection.shown = std::min(first, connection.page.batch.size());
  connection.more = connection.page.next > 0 || connection.shown < connection.page.batch.size();
  out.object(ConnectionObject{connection});
}

}  // namespace psherald::page
