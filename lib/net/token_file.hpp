#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/access.hpp"

namespace psherald::net {

struct Token {
  std::array<std::uint8_t, 32> digest{};  ///< SHA-256 of it.
  Identity identity{};

  std::string_view name() const;
};

/// @throws Error bad_config: `name`, the line and what is wrong with it.
std::vector<Token> parse_tokens(std::string_view text, const std::string& name);
/// A file that nobody but its owner may read. @throws Error bad_config
std::string read_private_file(const std::string& path);
/// The same of a file that nobody but its owner may read. @throws Error bad_config
std::vector<Token> read_token_file(const std::string& path);

}  // namespace psherald::net
