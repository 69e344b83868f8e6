#include "config/arithmetic.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace psherald {
namespace {

/// Recursive descent, a function for each level of precedence. The first mistake ends it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_{text}, rest_{text} {}

  Result<double> parse() {
    const double value = sum();
    if (error_.empty() && next() != end) fail("expected + - * / or the end");
    if (error_.empty() && !std::isfinite(value)) fail("the result is too large");
    if (!error_.empty()) return Fault{Errc::bad_config, error_};
    return value;
  }

 private:
  static constexpr char end = 0;
  static constexpr int max_depth = 50;

  double sum() {
    double value = product();
    for (char sign = next(); sign == '+' || sign == '-'; sign = next()) {
      take();
      const double other = product();
      value += sign == '+' ? other : -other;
    }
    return value;
  }

  double product() {
    double value = factor();
    for (char sign = next(); sign == '*' || sign == '/'; sign = next()) {
      take();
      const double other = factor();
      if (sign == '/' && other == 0) fail("division by zero");
      value = sign == '*' ? value * other : value / other;
    }
    return value;
  }

  double factor() {
    if (++depth_ > max_depth) fail("brackets and signs go deeper than " + std::to_string(max_depth));
    const double value = signed_or_bracketed();
    --depth_;
    return value;
  }

  double signed_or_bracketed() {
    switch (next()) {
      case '-': return take(), -factor();
      case '+': return take(), factor();
      case '(': {
        take();
        const double value = sum();
        if (next() == ')')
          take();
        else
          fail("expected )");
        return value;
      }
      default: return number();
    }
  }

  double number() {
    double value = 0;
    const char first = next();
    if ((first < '0' || first > '9') && first != '.') return fail("expected a number"), 0;
    const auto [rest, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error == std::errc::result_out_of_range) return fail("a number is too large or too small"), 0;
    if (error != std::errc{}) return fail("expected a number"), 0;
    rest_.remove_prefix(static_cast<std::size_t>(rest - rest_.data()));
    return value;
  }

  /// The character that comes next, white space apart. After a mistake there is none.
  char next() {
    constexpr std::string_view blank = " \t\r\n\f\v";
    rest_.remove_prefix(std::min(rest_.find_first_not_of(blank), rest_.size()));
    if (!rest_.empty() && rest_.front() == '#') rest_ = {};
    return rest_.empty() ? end : rest_.front();
  }
  void take() { rest_.remove_prefix(1); }

  void fail(const std::string& why) {
    if (error_.empty())
      error_ = "\"" + std::string{text_} + "\" is not understood: " + why + place() + "; write it like 60*60*2";
    rest_ = {};
  }
  std::string place() { return rest_.empty() ? " at its end" : " at \"" + std::string{rest_.substr(0, 10)} + "\""; }

  const std::string_view text_;
  std::string_view rest_;
  std::string error_{};
  int depth_ = 0;
};

}  // namespace

Result<double> parse_arithmetic(std::string_view text) {
  constexpr std::size_t longest = 1'000;
  if (text.size() > longest) return Fault{Errc::bad_config, "it is longer than 1,000 characters"};
  return Parser{text}.parse();
}

}  // namespace psherald
