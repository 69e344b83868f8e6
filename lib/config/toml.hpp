#pragma once

#include <string>
#include <vector>

namespace psherald {

/// A key of a TOML file with what was written for it. Whether there is such a setting is for others to judge.
struct TomlKey {
  std::string name{};    ///< "bridge.listen"; of a section's own line: "bridge".
  std::string where{};   ///< "psherald.toml:3:1"
  bool section = false;  ///< The line of a section, which has no texts.
  bool flag = false;     ///< true or false, without quotes; the text says which.
  std::vector<std::string>
      texts{};  ///< Numbers as text too. Empty when it is neither text nor number nor flag nor a list.
};
/// @throws Error bad_config: not to be read, or no TOML; names file, line and column.
std::vector<TomlKey> read_toml(const std::string& path);

}  // namespace psherald
