#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace psherald {

/// Source: FIPS 180-4, 6.2.
std::array<std::uint8_t, 32> sha256(std::string_view text);

/// The same bytes as a text, as long as `digest` lives.
inline std::string_view bytes_of(const std::array<std::uint8_t, 32>& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// The first 26 digits of RFC 4648's base32 in lower case: 130 bits.
std::string base32_digest(const std::array<std::uint8_t, 32>& digest);

}  // namespace psherald
