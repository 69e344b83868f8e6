#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "query/text_tests.hpp"
#include "store/segment_reader.hpp"

namespace psherald::query {

/// Appends the terms that each text has whose folding contains this folded text, unless it is opaque.
void append_folded_terms(std::string_view folded, std::vector<trigram::Term>& terms);

/// What the substring index knows of a test on a text: what has to stand in a text that fits.
class TextClue {
 public:
  explicit TextClue(const TextTest& test);
  /// Blocks, of those in `among`, where the index has all of it. The caller adds the opaque ones. @throws Error
  store::BlockMask may(store::SegmentReader& reader, std::int64_t segment, store::BlockMask among);

 private:
  store::BlockMask with_atoms(store::SegmentReader& reader, std::int64_t segment, store::BlockMask among);

  std::vector<trigram::Term> terms_{};
  std::optional<RegexAtoms> regex_{};
  std::vector<std::vector<trigram::Term>> atoms_{};  // the terms of each of the expression's atoms
};

}  // namespace psherald::query
