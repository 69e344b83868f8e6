#pragma once

/// What is to be told: notices as judging queues them, messages worded from them, and what became of each attempt to
/// send one. Functions read and write rows; transactions are their callers'. docs/schema.md describes the tables.

#include <set>
#include <string>
#include <vector>

#include "psherald/notifier.hpp"
#include "store/sqlite.hpp"
#include "watch/desk.hpp"
#include "watch/incident_rows.hpp"

namespace psherald::watch {

/// Gives the notice its id.
void queue_notice(sqlite3* db, Notice& notice);
/// Notices that stand in no message yet, in their order, and what was told of late. Incidents that are not among
/// `incidents` are read.
void read_desk(sqlite3* db, Desk& desk, Incidents& incidents, Tau now);
void drop_notices(sqlite3* db, const std::vector<Notice>& notices);

/// The name of a store: of its first run.
std::string read_origin(sqlite3* db);
/// The same for the same decision, whenever it is taken.
std::string uid_of(const std::string& origin, const Notice& first, std::string_view channel);
/// Of the message that tells this receiver that another one could not be told.
std::string uid_of_not_told(const Alert& lost, const std::string& receiver, std::string_view channel);
/// Puts the messages, one for each channel, into the outbox; the notices and their incidents are told by them.
void store_messages(sqlite3* db, const std::vector<Alert>& alerts, const std::vector<Notice>& notices, Tau now);

struct Message {
  std::int64_t id = 0;
  Alert alert{};  ///< Without addresses.
  Tau created{}, next{};
  std::int64_t tries = 0;
};
/// Of those that are to be sent, in their order.
struct Waiting {
  std::int64_t id = 0;
  std::string receiver{}, channel{};
};
std::vector<Waiting> queued_messages(sqlite3* db);
Message read_message(sqlite3* db, std::int64_t id);
/// Targets that have taken or refused it.
std::set<std::string> settled_targets(sqlite3* db, std::int64_t message);
bool any_accepted(sqlite3* db, std::int64_t message);

/// A message that an earlier watchdog than this one was sending when it ended is queued again; nobody knows whether it
/// has arrived.
void requeue_interrupted(sqlite3* db, std::int64_t epoch, Timestamp now);
void claim(sqlite3* db, std::int64_t message, std::int64_t epoch);
struct Attempt {
  std::int64_t message = 0, number = 0;
  std::string target{};
  Timestamp at{};
  Tau took{};
};
void write_delivery(sqlite3* db, const Attempt& attempt, const Delivery& delivery);
enum class MessageState { queued, sent, failed, cancelled };
void write_message_state(sqlite3* db, std::int64_t message, MessageState state, Tau next);
/// When the next one is due that waits; nothing: none does.
std::optional<Tau> next_due(sqlite3* db);
/// How long to wait after so many tries.
Tau retry_after(std::int64_t tries) noexcept;

/// Drops what nobody looks at any more: deliveries and messages after 90 days, incidents after 400.
void forget_old(sqlite3* db, Tau now, Timestamp wall);

}  // namespace psherald::watch
