#pragma once

/// What a watchdog has found, as it stands in the store, and what people say to it. It may run in another process.
/// Reading takes any LogStore; what changes something needs one that writes, outside a transaction and on its thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "psherald/log_store.hpp"
#include "psherald/watchdog.hpp"

namespace psherald {

struct IncidentInfo {
  std::int64_t id = 0;
  std::string rule{}, key{}, title{};
  std::string phase{};  ///< "pending", "firing", "resolved" or "gone".
  bool calm = false;    ///< It fires, and its condition does not hold at the moment.
  Timestamp opened{}, last_true{};
  std::optional<Timestamp> ended{};
  std::int64_t count = 0;
  std::int64_t openings = 0;  ///< Within 24 hours.
  RecordId first_id = 0, last_id = 0;
  std::string detail{}, end_reason{};
  std::optional<std::string> acknowledged_by{};
  std::string note{};
  int reminders = 0;
  bool announced = false, escalated = false;
  std::vector<std::string> told{};  ///< Receivers.
};
struct IncidentQuery {
  bool open_only = true;
  std::string rule{};      ///< Empty: all.
  std::int64_t below = 0;  ///< Only with smaller ids; 0: all. For the next page.
  std::int64_t id = 0;     ///< Only this one; 0: all.
  std::size_t limit = 100;
};
/// The newest first. @throws Error store_io
std::vector<IncidentInfo> incidents(const LogStore& store, const IncidentQuery& query = {});
struct FiringIncidents {
  std::int64_t all = 0, unattended = 0;  ///< Of the latter nobody takes care.
};
/// How many fire now. @throws Error store_io
FiringIncidents count_firing(const LogStore& store);
/// Somebody takes care of it: no reminders, no escalation. False: it is not open. @throws Error store_busy, store_io
bool acknowledge(LogStore& store, std::int64_t incident, const std::string& who, const std::string& note = {});

struct SilenceInfo {
  std::int64_t id = 0;
  std::string rule{}, key{}, query{};  ///< Empty: any.
  Timestamp from{}, until{};
  std::string author{}, reason{};
};
/// Those that last. @throws Error store_io
std::vector<SilenceInfo> silences(const LogStore& store);
/// For a time: it is judged, and told afterwards if it goes on. Returns its id.
/// @throws Error bad_query: what `query` says; bad_config: no author, nothing named, a time that is over; store_busy
std::int64_t silence_for(LogStore& store, const SilenceInfo& what, std::chrono::seconds duration);
std::int64_t silence_until(LogStore& store, const SilenceInfo& what, Timestamp until);
/// False: there is none of that number. @throws Error store_busy, store_io
bool end_silence(LogStore& store, std::int64_t id);

/// A key that a heartbeat waits for.
struct SenderInfo {
  std::string rule{}, key{};
  std::string fields{};  ///< A JSON object: the fields that the key is made of, and their values.
  std::string state{};   ///< "learning", "report only", "watched", "stale", "retired", "silent"
  std::int64_t records = 0;
  Timestamp last{};
  std::optional<std::chrono::microseconds> usual_interval{}, longest_silence{};  ///< Where they were learnt.
  std::size_t false_alarms = 0;                                                  ///< Of the last 28 days, told or not.
};
/// @throws Error store_io
std::vector<SenderInfo> senders(const LogStore& store, const std::vector<Rule>& rules = {});
/// It is no longer waited for, until it speaks. False: no rule knows it. @throws Error store_busy, store_io
bool retire_sender(LogStore& store, const std::string& rule, const std::string& key);

struct RuleInfo {
  std::string name{}, health{};  ///< "ok", or what is wrong.
  std::int64_t keys = 0, open = 0;
};
std::vector<RuleInfo> rule_states(const LogStore& store);

/// An attempt to bring a message to somebody.
struct DeliveryInfo {
  std::int64_t message = 0;
  std::string uid{}, receiver{}, channel{}, subject{}, state{};
  std::int64_t tries = 0;
  Timestamp at{};
  std::string target{}, detail{};
  std::int64_t code = 0;
};
/// The newest first; of messages that tell of this incident, unless it is 0. @throws Error store_io
std::vector<DeliveryInfo> deliveries(const LogStore& store, std::size_t limit = 100, std::int64_t incident = 0);

}  // namespace psherald
