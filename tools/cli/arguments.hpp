#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::cli {

struct Option {
  char letter = 0;             ///< 'v' for -v; 0: it has only its name.
  std::string_view name{};     ///< "verbose" for --verbose. Dashes in it may be written as underscores.
  std::string_view operand{};  ///< What it takes, such as "ADDRESS"; empty: nothing.
  std::string_view help{};
};

/// What a program, or one command of it, takes.
struct Usage {
  std::string_view program{};  ///< "psherald emit"
  std::string about{};         ///< A sentence or two.
  std::vector<Option> options{};
  std::string_view operands{};  ///< What may stand beside options, such as "TEXT..."; empty: nothing.
  std::string_view examples{};  ///< Whole lines.
};

/// What was written on a command line. Options may be combined and stand anywhere: -xv, -r5, -r 5, --rounds=5, --rounds
/// 5; behind `--` nothing is an option.
class Arguments {
 public:
  /// Without the program's name. @throws UsageError; it tells the nearest option that there is.
  Arguments(const Usage& usage, const std::vector<std::string>& words);

  bool has(std::string_view name) const { return given_.count(name) != 0; }
  /// The last one, when it was given several times.
  std::optional<std::string> value(std::string_view name) const;
  std::vector<std::string> values(std::string_view name) const;
  /// @throws UsageError: no whole number above 0.
  std::optional<std::uint32_t> number(std::string_view name) const;
  const std::vector<std::string>& operands() const noexcept { return operands_; }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> given_;
  std::vector<std::string> operands_;
};

/// The page that --help prints.
std::string help(const Usage& usage);

}  // namespace psherald::cli
