#pragma once

/// Numbers as the opcodes of a pickle have them: integers with the lowest byte first, doubles with the highest.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace psherald::pickle {

template <class Number>
Number number_at(const char* little_endian) noexcept {
  Number number;
  std::memcpy(&number, little_endian, sizeof number);
  if constexpr (std::endian::native == std::endian::big) {
    auto* bytes = reinterpret_cast<unsigned char*>(&number);
    std::reverse(bytes, bytes + sizeof number);
  }
  return number;
}

/// Of eight bytes.
inline double double_of(std::string_view big_endian) noexcept {
  std::uint64_t bits = 0;
  for (const char byte : big_endian) bits = bits << 8 | static_cast<unsigned char>(byte);
  return std::bit_cast<double>(bits);
}

}  // namespace psherald::pickle
