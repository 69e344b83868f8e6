#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "psherald/filter.hpp"
#include "query/regex.hpp"

namespace psherald::query {

/// A text and, made when it is first asked for, its folding.
class Subject {
 public:
  void set(std::string_view raw) noexcept {
    raw_ = raw;
    is_folded_ = false;
  }
  /// The same text at another place, or an absent one that nobody asks for.
  void set_again(std::string_view raw) noexcept { raw_ = raw; }
  std::string_view raw() const noexcept { return raw_; }
  std::string_view folded();

 private:
  std::string_view raw_{};
  std::string folded_{};
  bool is_folded_ = false;
};

/// What of the text has to fit.
enum class Extent {
  part,  ///< Something in it.
  whole,
  tail  ///< The whole, or what stands behind a `/` or `\`.
};

struct Literal {
  std::string folded;
  bool none = false;  ///< "None" as well as absent: so a cell's text can be pasted.
};
struct Exactly {
  std::string value;
  bool none = false;
};

/// `*` and `?`, in time linear in the text.
class Wildcards {
 public:
  Wildcards(const ast::Pattern& pattern, Extent extent);
  bool fits(std::string_view folded) const;
  /// The longest runs of characters that every text that fits contains, folded.
  std::vector<std::string> literals() const;

 private:
  // What stands between two `*`: code points; `any` is a `?`. A run without `?` is looked for as bytes.
  struct Run {
    std::string bytes{};
    std::vector<char32_t> signs{};
    std::map<char32_t, std::vector<std::uint64_t>> places{};  // where in the run a character may stand, a bit each
    std::vector<std::uint64_t> anywhere{};                    // the bits of the `?`
    bool has_wild = false;
  };
  static constexpr char32_t any = 0x110000;
  static Run run_of(std::vector<char32_t> signs);
  static std::size_t find(const Run& run, std::string_view text);
  static std::size_t match_front(const Run& run, std::string_view text);
  static std::size_t match_back(const Run& run, std::string_view text);
  bool fits_whole(std::string_view text) const;

  std::vector<Run> runs_;
  bool open_front_ = false, open_back_ = false;
  Extent extent_;
};

using TextTest = std::variant<Literal, Exactly, Wildcards, CompiledRegex>;

/// @throws Error bad_query for a regular expression that RE2 refuses
TextTest text_test(const ast::Value& value, ast::Op op, Extent extent, bool none_is_absent);
/// Whether an absent text fits: the test says "None" where that means absent.
bool means_absent(const TextTest& test) noexcept;
/// An absent text fits nothing but "None" where that means absent.
bool fits(const TextTest& test, Extent extent, Subject& text);

}  // namespace psherald::query
