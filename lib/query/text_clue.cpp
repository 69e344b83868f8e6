#include "query/text_clue.hpp"

#include "query/casefold.hpp"

namespace psherald::query {

using store::BlockMask;

// The index folds ASCII letters only. Another character is the same in each text only if it has no other case.
void append_folded_terms(std::string_view folded, std::vector<trigram::Term>& terms) {
  std::size_t begin = 0, at = 0;
  while (at < folded.size()) {
    const auto [c, bytes] = front_code_point(folded.substr(at));
    if (c >= 0x80 && has_case(c)) {
      trigram::append_terms(folded.substr(begin, at - begin), terms);
      begin = at + bytes;
    }
    at += bytes;
  }
  trigram::append_terms(folded.substr(begin), terms);
}

TextClue::TextClue(const TextTest& test) {
  if (const auto* literal = std::get_if<Literal>(&test)) {
    append_folded_terms(literal->folded, terms_);
  } else if (const auto* exactly = std::get_if<Exactly>(&test)) {
    trigram::append_terms(exactly->value, terms_);
  } else if (const auto* wildcards = std::get_if<Wildcards>(&test)) {
    for (const auto& part : wildcards->literals()) append_folded_terms(part, terms_);
  } else {
    regex_.emplace(std::get<CompiledRegex>(test));
    for (const auto& atom : regex_->atoms()) append_folded_terms(atom, atoms_.emplace_back());
  }
}

BlockMask TextClue::may(store::SegmentReader& reader, std::int64_t segment, BlockMask among) {
  if (!regex_) return terms_.empty() ? among : reader.candidates(segment, terms_, among);
  return regex_->anything() ? among : with_atoms(reader, segment, among);
}

// Blocks often have the same atoms: what they allow is asked once.
BlockMask TextClue::with_atoms(store::SegmentReader& reader, std::int64_t segment, BlockMask among) {
  std::vector<BlockMask> having;
  for (auto& terms : atoms_) having.push_back(terms.empty() ? among : reader.candidates(segment, terms, among));
  BlockMask may = store::no_block;
  while (among != store::no_block) {
    std::vector<int> there;
    BlockMask alike = among;
    const auto first = among & (~among + 1);
    for (std::size_t i = 0; i < having.size(); ++i) {
      const bool has_it = (having[i] & first) != 0;
      if (has_it) there.push_back(static_cast<int>(i));
      alike &= has_it ? having[i] : ~having[i];
    }
    if (regex_->may_be_found(there)) may |= alike;
    among &= ~alike;
  }
  return may;
}

}  // namespace psherald::query
