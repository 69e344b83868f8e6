#pragma once

/// What is to be told: notices as judging queues them, messages worded from them, and what became of each attempt to
/// send one. Functions read and write rows; transactions are their callers'. docs/schema.md describes the tables.

#include <set>
#include <string>
#include <vector>

#include "psherald/notifier.hpp"
#include "store/sqlite.hpp"
#include "watch/rule.hpp"

namespace psherald::watch {

struct Notice {
  std::int64_t id = 0;
  std::string receiver{}, rule{};
  std::int64_t incident = 0;
  Alert::Kind kind = Alert::Kind::open;
};
/// An opening is for `notify`; anything else for those who were told of the opening, or will be.
void queue_notice(sqlite3* db, const std::string& rule, const std::string& notify, std::int64_t incident,
                  Alert::Kind kind, Tau now);
/// Those that stand in no message yet, in their order.
std::vector<Notice> open_notices(sqlite3* db);
void drop_notices(sqlite3* db, const std::vector<Notice>& notices);

/// The name of a store: of its first run.
std::string read_origin(sqlite3* db);
/// The same for the same decision, whenever it is taken.
std::string uid_of(const std::string& origin, const Notice& first, int serial);
/// The message that told a receiver of an incident first; empty: none did.
std::string root_of(sqlite3* db, std::int64_t incident, const std::string& receiver);
/// Puts the message into the outbox; its notices and incidents are told by it.
void store_message(sqlite3* db, const Alert& alert, const std::vector<Notice>& notices, Tau now);

struct Message {
  std::int64_t id = 0;
  Alert alert{};  ///< Without addresses.
  Tau created{}, next{};
  std::int64_t tries = 0;
};
/// Ids of those that are to be sent, in their order.
std::vector<std::int64_t> queued_messages(sqlite3* db);
Message read_message(sqlite3* db, std::int64_t id);
/// Addresses that have taken or refused it.
std::set<std::string> settled_addresses(sqlite3* db, std::int64_t message);
bool any_accepted(sqlite3* db, std::int64_t message);

/// A message that was being sent when its sender ended is queued again; nobody knows whether it has arrived.
void requeue_interrupted(sqlite3* db, Timestamp now);
void claim(sqlite3* db, std::int64_t message, std::int64_t epoch);
struct Attempt {
  std::int64_t message = 0, number = 0;
  std::string address{};
  Timestamp at{};
  Tau took{};
};
void write_delivery(sqlite3* db, const Attempt& attempt, const Delivery& delivery);
enum class MessageState { queued, sent, failed, cancelled };
void write_message_state(sqlite3* db, std::int64_t message, MessageState state, Tau next);
/// How long to wait after so many tries.
Tau retry_after(std::int64_t tries) noexcept;

/// Drops what nobody looks at any more: deliveries and messages after 90 days, incidents after 400.
void forget_old(sqlite3* db, Tau now, Timestamp wall);

}  // namespace psherald::watch
