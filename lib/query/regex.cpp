#include "query/regex.hpp"

#include <re2/filtered_re2.h>
#include <re2/re2.h>

namespace psherald::query {

struct CompiledRegex::Impl {
  explicit Impl(const std::string& pattern, const re2::RE2::Options& options) : re{pattern, options} {}
  re2::RE2 re;
};

namespace {

constexpr std::int64_t max_memory = 1 << 20;

re2::RE2::Options options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(max_memory);
  options.set_never_capture(true);
  return options;
}

}  // namespace

bool CompiledRegex::found_in(std::string_view text) const {
  const re2::StringPiece subject{text.data(), text.size()};
  return impl_->re.Match(subject, 0, text.size(), re2::RE2::UNANCHORED, nullptr, 0);
}

Result<CompiledRegex> compile(const ast::Regex& regex) {
  std::string flags;
  if (regex.ignore_case) flags += 'i';
  if (regex.multi_line) flags += 'm';
  if (regex.dot_all) flags += 's';
  const auto impl = std::make_shared<CompiledRegex::Impl>(
      flags.empty() ? regex.pattern : "(?" + flags + ')' + regex.pattern, options());
  if (!impl->re.ok()) return Fault{Errc::bad_query, "the regular expression is not understood: " + impl->re.error()};
  return CompiledRegex{impl};
}

struct RegexAtoms::Filter {
  static constexpr int shortest_atom = 3;
  re2::FilteredRE2 re{shortest_atom};
};

RegexAtoms::RegexAtoms(const CompiledRegex& regex) {
  const auto& pattern = regex.impl_->re.pattern();
  const auto filter = std::make_shared<Filter>();
  int number = 0;
  if (filter->re.Add(pattern, options(), &number) != re2::RE2::NoError) return;
  filter->re.Compile(&atoms_);
  filter_ = filter;
}

bool RegexAtoms::may_be_found(const std::vector<int>& atoms) const {
  std::vector<int> found;
  filter_->re.AllPotentials(atoms, &found);
  return !found.empty();
}

}  // namespace psherald::query
