#include "query/like.hpp"

namespace psherald {

std::vector<trigram::Term> terms_of_like(std::string_view pattern) {
  std::vector<trigram::Term> terms;
  pattern = pattern.substr(0, pattern.find('\0'));  // LIKE reads no further
  while (!pattern.empty()) {
    const auto end = pattern.find_first_of("%_");
    trigram::append_terms(pattern.substr(0, end), trigram::Comparison::exact, terms);
    pattern = end == pattern.npos ? std::string_view{} : pattern.substr(end + 1);
  }
  return terms;
}

}  // namespace psherald
