#include "query/variants.hpp"

#include "query/stable_hash.hpp"

namespace psherald::query {
namespace {

constexpr std::string_view any_word = "<*>";

/// Words of a normalised message have one blank between them.
std::string_view take_word(std::string_view& text) {
  const auto end = text.find(' ');
  const auto word = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return word;
}

}  // namespace

std::optional<std::uint64_t> call_site(const Record& record, const Site& site) {
  if (!site.lineno || !record.exc_text.empty()) return {};
  return StableHash{}.add(site.name).add(site.funcname).add(std::to_string(*site.lineno)).value();
}

std::optional<std::string> common_form(std::string_view known, std::string_view other) {
  std::string form;
  std::size_t words = 0, differing = 0;
  for (; !known.empty() && !other.empty(); ++words) {
    const auto a = take_word(known), b = take_word(other);
    const bool same = a == b && a != any_word;
    if (!same) ++differing;
    form.append(words > 0 ? " " : "").append(same ? a : any_word);
  }
  if (!known.empty() || !other.empty() || 4 * differing > words) return {};
  return form;
}

}  // namespace psherald::query
