#include "watch/phrases.hpp"

#include <algorithm>

namespace psherald::watch {

void Phrases::add(std::string_view phrase, std::uint32_t number) { phrases_.emplace_back(phrase, number); }

void Phrases::build() {
  for (const auto& [phrase, number] : phrases_)
    for (const char c : phrase)
      if (auto& known = class_[static_cast<unsigned char>(c)]; known == 0 && signs < 256)
        known = static_cast<std::uint8_t>(signs++);
  constexpr std::uint32_t none = 0xffffffff;
  const auto new_state = [&] {
    next_.insert(next_.end(), signs, none);
    ends_.push_back(0);
    return static_cast<std::uint32_t>(ends_.size() - 1);
  };
  new_state();
  for (const auto& [phrase, number] : phrases_) {
    std::uint32_t state = 0;
    for (const char c : phrase) {
      const auto place = state * signs + class_[static_cast<unsigned char>(c)];
      if (next_[place] == none) {
        const auto made = new_state();
        next_[place] = made;
      }
      state = next_[place];
    }
    links_.emplace_back(number, ends_[state]);
    ends_[state] = static_cast<std::uint32_t>(links_.size());
  }
  // Breadth first: what a state falls back to is nearer to the root, and complete already.
  std::vector<std::uint32_t> fall(ends_.size(), 0), order{0};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto state = order[i];
    for (std::uint32_t sign = 0; sign < signs; ++sign) {
      auto& to = next_[state * signs + sign];
      const auto fallen = state == 0 ? 0 : next_[fall[state] * signs + sign];
      if (to == none) {
        to = fallen;
        continue;
      }
      fall[to] = fallen;
      order.push_back(to);
      auto* end = &ends_[to];
      while (*end != 0) end = &links_[*end - 1].second;
      *end = ends_[fallen];
    }
  }
}

}  // namespace psherald::watch
