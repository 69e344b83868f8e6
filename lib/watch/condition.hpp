#pragma once

/// A rule whose texts have been understood.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/filter.hpp"
#include "psherald/watchdog.hpp"
#include "watch/calendar.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

/// "> 100 in 5m"
struct Rate {
  bool above = true;      ///< Else below.
  bool relative = false;  ///< `limit` times the usual.
  double limit = 0;
  Tau window{};
};
/// "> 90%", "< 2G"
struct Fullness {
  bool percent = true;
  double limit = 0;
};

struct Condition {
  Rule rule{};
  Calendar calendar{};  ///< Of the rule's zone.
  bool learn = false;
  std::optional<Due> due{};
  std::optional<Hours> hours{};
  Tau age{};  ///< Of heartbeat, first_seen, lag, no_data.
  Rate rate{};
  Fullness fullness{};
  Filter filter{};  ///< What `where` and a pattern's query say together.
  std::vector<ast::FieldRef> by{};
  Tau keep{}, interval{};
  std::vector<Tau> remind{};
  bool resolve = true;
  int context = 3;
  std::string hash{};  ///< Two rules with the same one look for the same.

  /// What has come and gone between two looks is told (a match), or is not (a silence).
  bool is_event() const noexcept;
  /// Judged by numbers that are looked at, not by records.
  bool is_gauge() const noexcept { return rule.kind == Rule::Kind::lag || rule.kind == Rule::Kind::disk; }
  bool is_heartbeat() const noexcept { return rule.kind == Rule::Kind::heartbeat; }
  bool is_watching_for_absence() const noexcept {
    return is_heartbeat() || (rule.kind == Rule::Kind::rate && !rate.above);
  }
};
Result<Condition> understand(const Rule& rule, const Watchdog::Options& options);

/// "90s", "1h30m"
Result<Tau> parse_span(std::string_view text);

/// The values of a key's fields as its name: joined by `/`, a `/` or `%` in one of them as %2F and %25.
std::string join_key(const std::vector<std::string>& values);
std::vector<std::string> split_key(std::string_view key);

}  // namespace psherald::watch
