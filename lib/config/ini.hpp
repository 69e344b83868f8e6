#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/result.hpp"

namespace psherald {

/// An INI file as Python's configparser reads it: `key = value` or `key: value`, keys in any case, values that go on in
/// lines that are indented further, comment lines that begin with # or ;, a section [DEFAULT] whose keys all others
/// have. A section or key that stands there twice is an error.
/// Source: CPython Lib/configparser.py, RawConfigParser._read, BasicInterpolation.
class Ini {
 public:
  struct Value {
    std::string text{};
    int line = 0;  ///< Where the key stands.
  };
  struct Section {
    std::string name{};
    int line = 0;
    std::map<std::string, Value, std::less<>> values{};  ///< By key in lower case.
  };

  /// `name` is the file's, for messages. @throws Error bad_config: "FILE:LINE: what, and what to do".
  Ini(std::string name, std::string_view text);

  /// In the order of the file, without [DEFAULT].
  const std::vector<Section>& sections() const noexcept { return sections_; }
  /// The section's own value, or that of [DEFAULT], with %(other)s replaced by that key's value and %% by %.
  /// @throws Error bad_config
  std::optional<Value> value(const Section& section, std::string_view key) const;
  /// "FILE:LINE: "
  std::string place(int line) const { return name_ + ":" + std::to_string(line) + ": "; }

 private:
  const Value* find(const Section& section, std::string_view key) const;
  /// What one value may be made of: a value that refers to others, and these to others, could have no end.
  struct Budget {
    int keys = 1'000;
    std::size_t bytes = std::size_t{1} << 20;
  };
  void interpolate(const Section& section, const Value& value, int depth, Budget& budget, std::string& out) const;

  std::string name_;
  Section defaults_;
  std::vector<Section> sections_;
};

}  // namespace psherald
