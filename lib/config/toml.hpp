#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace psherald {

/// A key of a TOML file with what was written for it. Whether there is such a setting is for others to judge.
struct TomlKey {
  std::size_t element = 0;  ///< Which [[section]] of this name it is in, from 1; 0: in none, or in a [section].
  std::string name{};       ///< "bridge.listen"; of a section's own line: "bridge".
  std::string where{};      ///< "psherald.toml:3:1"
  bool section = false;     ///< The line of a section, which has no texts.
  bool list = false;        ///< A list, which may be empty.
  bool flag = false;        ///< true or false, without quotes; the text says which.
  std::vector<std::string>
      texts{};  ///< Numbers as text too. Empty when it is neither text nor number nor flag nor a list.
};
/// All but the section `but`. @throws Error bad_config: not to be read, or no TOML; names file, line and column.
std::vector<TomlKey> read_toml(const std::string& path, const std::string& but = {});

/// A section that may come several times and holds more than texts, once.
struct TomlTable {
  std::string where{};          ///< "psherald.toml:3:1"
  std::vector<TomlKey> keys{};  ///< Its own, without its name before theirs. Tables have no texts;
  std::string json{};           ///< here is all of it.
};
/// @throws Error bad_config: as read_toml(), and where it is no [[name]]
std::vector<TomlTable> read_toml_tables(const std::string& path, const std::string& name);

}  // namespace psherald
