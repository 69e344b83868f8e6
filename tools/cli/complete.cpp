#include "cli/complete.hpp"

#include <algorithm>

#include "cli/selecting.hpp"
#include "psherald/fields.hpp"

namespace psherald::cli {
namespace {

using Words = std::vector<std::string>;

bool begins(std::string_view text, std::string_view beginning) { return text.starts_with(beginning); }

void add(Words& found, std::string text, std::string_view beginning, std::string_view behind = " ") {
  if (begins(text, beginning)) found.push_back(std::move(text.append(behind)));
}

Words commands_like(const std::string& word, const std::vector<Command>& commands) {
  Words found;
  for (const auto& command : commands) add(found, std::string{command.name}, word);
  add(found, "help", word);
  return found;
}

Words options_like(const std::string& word, const Usage& usage) {
  Words found;
  for (const auto& option : usage.options)
    add(found, "--" + std::string{option.name}, word, option.operand.empty() ? " " : "=");
  add(found, "--help", word);
  return found;
}

// --format=nd, or the word behind --format.
Words operands_like(const std::string& option, const std::string& beginning, const std::string& before) {
  Words found;
  if (option == "format")
    for (const char* name : {"table", "json", "ndjson", "csv", "log"}) add(found, before + name, before + beginning);
  if (option == "fields") {
    const auto last = beginning.rfind(',') + 1;
    const auto kept = before + beginning.substr(0, last);
    for (const auto field : record_fields()) add(found, kept + print(ast::FieldRef{field}), before + beginning, "");
  }
  return found;
}

Words fields_like(const std::string& word, const std::string& behind) {
  Words found;
  for (const auto field : record_fields()) add(found, print(ast::FieldRef{field}), word, behind);
  return found;
}

// A value as the language writes it, behind its field.
std::string term_text(const ast::FieldRef& field, std::string_view sign, const std::string& value) {
  const Filter equal{{ast::Term{field, ast::Op::match, {ast::Value{ast::Text{value}}}}}, {}};
  const auto text = print(equal);
  return print(field) + std::string{sign} + text.substr(print(field).size() + 1);
}

// A term of a filter, with a sign in front or not: a field, or a value of the field that is there.
Words terms_like(const std::string& word, const Arguments& arguments) {
  Words found;
  const std::string negation = begins(word, "-") || begins(word, "!") ? word.substr(0, 1) : "";
  const auto term = word.substr(negation.size());
  const auto sign_at = term.find_first_of(":=<>!");
  if (sign_at == term.npos) {
    for (auto& field : fields_like(term, ":")) found.push_back(negation + field);
    for (const char* name : {"since", "until", "exists"}) add(found, negation + name, word, ":");
    return found;
  }
  auto value_at = term.find_first_not_of(":=<>!", sign_at);
  if (value_at == term.npos) value_at = term.size();
  const auto field = parse_field(term.substr(0, sign_at));
  if (!field || field->field == ast::Field::attribute) return found;
  const auto sign = term.substr(sign_at, value_at - sign_at);
  std::string beginning = term.substr(value_at);
  if (begins(beginning, "\"")) beginning.erase(0, 1);
  constexpr std::size_t most = 200;
  for (const auto& value : known_values(store_of(arguments), field->field, beginning, most))
    found.push_back(negation + term_text(*field, sign, value) + ' ');
  return found;
}

Words completions_of(const Words& words, const std::vector<Command>& commands) {
  const auto& word = words.back();
  if (words.size() == 1) return commands_like(word, commands);
  const auto command =
      std::find_if(commands.begin(), commands.end(), [&](const Command& one) { return one.name == words.front(); });
  if (command == commands.end()) return words.front() == "help" ? commands_like(word, commands) : Words{};
  const auto usage = command->usage();

  const auto equals = word.find('=');
  if (begins(word, "--"))
    return equals == word.npos
               ? options_like(word, usage)
               : operands_like(word.substr(2, equals - 2), word.substr(equals + 1), word.substr(0, equals + 1));
  const auto& before = words[words.size() - 2];
  for (const auto& option : usage.options)
    if (!option.operand.empty() && before == "--" + std::string{option.name})
      return operands_like(std::string{option.name}, word, "");

  const Arguments arguments{usage, {words.begin() + 1, words.end() - 1}};
  if (begins(usage.operands, "FIELD") && arguments.operands().empty()) return fields_like(word, " ");
  return begins(usage.operands, "[TEXT") || begins(usage.operands, "FIELD") ? terms_like(word, arguments) : Words{};
}

}  // namespace

std::vector<std::string> completions(const std::vector<std::string>& words, const std::vector<Command>& commands) try {
  return words.empty() ? std::vector<std::string>{} : completions_of(words, commands);
} catch (const std::exception&) {
  return {};  // somebody is typing: what is wrong will be said when the command runs
}

}  // namespace psherald::cli
