#include <algorithm>
#include <unordered_map>

#include "query/attributes.hpp"
#include "query/casefold.hpp"
#include "query/field_values.hpp"
#include "query/fields.hpp"
#include "query/survey.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

using query::Kind, query::Place;
using By = query::SegmentJudge::By;

constexpr std::size_t most_values = 100'000;

// The columns of the survey's rows.
enum { level_column, source_column, site_column, process_column, extra_column };

void check_countable(const ast::FieldRef& field) {
  const auto kind = query::kind_of(field.field);
  const bool by_row = field.field == ast::Field::id || field.field == ast::Field::origin;
  if (kind != Kind::text && kind != Kind::time && !by_row) return;
  throw Error{Errc::bad_query, '"' + print(field) +
                                   "\" has no values to count by; there are names, numbers, level and attributes" +
                                   (kind == Kind::text ? "; similar messages are counted by patterns" : "")};
}

// The values of one field.
class Counter {
 public:
  Counter(sqlite3* db, const ast::FieldRef& field)
      : db_{db}, field_{field.field}, place_{query::place_of(field_)}, path_{query::folded(field.name)} {}

  bool is_attribute() const noexcept { return field_ == ast::Field::attribute; }
  /// What summaries count it by.
  std::optional<By> by() const noexcept {
    if (field_ == ast::Field::level) return By::level;
    if (place_ == Place::source) return By::source;
    return place_ == Place::site ? std::optional{By::site} : std::nullopt;
  }

  void add_row(const sqlite::Statement& row) {
    if (is_attribute()) return add_attribute(row.text(extra_column));
    add_number(row.integer(place_ == Place::source    ? source_column
                           : place_ == Place::site    ? site_column
                           : place_ == Place::process ? process_column
                                                      : level_column),
               1);
  }
  /// A level, or a row of the field's dictionary.
  void add_number(std::int64_t number, std::int64_t records) {
    if (number != last_number_ || last_ == nullptr) {
      if (numbers_.size() >= most_values) read_names();
      last_ = &numbers_[last_number_ = number];
    }
    *last_ += records;
  }

  Facet facet(std::size_t most) {
    read_names();
    Facet facet{{}, others_, absent_};
    for (auto& [value, records] : values_) facet.values.push_back({value, records});
    std::sort(facet.values.begin(), facet.values.end(), [](const auto& a, const auto& b) {
      return a.records != b.records ? a.records > b.records : a.value < b.value;
    });
    while (facet.values.size() > most) {
      facet.others += facet.values.back().records;
      facet.values.pop_back();
    }
    return facet;
  }

 private:
  void add_attribute(std::string_view extra) {
    bool any = false;
    attributes_.each(path_, extra, [&](std::string_view value) {
      any = true;
      add_value(std::string{value}, 1);
    });
    if (!any) ++absent_;
  }
  void add_value(std::string value, std::int64_t records) {
    const auto known = values_.find(value);
    if (known != values_.end())
      known->second += records;
    else if (values_.size() < most_values)
      values_.emplace(std::move(value), records);
    else
      others_ += records;
  }

  // Several rows of a dictionary can have the same name.
  void read_names() {
    last_ = nullptr;
    for (const auto& [number, records] : std::exchange(numbers_, {})) {
      auto name = name_of(number);
      if (name)
        add_value(std::move(*name), records);
      else
        absent_ += records;
    }
  }
  std::optional<std::string> name_of(std::int64_t number) {
    switch (place_) {
      case Place::source: return name_in<Source>(number);
      case Place::site: return name_in<Site>(number);
      case Place::process: return name_in<Process>(number);
      default: break;
    }
    const auto name = query::level_name_of(number);
    return name.empty() ? std::to_string(number) : std::string{name};
  }
  template <class Entry>
  std::optional<std::string> name_in(std::int64_t number) {
    return store::EntryReader<Entry>{db_}.read(number, [&](const Entry& entry) -> std::optional<std::string> {
      if (query::kind_of(field_) == Kind::number) {
        const auto value = query::number_in(field_, entry);
        return value ? std::optional{std::to_string(*value)} : std::nullopt;
      }
      const auto name = query::name_in(field_, entry);
      return present(name) ? std::optional{std::string{name}} : std::nullopt;
    });
  }

  sqlite3* db_;
  ast::Field field_;
  Place place_;
  std::string path_;
  query::AttributeReader attributes_{};
  std::unordered_map<std::int64_t, std::int64_t> numbers_{};  // whose names are not read yet
  std::int64_t last_number_ = 0;
  std::int64_t* last_ = nullptr;
  std::unordered_map<std::string, std::int64_t> values_{};
  std::int64_t others_ = 0, absent_ = 0;
};

}  // namespace

Facets facets(const LogStore& store, const Selection& selection, const std::vector<ast::FieldRef>& fields,
              std::size_t most) {
  for (const auto& field : fields) check_countable(field);
  std::vector<Counter> counters;
  for (const auto& field : fields) counters.emplace_back(store.native_handle(), field);
  const bool attributes =
      std::any_of(counters.begin(), counters.end(), [](const Counter& counter) { return counter.is_attribute(); });
  query::Survey survey{store, selection,
                       std::string{"e.level, e.source, e.site, e.proc, "} + (attributes ? "e.extra" : "NULL")};
  Facets facets;
  facets.coverage = survey.run(
      [&](const store::SegmentSummary&, query::SegmentJudge& judge) {
        std::vector<query::SegmentJudge::Shares> shares;
        for (const auto& counter : counters) {
          const auto by = counter.by();
          if (!by || !shares.emplace_back(judge.matching(*by))) return false;
        }
        for (std::size_t i = 0; i < counters.size(); ++i)
          for (const auto& share : *shares[i]) counters[i].add_number(share.number, share.records);
        return true;
      },
      [&](const sqlite::Statement& row) {
        for (auto& counter : counters) counter.add_row(row);
      });
  for (auto& counter : counters) facets.of.push_back(counter.facet(most));
  return facets;
}

}  // namespace psherald
