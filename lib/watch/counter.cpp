#include "watch/counter.hpp"

#include <algorithm>

#include "watch/packing.hpp"

namespace psherald::watch {

void Counter::add(Tau at, std::int64_t records) {
  const auto here = stretch(at);
  if (!counts_.empty() && counts_.back().first >= here)
    counts_.back().second += records;
  else
    counts_.emplace_back(here, records);
  forget_before(at - kept_);
}

void Counter::forget_before(Tau at) {
  while (!counts_.empty() && counts_.front().first < stretch(at) - 1) counts_.pop_front();
}

std::int64_t Counter::sum(Tau at, std::int64_t stretches) const {
  const auto last = stretch(at), first = last - stretches + 1;
  std::int64_t total = 0;
  auto from = std::lower_bound(counts_.begin(), counts_.end(), first,
                               [](const auto& count, std::int64_t value) { return count.first < value; });
  for (; from != counts_.end() && from->first <= last; ++from) total += from->second;
  return total;
}

Tau Counter::falls_to(Tau at, std::int64_t stretches, std::int64_t most) const {
  std::int64_t left = sum(at, stretches);
  const auto first = stretch(at) - stretches + 1;
  Tau when = at;
  for (const auto& [where, records] : counts_) {
    if (left <= most) break;
    if (where < first) continue;
    left -= records;
    when = width_ * (where + stretches);
  }
  return std::max(when, at);
}

std::string Counter::save() const {
  Packer packer;
  std::int64_t before = 0;
  packer.add(static_cast<std::uint64_t>(width_.count()));
  for (const auto& [where, records] : counts_) {
    packer.add(static_cast<std::uint64_t>(where - before));
    packer.add(static_cast<std::uint64_t>(records));
    before = where;
  }
  return packer.bytes();
}

void Counter::load(std::string_view bytes) {
  Unpacker unpacker{bytes};
  if (static_cast<std::int64_t>(unpacker.number()) != width_.count()) return;  // of another window: counted anew
  std::int64_t where = 0;
  while (!unpacker.done()) {
    where += static_cast<std::int64_t>(unpacker.number());
    const auto records = static_cast<std::int64_t>(unpacker.number());
    counts_.emplace_back(where, records);
  }
}

}  // namespace psherald::watch
