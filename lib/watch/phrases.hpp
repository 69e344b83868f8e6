#pragma once

/// Finds many texts in one pass, after Aho and Corasick, "Efficient string matching" (1975).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::watch {

class Phrases {
 public:
  /// `number` is told for each text that has the phrase. None is empty.
  void add(std::string_view phrase, std::uint32_t number);
  /// After the last one was added.
  void build();
  bool empty() const noexcept { return phrases_.empty(); }

  /// Calls for each phrase that stands in the text with its number, maybe several times.
  template <class Found>
  void find(std::string_view text, const Found& found) const {
    std::uint32_t state = 0;
    for (const char c : text) {
      state = next_[state * signs + class_[static_cast<unsigned char>(c)]];
      for (std::uint32_t at = ends_[state]; at != 0; at = links_[at - 1].second) found(links_[at - 1].first);
    }
  }

 private:
  std::vector<std::pair<std::string, std::uint32_t>> phrases_{};
  std::uint32_t signs = 1;  // classes of bytes: those that occur in a phrase, and one for all others
  std::vector<std::uint8_t> class_ = std::vector<std::uint8_t>(256, 0);
  std::vector<std::uint32_t> next_{};                             // by state and class
  std::vector<std::uint32_t> ends_{};                             // a list in links_, + 1
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links_{};  // number, and the rest of the list
};

}  // namespace psherald::watch
