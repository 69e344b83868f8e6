#pragma once

/// Who hears of what, and when: notices wait here until what belongs together is together. No clock, no database.

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "watch/state.hpp"

namespace psherald::watch {

/// Something that one receiver is to be told.
struct Notice {
  std::int64_t id = 0;  ///< In watch_notice; 0: not stored yet.
  std::string receiver{}, rule{};
  IncidentRef incident{};
  Alert::Kind kind = Alert::Kind::open;
  Tau queued{};
};

class Desk {
 public:
  struct Settings {
    Tau settle{}, settle_max{};
    std::size_t burst = 10;
    Tau burst_window{};
    /// Between two messages about openings of this rule.
    std::function<Tau(const std::string& rule)> interval{};
  };
  /// What becomes one message.
  struct Group {
    std::string receiver{};
    std::vector<Notice> notices{};
    bool digest = false;  ///< Of several rules, since there would be too many messages.
  };

  void add(Notice notice) { waiting_.push_back(std::move(notice)); }
  const std::vector<Notice>& waiting() const noexcept { return waiting_; }
  std::vector<Notice>& waiting() noexcept { return waiting_; }
  bool waits(const Incident& incident, const std::string& receiver, Alert::Kind kind) const;

  /// A message that was made.
  /// `counts`: it is one of those that there must not be too many of, not one that was noted already.
  void note_message(const std::string& receiver, const std::vector<std::string>& rules, bool opening, Tau at,
                    bool counts = true);
  /// Takes what is due; `at_once`: all of it.
  std::vector<Group> take_due(Tau now, bool at_once, const Settings& settings);
  /// When something is due next, as of the last take_due().
  Tau wake() const noexcept { return wake_; }

 private:
  struct Last {
    Tau message = Tau::min(), opening = Tau::min();
  };
  using Place = std::pair<std::string, std::string>;  // receiver, rule
  Tau due_of(const Place& place, const std::vector<const Notice*>& notices, const Settings& settings) const;

  std::vector<Notice> waiting_{};
  std::map<Place, Last> last_{};
  std::map<std::string, std::deque<Tau>> sent_{};  // by receiver
  Tau wake_ = Tau::max();
};

}  // namespace psherald::watch
