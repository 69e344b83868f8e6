#include "cli/arguments.hpp"

#include <sysexits.h>

#include <algorithm>

#include "cli/failure.hpp"
#include "config/nearest.hpp"
#include "record/number.hpp"

namespace psherald::cli {
namespace {

const Option& find_name(const Usage& usage, std::string_view written) {
  std::string name{written};
  std::replace(name.begin(), name.end(), '_', '-');
  std::vector<std::string> names;
  for (const auto& option : usage.options) {
    if (option.name == name) return option;
    names.push_back("--" + std::string{option.name});
  }
  throw UsageError{"unknown option --" + name + did_you_mean("--" + name, names, "")};
}

const Option& find_letter(const Usage& usage, char letter) {
  for (const auto& option : usage.options)
    if (option.letter == letter) return option;
  throw UsageError{std::string{"unknown option -"} + letter};
}

/// Walks over the words of a command line.
struct Parser {
  const Usage& usage;
  const std::vector<std::string>& words;
  std::map<std::string, std::vector<std::string>, std::less<>>& given;
  std::size_t at = 0;

  /// Takes the option with what follows it: in the same word, or else in the next.
  void take(const Option& option, const std::string& written, std::optional<std::string> attached) {
    if (!option.operand.empty() && !attached) {
      if (at == words.size()) throw UsageError{written + " needs " + std::string{option.operand}};
      attached = words[at++];
    }
    given[std::string{option.name}].push_back(attached.value_or(""));
  }

  void long_option(const std::string& word) {
    const std::size_t equals = word.find('=');
    const Option& option = find_name(usage, std::string_view{word}.substr(2, equals - 2));
    if (equals == std::string::npos) return take(option, word, {});
    if (option.operand.empty()) throw UsageError{word.substr(0, equals) + " takes no value"};
    take(option, word, word.substr(equals + 1));
  }

  void letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option& option = find_letter(usage, word[i]);
      const std::string written{'-', word[i]};
      if (option.operand.empty()) {
        take(option, written, {});
        continue;
      }
      return take(option, written, i + 1 < word.size() ? std::optional{word.substr(i + 1)} : std::nullopt);
    }
  }
};

}  // namespace

UsageError::UsageError(const std::string& text) : Failure{EX_USAGE, text} {}

Arguments::Arguments(const Usage& usage, const std::vector<std::string>& words) {
  Parser parser{usage, words, given_};
  bool options = true;
  while (parser.at < words.size()) {
    const std::string& word = words[parser.at++];
    if (options && word == "--")
      options = false;
    else if (options && word.starts_with("--"))
      parser.long_option(word);
    else if (options && word.size() > 1 && word.front() == '-')
      parser.letters(word);
    else
      operands_.push_back(word);
  }
  if (usage.operands.empty() && !operands_.empty())
    throw UsageError{"\"" + operands_.front() + "\" is no option, and nothing else is taken"};
}

std::optional<std::string> Arguments::value(std::string_view name) const {
  const auto at = given_.find(name);
  if (at == given_.end()) return {};
  return at->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
  const auto at = given_.find(name);
  return at == given_.end() ? std::vector<std::string>{} : at->second;
}

std::optional<std::uint32_t> Arguments::number(std::string_view name) const {
  const auto text = value(name);
  if (!text) return {};
  const auto number = parse_number<std::uint32_t>(*text);
  if (!number || *number == 0)
    throw UsageError{"--" + std::string{name} + " needs a whole number above 0, not \"" + *text + "\""};
  return number;
}

std::string help(const Usage& usage) {
  std::string page = "Usage: " + std::string{usage.program} + " [OPTION]...";
  if (!usage.operands.empty()) page.append(" ").append(usage.operands);
  page.append("\n").append(usage.about).append("\n");
  if (!usage.options.empty()) page.append("\n");
  constexpr std::size_t column = 28;
  for (const auto& option : usage.options) {
    std::string line = option.letter ? std::string{"  -"} + option.letter + ", --" : "      --";
    line.append(option.name);
    if (!option.operand.empty()) line.append("=").append(option.operand);
    line.resize(std::max(line.size() + 2, column), ' ');
    page.append(line).append(option.help).append("\n");
  }
  if (!usage.examples.empty()) page.append("\nExamples:\n").append(usage.examples);
  return page;
}

}  // namespace psherald::cli
