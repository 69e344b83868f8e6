#pragma once

#include <string>
#include <string_view>

#include "record/hex.hpp"
#include "record/sha256.hpp"

namespace psherald::notify {

/// In lower-case hexadecimal digits. Source: RFC 2104.
inline std::string hmac_sha256(std::string_view secret, std::string_view text) {
  constexpr std::size_t block = 64;
  std::string key{secret};
  if (key.size() > block) {
    const auto digest = sha256(secret);
    key = bytes_of(digest);
  }
  key.resize(block, '\0');
  std::string inner = key, outer = key;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  const auto first = sha256(inner.append(text));
  const auto last = sha256(outer.append(bytes_of(first)));
  return to_hex(bytes_of(last));
}

}  // namespace psherald::notify
