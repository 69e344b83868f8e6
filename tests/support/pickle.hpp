#pragma once

/// Pieces of pickles, for tests to put together. Protocol 1.

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace psherald::testing {

inline std::string little_endian(std::uint64_t number, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> 8 * i & 0xFF);
  return out;
}
inline std::string pickled(std::string_view text) { return 'X' + little_endian(text.size(), 4).append(text); }
inline std::string pickled(const char* text) { return pickled(std::string_view{text}); }
inline std::string pickled(int number) { return 'J' + little_endian(static_cast<std::uint32_t>(number), 4); }
inline std::string pickled(std::int64_t number) {
  return "\x8a\x08" + little_endian(static_cast<std::uint64_t>(number), 8);
}
inline std::string pickled(double number) {
  std::string bytes = little_endian(std::bit_cast<std::uint64_t>(number), 8);
  return 'G' + std::string{bytes.rbegin(), bytes.rend()};
}
/// One attribute, its value already pickled.
inline std::string attribute(std::string_view name, std::string_view value) { return pickled(name).append(value); }
/// A record with these attributes and the message "m".
inline std::string record_of(std::string_view attributes) {
  return "}(" + attribute("msg", pickled("m")).append(attributes) + "u.";
}
/// A record whose attribute "value" these opcodes leave on the stack.
inline std::string record_with(std::string_view value) { return record_of(attribute("value", value)); }

/// The same opcodes so many times.
inline std::string times(std::size_t count, std::string_view opcodes) {
  std::string all;
  all.reserve(count * opcodes.size());
  for (; count > 0; --count) all += opcodes;
  return all;
}

}  // namespace psherald::testing
