#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "watch/desk.hpp"
#include "watch/hush.hpp"
#include "watch/rule_rows.hpp"
#include "watch/rule_set.hpp"
#include "watch/store_access.hpp"

namespace psherald::watch {

/// All that a watchdog knows while it works: read from the store once, written when it changes.
struct Book {
  std::vector<std::unique_ptr<RuleState>> rules{};
  std::vector<std::unique_ptr<RuleState>> removed{};  ///< What is open of them is to be ended.
  std::vector<Window> windows{};
  std::vector<Silence> silences{};
  Desk desk{};
  Incidents incidents{};  ///< By id: open ones, and some that were.
  struct Active {
    RuleState* rule = nullptr;
    IncidentRef incident{};
  };
  std::vector<Active> active{};

  std::unique_ptr<RuleSet> set{};        ///< Of the filters of
  std::vector<RuleState*> by_records{};  ///< these.
  std::vector<RuleState*> gaps{};        ///< Rules of records that say that others are missing.

  RecordId history = 0;  ///< Up to here records are older than the watchdog: a new rule only learns from them.
  RecordId cursor = 0;
  Tau looked{};  ///< When the log was read last.
  Timestamp looked_wall{};
  std::optional<Timestamp> bridge_since{};  ///< As it was then.
  Tau stored{};                             ///< When all this was written last.
  Tau heartbeats{};                         ///< When ps.herald's table was.
  bool first = true;                        ///< Nothing was judged yet since it was read.
  Tau wake{};                               ///< Until then nothing changes, but for records.
  bool hushing = true;                      ///< Whether there is anything that keeps from telling.
  std::size_t hushed = 0;                   ///< Incidents that hold and are not told.
};

/// Understands the rules, and knows nothing else yet. @throws Error bad_config
Book make_book(const Watchdog::Options& options, Timestamp wall);
/// And reads what the store knows of them. Records up to `history` are older than the watchdog. @throws Error
/// bad_config
Book open_book(StoreAccess& store, const Watchdog::Options& options, const Moment& now, RecordId history);

}  // namespace psherald::watch
