#pragma once

/// Who is to be told of what: notices for the desk. No clock, no database.

#include <string>
#include <vector>

#include "watch/book.hpp"
#include "watch/hush.hpp"

namespace psherald::watch {

/// Works through one judgement. The book outlives it.
class Announcer {
 public:
  Announcer(Book& book, const Now& now) : book_{book}, now_{now} {}

  /// What became of incidents, and what goes on with those that are open.
  void tell(const std::vector<Transition>& transitions);
  /// When there is something to be told though nothing happens.
  Tau wake() const noexcept { return wake_; }
  /// Whether there are notices, or reminders and escalations, since the last take_announced().
  bool has_news() const noexcept { return news_; }
  /// The incidents whose opening is told since the last call, but for those of the bridge.
  std::vector<Book::Active> take_announced();

 private:
  std::string reason(Hush& hush, const RuleState& rule, const Incident& incident) const;
  void tell(const Transition& transition, Hush& hush);
  void follow(RuleState& rule, const IncidentRef& incident, Hush& hush);
  void announce(RuleState& rule, const IncidentRef& incident);
  Tau next_reminder(const RuleState& rule, const Incident& incident) const;
  void remind(RuleState& rule, const IncidentRef& incident);
  void escalate(RuleState& rule, const IncidentRef& incident);
  void tell_all(RuleState& rule, const IncidentRef& incident, Alert::Kind kind);
  void queue(const RuleState& rule, const IncidentRef& incident, const std::string& receiver, Alert::Kind kind);

  Book& book_;
  const Now& now_;
  std::vector<Book::Active> announced_{};
  Tau wake_ = Tau::max();
  bool news_ = false;
};

}  // namespace psherald::watch
