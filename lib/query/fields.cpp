#include "query/fields.hpp"

#include <algorithm>
#include <array>

#include "psherald/fields.hpp"

namespace psherald::query {
namespace {

using ast::Field;

struct Row {
  Field field;
  Kind kind;
  std::string_view name;
  std::array<std::string_view, 4> aliases{};
};
// In the order of the language's documentation.
constexpr std::array rows{
    Row{Field::text, Kind::text, "text"},
    Row{Field::message, Kind::text, "message", {"msg"}},
    Row{Field::exception, Kind::text, "exception", {"exc_text", "traceback"}},
    Row{Field::stack, Kind::text, "stack", {"stack_info"}},
    Row{Field::product, Kind::name, "product", {"produkt_id", "produkt"}},
    Row{Field::system, Kind::name, "system", {"system_id"}},
    Row{Field::subsystem, Kind::name, "subsystem", {"sub_system_id", "host"}},
    Row{Field::subsubsystem, Kind::name, "subsubsystem", {"sub_sub_system_id"}},
    Row{Field::user1, Kind::name, "user1", {"user_spec_1"}},
    Row{Field::user2, Kind::name, "user2", {"user_spec_2"}},
    Row{Field::version, Kind::name, "version", {"package_version"}},
    Row{Field::level, Kind::level, "level", {"levelno", "severity"}},
    Row{Field::level_name, Kind::name, "level_name", {"levelname"}},
    Row{Field::logger, Kind::name, "logger", {"name"}},
    Row{Field::module, Kind::name, "module"},
    Row{Field::function, Kind::name, "function", {"funcname", "func"}},
    Row{Field::file, Kind::path, "file", {"pathname", "filename"}},
    Row{Field::line, Kind::number, "line", {"lineno"}},
    Row{Field::process, Kind::number, "process", {"pid"}},
    Row{Field::thread, Kind::number, "thread", {"tid"}},
    Row{Field::id, Kind::number, "id"},
    Row{Field::process_name, Kind::name, "process_name", {"processname"}},
    Row{Field::thread_name, Kind::name, "thread_name", {"threadname"}},
    Row{Field::received, Kind::time, "received"},
    Row{Field::created, Kind::time, "created"},
    Row{Field::origin, Kind::name, "origin"},
};

struct LevelRow {
  std::int64_t level;
  std::string_view name;
  std::array<std::string_view, 2> aliases{};
};
constexpr std::array levels{LevelRow{0, "notset"},          LevelRow{5, "trace"},
                            LevelRow{10, "debug"},          LevelRow{20, "info", {"information"}},
                            LevelRow{25, "notice"},         LevelRow{30, "warning", {"warn"}},
                            LevelRow{40, "error", {"err"}}, LevelRow{50, "critical", {"crit", "fatal"}},
                            LevelRow{60, "alert"},          LevelRow{70, "emergency", {"emerg", "panic"}}};

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool same_in_any_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

template <class Table>
auto find_row(const Table& table, std::string_view name) noexcept {
  return std::find_if(table.begin(), table.end(), [&](const auto& row) {
    return !name.empty() && (same_in_any_case(row.name, name) ||
                             std::any_of(row.aliases.begin(), row.aliases.end(),
                                         [&](std::string_view alias) { return same_in_any_case(alias, name); }));
  });
}

// Names first, then aliases.
template <class Table>
std::vector<std::string_view> all_names(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& row : table) names.push_back(row.name);
  for (const auto& row : table)
    for (const auto alias : row.aliases)
      if (!alias.empty()) names.push_back(alias);
  return names;
}

// Letters to insert, remove, replace or to exchange with their neighbour. Source: Damerau, 1964; optimal string
// alignment.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> rows_of(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i)
    for (std::size_t j = 0; j <= to.size(); ++j) {
      auto& best = rows_of[i][j];
      if (i == 0 || j == 0) {
        best = i + j;
        continue;
      }
      const bool same = lower(from[i - 1]) == lower(to[j - 1]);
      best = std::min({rows_of[i - 1][j] + 1, rows_of[i][j - 1] + 1, rows_of[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && lower(from[i - 1]) == lower(to[j - 2]) && lower(from[i - 2]) == lower(to[j - 1]))
        best = std::min(best, rows_of[i - 2][j - 2] + 1);
    }
  return rows_of[from.size()][to.size()];
}

const Row& row_of(Field field) noexcept {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.field == field; });
}

}  // namespace

Kind kind_of(Field field) noexcept { return field == Field::attribute ? Kind::attribute : row_of(field).kind; }
Place place_of(Field field) noexcept {
  switch (field) {
    case Field::product:
    case Field::system:
    case Field::subsystem:
    case Field::subsubsystem:
    case Field::user1:
    case Field::user2: return Place::source;
    case Field::version:
    case Field::level_name:
    case Field::logger:
    case Field::module:
    case Field::function:
    case Field::file:
    case Field::line: return Place::site;
    case Field::process:
    case Field::process_name:
    case Field::thread:
    case Field::thread_name: return Place::process;
    default: return Place::entry;
  }
}

std::string_view name_of(Field field) noexcept {
  return field == Field::attribute ? std::string_view{} : row_of(field).name;
}
std::optional<Field> find_field(std::string_view name) noexcept {
  const auto row = find_row(rows, name);
  return row == rows.end() ? std::nullopt : std::optional{row->field};
}

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string_view>& names) {
  constexpr std::size_t longest = 32, most = 3;  // beyond it nobody has mistyped a name
  std::vector<std::string> found;
  if (word.size() > longest) return found;
  const std::size_t allowed = word.size() <= 4 ? 1 : 2;
  for (const auto name : names)
    if (found.size() < most && edit_distance(word, name) <= allowed) found.emplace_back(name);
  return found;
}
std::vector<std::string> nearest_fields(std::string_view name) { return nearest(name, all_names(rows)); }

bool none_is_absent(Field field) noexcept {
  switch (field) {
    case Field::product:
    case Field::system:
    case Field::subsystem:
    case Field::subsubsystem:
    case Field::user1:
    case Field::user2:
    case Field::version:
    case Field::exception:
    case Field::stack: return true;
    default: return false;
  }
}

std::optional<std::int64_t> find_level(std::string_view name) noexcept {
  const auto row = find_row(levels, name);
  return row == levels.end() ? std::nullopt : std::optional{row->level};
}
std::string_view level_name_of(std::int64_t level) noexcept {
  const auto* row = std::find_if(levels.begin(), levels.end(), [&](const LevelRow& r) { return r.level == level; });
  return row == levels.end() ? std::string_view{} : row->name;
}
std::string level_names() {
  std::string all;
  for (const auto& row : levels) (all += all.empty() ? "" : ", ") += row.name;
  return all;
}
std::set<std::string> all_level_names() {
  std::set<std::string> names;
  for (const auto& row : levels) names.emplace(row.name);
  return names;
}
std::vector<std::string> nearest_levels(std::string_view name) { return nearest(name, all_names(levels)); }

}  // namespace psherald::query

namespace psherald {

const std::vector<ast::Field>& record_fields() {
  static const auto all = [] {
    std::vector<ast::Field> fields;
    for (const auto& row : query::rows)
      if (row.field != ast::Field::text) fields.push_back(row.field);
    return fields;
  }();
  return all;
}

}  // namespace psherald
