#include "config/ini.hpp"

#include <algorithm>

#include "record/utf8.hpp"

namespace psherald {
namespace {

constexpr std::string_view blank = " \t\r\f\v";

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& letter : result)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return result;
}

/// Walks over the lines, and knows what a line that is indented further belongs to.
class Reader {
 public:
  Reader(const std::string& name, Ini::Section& defaults, std::vector<Ini::Section>& sections)
      : name_{name}, defaults_{defaults}, sections_{sections} {}

  void line(std::string_view line) {
    ++number_;
    const auto text = strip(line);
    if (text.empty()) {
      if (value_) value_->text += '\n';
      return;
    }
    if (text.front() == '#' || text.front() == ';') return;
    const std::size_t indent = line.find_first_not_of(blank);
    if (value_ && indent > indent_) {
      value_->text.append("\n").append(text);
      return;
    }
    indent_ = indent;
    if (text.front() == '[' && text.find(']') > 1 && text.find(']') != std::string_view::npos)
      begin_section(std::string{text.substr(1, text.find(']') - 1)});
    else
      begin_value(text);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error{Errc::bad_config, name_ + ":" + std::to_string(number_) + ": " + why};
  }

  void begin_section(const std::string& name) {
    value_ = nullptr;
    section_ = &defaults_;
    if (name == defaults_.name) return;
    for (const auto& section : sections_)
      if (section.name == name)
        fail("section [" + name + "] stands in line " + std::to_string(section.line) + " already; make them one");
    section_ = &sections_.emplace_back(Ini::Section{name, number_, {}});
  }

  void begin_value(std::string_view text) {
    if (!section_) fail("this line comes before the first [section]; name the system it is for: [SYSTEM_ID]");
    const std::size_t sign = text.find_first_of("=:");
    if (sign == std::string_view::npos)
      fail("this is neither [section] nor KEY = VALUE; write one of them, or begin the line with #");
    const std::string key = lower(strip(text.substr(0, sign)));
    if (key.empty()) fail("there is no key in front of " + std::string{text.substr(sign, 1)});
    const auto [at, is_new] = section_->values.try_emplace(key);
    if (!is_new)
      fail("\"" + key + "\" stands in line " + std::to_string(at->second.line) +
           " of this section already; remove one of them");
    value_ = &at->second;
    value_->line = number_;
    value_->text = strip(text.substr(sign + 1));
  }

  const std::string& name_;
  Ini::Section& defaults_;
  std::vector<Ini::Section>& sections_;
  Ini::Section* section_ = nullptr;  // good until the next one begins
  Ini::Value* value_ = nullptr;      // the same
  std::size_t indent_ = 0;
  int number_ = 0;
};

void check_text(const std::string& name, std::string_view text) {
  constexpr std::size_t longest = std::size_t{1} << 20;
  if (text.size() > longest)
    throw Error{Errc::bad_config, name + ": it is larger than 1 MiB, which no list of rules is"};
  for (int line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto part = text.substr(0, end);
    if (!is_utf8(part) || part.find('\0') != std::string_view::npos)
      throw Error{Errc::bad_config, name + ":" + std::to_string(line) +
                                        ": this line is no UTF-8 text; save the file as "
                                        "UTF-8"};
    text.remove_prefix(end);
  }
}

}  // namespace

Ini::Ini(std::string name, std::string_view text) : name_{std::move(name)}, defaults_{"DEFAULT", 0, {}} {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  check_text(name_, text);
  if (text.substr(0, byte_order_mark.size()) == byte_order_mark) text.remove_prefix(byte_order_mark.size());
  Reader reader{name_, defaults_, sections_};
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

const Ini::Value* Ini::find(const Section& section, std::string_view key) const {
  for (const auto* values : {&section.values, &defaults_.values})
    if (const auto at = values->find(key); at != values->end()) return &at->second;
  return nullptr;
}

std::optional<Ini::Value> Ini::value(const Section& section, std::string_view key) const {
  const auto* found = find(section, key);
  if (!found) return {};
  Value value{{}, found->line};
  Budget budget;
  interpolate(section, *found, 0, budget, value.text);
  const auto last = value.text.find_last_not_of("\n \t\r\f\v");
  value.text.erase(last == std::string::npos ? 0 : last + 1);
  return value;
}

void Ini::interpolate(const Section& section, const Value& value, int depth, Budget& budget, std::string& out) const {
  constexpr int max_depth = 10;
  const auto fail = [&](const std::string& why) { throw Error{Errc::bad_config, place(value.line) + why}; };
  if (depth > max_depth || --budget.keys < 0) fail("its %(...)s lead to each other, or to too many keys");
  std::string_view rest = value.text;
  for (auto sign = rest.find('%'); sign != std::string_view::npos; sign = rest.find('%')) {
    out += rest.substr(0, sign);
    rest.remove_prefix(sign + 1);
    if (rest.substr(0, 1) == "%") {
      out += '%';
      rest.remove_prefix(1);
      continue;
    }
    const auto end = rest.find(")s");
    if (rest.substr(0, 1) != "(" || end == std::string_view::npos) fail("a percent sign has to be written twice: %%");
    const std::string key = lower(rest.substr(1, end - 1));
    const auto* other = find(section, key);
    if (!other) fail("%(" + key + ")s names a key that is not there; a percent sign itself is written %%");
    interpolate(section, *other, depth + 1, budget, out);
    rest.remove_prefix(end + 2);
  }
  out += rest;
  if (out.size() > budget.bytes) fail("its %(...)s make it longer than 1 MiB");
}

}  // namespace psherald
