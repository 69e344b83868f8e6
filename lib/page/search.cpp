#include "page/search.hpp"

#include <algorithm>
#include <limits>

#include "query/range.hpp"
#include "record/number.hpp"
#include "record/utf8.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t all_rows = std::numeric_limits<std::size_t>::max();

std::string value_of(const HttpRequest& request, std::string_view name) {
  const auto value = request.parameter(name).value_or("");
  return value == not_selected ? std::string{} : std::string{value};
}

std::string in_quotes(std::string_view text) {
  const auto shown = cut_utf8(text, 40);
  std::string out = "\"";
  return (out += shown) += shown.size() < text.size() ? "...\"" : "\"";
}

/// Of the page with the log; what is empty is left out.
struct Address {
  std::string text = "/";

  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text += text.size() == 1 ? '?' : '&';
    ((text += name) += '=') += url_encode(value);
  }
};

class Parser {
 public:
  explicit Parser(const HttpRequest& request) : request_{request} {}

  void name(std::string_view field, std::optional<std::string>& into) {
    if (auto value = value_of(request_, field); !value.empty()) into = std::move(value);
  }

  void pattern() { search.criteria.pattern = value_of(request_, "pattern"); }

  void query_text() {
    search.q = value_of(request_, "q");
    auto filter = parse_filter(search.q);
    if (!filter) return problem("q", "Column " + std::to_string(filter.error().column) + ": " + filter.error().text);
    search.filter = std::move(*filter);
  }

  void range() {
    search.t = value_of(request_, "t");
    const auto text = query::range_query(search.t);
    if (!text) return problem("t", text.error().text);
    auto times = *parse_filter(*text);
    search.filter.root = ast::Node{ast::And{{std::move(search.filter.root), std::move(times.root)}}};
  }

  void starting_at() {
    search.starting_at = value_of(request_, "starting_at");
    if (search.starting_at.empty()) return;
    search.criteria.since = parse_local(search.starting_at);
    if (!search.criteria.since)
      problem("starting_at",
              in_quotes(search.starting_at) + " is no time. Write it like 2026-11-22 14:30, or only its beginning.");
  }

  void notify_level() {
    search.notify_level = value_of(request_, "notify_level");
    if (search.notify_level.empty()) return;
    search.criteria.level = parse_level(search.notify_level);
    if (!search.criteria.level)
      problem("notify_level", in_quotes(search.notify_level) + " is no level. Write INFO, WARNING, ... or a number.");
  }

  void rows(std::string_view field, std::size_t without, std::size_t most) {
    search.max_rows = value_of(request_, field);
    search.rows = std::min(without, most);
    if (search.max_rows.empty()) return;
    const auto number = parse_number<std::int64_t>(search.max_rows);
    if (!number || *number < 1)
      return problem(field, in_quotes(search.max_rows) + " is no number of records. Write 1 or more.");
    search.rows = std::min(static_cast<std::size_t>(*number), most);
  }

  void order(std::string_view field) {
    if (value_of(request_, field) == "asc") search.order = Order::oldest_first;
  }

  void position(std::string_view field, RecordId& into) {
    const auto text = value_of(request_, field);
    if (text.empty()) return;
    const auto number = parse_number<std::int64_t>(text);
    if (!number || *number < 1)
      return problem(field, in_quotes(text) + " is no record: " + std::string{field} + " in the address is wrong.");
    into = *number;
  }

  // `at` is the record that the page begins with.
  void top_row() {
    RecordId at = 0;
    position("at", at);
    if (at == 0 || search.before != 0 || search.after != 0) return;
    const bool down = search.order == Order::newest_first;
    (down ? search.before : search.after) = down ? at + 1 : at - 1;
  }

  Search search{};

 private:
  void problem(std::string_view field, std::string text) { search.problems.push_back({field, std::move(text)}); }

  const HttpRequest& request_;
};

}  // namespace

std::string_view Search::problem(std::string_view field) const noexcept {
  const auto found = std::find_if(problems.begin(), problems.end(), [&](const Problem& p) { return p.field == field; });
  return found == problems.end() ? std::string_view{} : found->text;
}

bool Search::reversed() const noexcept {
  if (before != 0) return order == Order::oldest_first;
  return after != 0 && order == Order::newest_first;
}

bool Search::all_records() const { return (criteria == Criteria{} && q.empty() && t.empty()) || around != 0; }

std::string Search::as_text() const {
  auto form = print(to_filter(criteria));
  if (criteria == Criteria{}) return q;
  return q.empty() ? form : '(' + q + ") " + form;
}

std::string Search::view_query() const {
  std::string query;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) (((query += query.empty() ? '?' : '&') += name) += '=') += url_encode(value);
  };
  add("q", as_text());
  add("t", t);
  return query;
}

Query Search::query() const {
  Query query{.order = order,
              .limit = rows,
              .cursor = before != 0 ? before : after,
              .time_base = TimeBase{now(), Zone::local()}};
  if (around == 0) query.filter.root = ast::Node{ast::And{{to_filter(criteria).root, filter.root}}};
  if (before != 0) query.order = Order::newest_first;
  if (before == 0 && after != 0) query.order = Order::oldest_first;
  return query;
}

std::string Search::url() const {
  Address address;
  address.add("q", q);
  address.add("t", t);
  address.add("pattern", criteria.pattern);
  for (const auto& field : name_fields) address.add(field.field.text(), (criteria.*field.criterion).value_or(""));
  address.add("notify_level", notify_level);
  address.add("starting_at", starting_at);
  address.add("max_rows", max_rows);
  if (order == Order::oldest_first) address.add("old_row_first", "asc");
  if (around != 0) address.add("around", std::to_string(around));
  return std::move(address.text);
}

Search parse_search(const HttpRequest& request, std::size_t max_rows) {
  Parser parser{request};
  for (const auto& field : name_fields) parser.name(field.field.text(), parser.search.criteria.*field.criterion);
  parser.query_text();
  parser.range();
  parser.pattern();
  parser.starting_at();
  parser.notify_level();
  parser.rows("max_rows", Search{}.rows, max_rows);
  parser.order("old_row_first");
  parser.order("o");
  parser.position("before", parser.search.before);
  parser.position("after", parser.search.after);
  parser.position("around", parser.search.around);
  parser.top_row();
  return std::move(parser.search);
}

std::string address_of(const SavedSearch& search) {
  Address address;
  address.add("q", search.query);
  address.add("t", search.time);
  if (search.order == Order::oldest_first) address.add("o", "asc");
  return std::move(address.text);
}

Search parse_api_search(const HttpRequest& request) {
  Parser parser{request};
  for (const auto& field : name_fields) parser.name(field.api, parser.search.criteria.*field.criterion);
  parser.pattern();
  parser.starting_at();
  parser.notify_level();
  parser.rows("num_records", all_rows, all_rows);
  parser.order("order");
  return std::move(parser.search);
}

}  // namespace psherald::page
