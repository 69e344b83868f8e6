#include "query/text_tests.hpp"

#include <algorithm>
#include <cstring>

#include "query/casefold.hpp"
#include "record/utf8.hpp"

namespace psherald::query {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;
constexpr std::string_view none = "None";

// Linear in both, unlike std::string_view::find.
std::size_t find_bytes(std::string_view text, std::string_view needle) {
  if (needle.empty()) return 0;
  if (needle.size() > text.size()) return nowhere;
  const void* place = ::memmem(text.data(), text.size(), needle.data(), needle.size());
  return place ? static_cast<std::size_t>(static_cast<const char*>(place) - text.data()) : nowhere;
}

bool is_separator(char c) noexcept { return c == '/' || c == '\\'; }
bool continues(char c) noexcept { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

bool contains(std::string_view text, std::string_view needle, Extent extent) {
  if (extent == Extent::part) return find_bytes(text, needle) != nowhere;
  if (text == needle) return true;
  return extent == Extent::tail && text.size() > needle.size() && text.ends_with(needle) &&
         is_separator(text[text.size() - needle.size() - 1]);
}

}  // namespace

std::string_view Subject::folded() {
  if (!is_folded_) {
    folded_.clear();
    append_folded(folded_, raw_);
    is_folded_ = true;
  }
  return folded_;
}

Wildcards::Wildcards(const ast::Pattern& pattern, Extent extent) : extent_{extent} {
  std::vector<char32_t> signs;
  const auto is_run = [](const auto& part) { return part == std::variant<std::string, ast::Wild>{ast::Wild::any_run}; };
  open_front_ = extent == Extent::part || (!pattern.parts.empty() && is_run(pattern.parts.front()));
  open_back_ = extent == Extent::part || (!pattern.parts.empty() && is_run(pattern.parts.back()));
  const auto end_run = [&] {
    if (!signs.empty()) runs_.push_back(run_of(std::move(signs)));
    signs.clear();
  };
  for (const auto& part : pattern.parts) {
    if (is_run(part)) {
      end_run();
    } else if (std::holds_alternative<ast::Wild>(part)) {
      signs.push_back(any);
    } else {
      for (std::string_view text = std::get<std::string>(part); !text.empty();) {
        const auto [c, bytes] = front_code_point(text);
        signs.push_back(query::folded(c));
        text.remove_prefix(bytes);
      }
    }
  }
  end_run();
}

Wildcards::Run Wildcards::run_of(std::vector<char32_t> signs) {
  Run run;
  run.has_wild = std::find(signs.begin(), signs.end(), any) != signs.end();
  if (!run.has_wild) {
    for (const auto c : signs) append_code_point(run.bytes, c);
  } else {
    run.anywhere.resize((signs.size() + 63) / 64);
    for (std::size_t i = 0; i < signs.size(); ++i) {
      auto& bits = signs[i] == any ? run.anywhere : run.places[signs[i]];
      bits.resize(run.anywhere.size());
      bits[i / 64] |= std::uint64_t{1} << i % 64;
    }
  }
  run.signs = std::move(signs);
  return run;
}

// Where the first place ends at which the run stands. With `?` by Shift-And: one step for each character and 64 signs.
// Source: Baeza-Yates and Gonnet, "A new approach to text searching", 1992.
std::size_t Wildcards::find(const Run& run, std::string_view text) {
  if (!run.has_wild) {
    const auto place = find_bytes(text, run.bytes);
    return place == nowhere ? nowhere : place + run.bytes.size();
  }
  std::vector<std::uint64_t> state(run.anywhere.size());
  const std::size_t last = run.signs.size() - 1;
  for (std::size_t at = 0; at < text.size();) {
    const auto [c, bytes] = front_code_point(text.substr(at));
    at += bytes;
    const auto places = run.places.find(c);
    std::uint64_t carry = 1;
    for (std::size_t i = 0; i < state.size(); ++i) {
      const auto moved = state[i] << 1 | carry;
      carry = state[i] >> 63;
      state[i] = moved & (run.anywhere[i] | (places == run.places.end() ? 0 : places->second[i]));
    }
    if (state[last / 64] >> last % 64 & 1) return at;
  }
  return nowhere;
}

// How many bytes of the text the run takes when it stands at its front.
std::size_t Wildcards::match_front(const Run& run, std::string_view text) {
  std::size_t at = 0;
  for (const auto sign : run.signs) {
    if (at == text.size()) return nowhere;
    const auto [c, bytes] = front_code_point(text.substr(at));
    if (sign != any && sign != c) return nowhere;
    at += bytes;
  }
  return at;
}

std::size_t Wildcards::match_back(const Run& run, std::string_view text) {
  std::size_t begin = text.size();
  for (std::size_t i = 0; i < run.signs.size(); ++i) {
    if (begin == 0) return nowhere;
    --begin;
    while (begin > 0 && continues(text[begin])) --begin;
  }
  return match_front(run, text.substr(begin)) == text.size() - begin ? text.size() - begin : nowhere;
}

bool Wildcards::fits_whole(std::string_view text) const {
  auto first = runs_.begin(), last = runs_.end();
  if (first == last) return open_front_ || open_back_ || text.empty();
  const bool no_star = !open_front_ && !open_back_ && runs_.size() == 1;
  if (no_star) return match_front(*first, text) == text.size();
  if (!open_front_) {
    const auto bytes = match_front(*first++, text);
    if (bytes == nowhere) return false;
    text.remove_prefix(bytes);
  }
  std::size_t back = 0;
  if (!open_back_ && first != last) {
    back = match_back(*--last, text);
    if (back == nowhere) return false;
  }
  text.remove_suffix(back);
  for (; first != last; ++first) {
    const auto end = find(*first, text);
    if (end == nowhere) return false;
    text.remove_prefix(end);
  }
  return true;
}

bool Wildcards::fits(std::string_view text) const {
  if (fits_whole(text)) return true;
  if (extent_ != Extent::tail || open_front_) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (is_separator(text[i]) && fits_whole(text.substr(i + 1))) return true;
  return false;
}

std::vector<std::string> Wildcards::literals() const {
  std::vector<std::string> all;
  for (const auto& run : runs_) {
    std::string text;
    for (const auto sign : run.signs) {
      if (sign != any)
        append_code_point(text, sign);
      else if (!text.empty())
        all.push_back(std::move(text)), text.clear();
    }
    if (!text.empty()) all.push_back(std::move(text));
  }
  return all;
}

TextTest text_test(const ast::Value& value, ast::Op op, Extent extent, bool none_is_absent) {
  if (const auto* pattern = std::get_if<ast::Pattern>(&value)) return Wildcards{*pattern, extent};
  if (const auto* regex = std::get_if<ast::Regex>(&value)) return compile(*regex).value();
  const auto& text = std::get<ast::Text>(value).value;
  if (op == ast::Op::equal) return Exactly{text, none_is_absent && text == none};
  auto needle = folded(text);
  const bool means_absent = none_is_absent && needle == folded(none);
  return Literal{std::move(needle), means_absent};
}

bool means_absent(const TextTest& test) noexcept {
  if (const auto* literal = std::get_if<Literal>(&test)) return literal->none;
  const auto* exactly = std::get_if<Exactly>(&test);
  return exactly && exactly->none;
}

bool fits(const TextTest& test, Extent extent, Subject& text) {
  const bool there = present(text.raw());
  if (const auto* literal = std::get_if<Literal>(&test)) {
    if (literal->none) return !there || text.raw() == none;
    return there && contains(text.folded(), literal->folded, extent);
  }
  if (const auto* exactly = std::get_if<Exactly>(&test)) return there ? text.raw() == exactly->value : exactly->none;
  if (!there) return false;
  if (const auto* wildcards = std::get_if<Wildcards>(&test)) return wildcards->fits(text.folded());
  return std::get<CompiledRegex>(test).found_in(text.raw());
}

}  // namespace psherald::query
