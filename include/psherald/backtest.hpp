#pragma once

/// What rules would have found in records that are stored already, and told of it: to choose them before they wake
/// somebody up.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "psherald/log_store.hpp"
#include "psherald/watchdog.hpp"

namespace psherald {

/// An incident of the past.
struct PastIncident {
  std::string key{}, title{};
  Timestamp opened{};
  std::optional<std::chrono::microseconds> lasted{};  ///< None: it is not over.
  std::int64_t relapses = 0;                          ///< Beginnings that damping has made part of it.
  RecordId first_id = 0;                              ///< The first match; of a silence the last record before it.
};

/// What became of one rule. Messages are those to all its receivers together.
struct PastOfRule {
  std::string rule{};
  Rule::Kind kind{};
  bool judged = true;  ///< False: it is not enabled, or looks at what nobody has stored, such as how full a disk was.
  std::int64_t incidents = 0;
  std::int64_t openings = 0;  ///< Incidents, and what damping has made part of them.
  std::int64_t keys = 0;      ///< So many had incidents.
  std::int64_t damped = 0;    ///< Incidents that had to be calm for longer, since their key had opened twice that day.
  std::chrono::microseconds longest{};
  std::int64_t bare_openings = 0, bare_ends = 0;  ///< Messages if each beginning and each end were one.
  std::int64_t after_damping = 0;                 ///< If each incident's beginning and end were one.
  std::int64_t after_grouping = 0;                ///< With what belongs together in one.
  std::int64_t told = 0;                          ///< And without what is silenced, in maintenance or explained.
  std::int64_t reminders = 0;                     ///< Messages that only remind.
  std::vector<PastIncident> listed{};             ///< The first of them, as many as were asked for.
};

/// What one receiver would have got.
struct PastOfReceiver {
  std::string receiver{};
  std::int64_t messages = 0;  ///< Reminders are among them.
  std::int64_t in_busiest_day = 0;
  Timestamp busiest_day{};             ///< Its beginning, in the zone of the options.
  std::int64_t in_busiest_window = 0;  ///< Of Options::burst_window.
};

struct Backtest {
  std::int64_t records = 0;
  std::vector<PastOfRule> rules{};
  std::vector<PastOfReceiver> receivers{};
};

struct BacktestOptions {
  Timestamp from{}, until{};               ///< Records received in this time. What was before is history.
  std::size_t listed = 1'000;              ///< Of each rule at most so many incidents by themselves.
  std::function<void(double)> progress{};  ///< How much of it is done, from 0 to 1, now and then.
};

/// Judges the rules as a Watchdog that was there all the time would have, begun at `from`: the same judgement, with the
/// bridge's uptime and the silences as they are stored. Nobody acknowledges anything, every message is taken at once,
/// and nothing is written. Memory does not depend on how many records there are.
/// Threads: the store's. @throws Error bad_config, store_io
Backtest backtest(const LogStore& store, const Watchdog::Options& options, const BacktestOptions& how);

}  // namespace psherald
