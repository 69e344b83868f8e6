#pragma once

/// How many records came when: counts of stretches of watch time, not the records themselves.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "watch/tau.hpp"

namespace psherald::watch {

class Counter {
 public:
  Counter() = default;
  /// Stretches of this width; what is older than `kept` is forgotten.
  Counter(Tau width, Tau kept) : width_{width}, kept_{kept} {}

  void add(Tau at, std::int64_t records);
  /// Of the `stretches` up to and with the one that `at` lies in.
  std::int64_t sum(Tau at, std::int64_t stretches) const;
  /// When the sum first is `most` or less, from `at` on and if nothing more comes.
  Tau falls_to(Tau at, std::int64_t stretches, std::int64_t most) const;
  Tau width() const noexcept { return width_; }
  bool empty() const noexcept { return counts_.empty(); }
  void forget_before(Tau at);

  std::string save() const;
  void load(std::string_view bytes);

 private:
  std::int64_t stretch(Tau at) const { return at.count() / width_.count(); }

  Tau width_{1}, kept_{};
  std::deque<std::pair<std::int64_t, std::int64_t>> counts_{};  // by stretch, rising
};

}  // namespace psherald::watch
