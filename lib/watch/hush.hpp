#pragma once

/// What is judged and not told: silences that people ask for, maintenance, and what a more important rule explains.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "watch/judge.hpp"

namespace psherald::watch {

/// A row of watch_silence.
struct Silence {
  std::int64_t id = 0;
  std::string rule{}, key{};  ///< Empty: any.
  std::string query{};        ///< On what a key's fields say; empty: any.
  Timestamp from{}, until{};
  std::optional<Tau> until_tau{};  ///< It was given as a duration: `until` is only shown.
  std::string author{}, reason{};
};

/// A Maintenance whose texts have been understood.
struct Window {
  Maintenance maintenance{};
  Hours hours{};
  Calendar calendar{};
};

/// Decides for one judgement. The rules outlive it.
class Hush {
 public:
  Hush(const std::vector<std::unique_ptr<RuleState>>& rules, const std::vector<Window>& windows,
       const std::vector<Silence>& silences, const Now& now);

  /// Why the incident is not told now; empty: it is.
  std::string reason(const RuleState& rule, const Incident& incident);
  /// Whether one rule may keep another from being told.
  static bool is_parent(const RuleState& parent, const RuleState& child);
  /// When an answer of reason() may become another one by itself.
  Tau wake() const noexcept { return wake_; }

 private:
  std::string silenced(const RuleState& rule, const Incident& incident);
  std::string maintained(const RuleState& rule);
  std::string explained(const RuleState& rule, const Incident& incident);
  bool explains(const RuleState& parent, const Key& key);
  void wake_at(Tau time) { wake_ = std::min(wake_, time); }

  const std::vector<std::unique_ptr<RuleState>>& rules_;
  const std::vector<Window>& windows_;
  const std::vector<Silence>& silences_;
  const Now& now_;
  Tau wake_ = Tau::max();
};

/// Whether a query matches what the fields of a key say.
bool matches_key(const std::string& query, const Condition& condition, const std::vector<std::string>& values,
                 Timestamp now);

}  // namespace psherald::watch
