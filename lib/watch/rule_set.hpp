#pragma once

/// Many filters as one: which of them a record matches, at a cost that grows with the matches and not with the filters.
/// What a filter says of sender, place and level is judged once for each combination of these that occurs; of the
/// others, only those whose phrases stand in the record are judged in full.

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "psherald/filter.hpp"
#include "query/judge.hpp"
#include "watch/phrases.hpp"

namespace psherald::watch {

class RuleSet {
 public:
  /// @throws Error bad_query as Matcher
  RuleSet(const std::vector<const Filter*>& filters, const TimeBase& base);
  void rebind(const TimeBase& base);
  /// The numbers of the filters that match, in no order; good until the next call.
  const std::vector<std::uint32_t>& matching(const RecordBatch& batch, const Record& record);

 private:
  /// What sender, place and level leave open.
  struct Candidates {
    std::vector<std::uint32_t> certain{};  ///< They match.
    std::vector<std::uint32_t> open{};     ///< To be judged, whatever the text.
    std::vector<bool> by_phrase{};         ///< By filter: to be judged when one of its phrases is there.
    bool any_by_phrase = false;
  };
  struct Names {
    std::size_t source, site;
    Level level;
    friend bool operator==(const Names&, const Names&) = default;
  };
  struct HashNames {
    std::size_t operator()(const Names& names) const noexcept {
      return names.source ^ (names.site * 0x9e3779b97f4a7c15u) ^ static_cast<std::size_t>(names.level);
    }
  };
  const Candidates& candidates_of(const RecordBatch& batch, const Record& record);
  bool fits(std::uint32_t filter, const RecordBatch& batch, const Record& record);
  void fold(std::string_view text);

  std::vector<query::Judge> judges_{};
  std::vector<bool> has_phrase_{};
  Phrases phrases_{};
  std::unordered_map<Names, Candidates, HashNames> known_{};
  std::vector<std::uint64_t> looked_at_{};  // by filter: the record that it was judged on last
  std::uint64_t record_number_ = 0;
  std::string folded_{};
  query::Scratch scratch_{};
  std::vector<std::uint32_t> matching_{};
};

/// The value that a record has in a field, as it stands in a key; absent is empty.
std::string field_text(const ast::FieldRef& field, const RecordBatch& batch, const Record& record);

}  // namespace psherald::watch
