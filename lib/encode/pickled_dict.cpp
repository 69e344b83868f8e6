#include "encode/pickled_dict.hpp"

#include <bit>
#include <limits>

namespace psherald {
namespace {

void append_little_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 0; shift < 8 * bytes; shift += 8) out += static_cast<char>(number >> shift & 0xFF);
}
void append_big_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

template <class Number>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Number>::min() && value <= std::numeric_limits<Number>::max();
}

}  // namespace

void PickledDict::write(std::string_view text) {
  items_ += 'X';
  append_little_endian(items_, text.size(), 4);
  items_ += text;
}

void PickledDict::text(std::string_view key, std::string_view value) {
  write(key);
  write(value);
}

// In the smallest form that it fits into, as Python does.
void PickledDict::integer(std::string_view key, std::int64_t value) {
  write(key);
  const auto bits = static_cast<std::uint64_t>(value);
  if (fits<std::uint8_t>(value)) {
    items_ += 'K';
    append_little_endian(items_, bits, 1);
  } else if (fits<std::uint16_t>(value)) {
    items_ += 'M';
    append_little_endian(items_, bits, 2);
  } else if (fits<std::int32_t>(value)) {
    items_ += 'J';
    append_little_endian(items_, bits, 4);
  } else {
    items_.append(1, 'L').append(std::to_string(value)).append("L\n");
  }
}

void PickledDict::real(std::string_view key, double value) {
  write(key);
  items_ += 'G';
  append_big_endian(items_, std::bit_cast<std::uint64_t>(value), 8);
}

void PickledDict::none(std::string_view key) {
  write(key);
  items_ += 'N';
}

void PickledDict::append_frame(std::string& out) const {
  constexpr std::string_view begin = "}(", end = "u.";
  append_big_endian(out, begin.size() + items_.size() + end.size(), 4);
  out.append(begin).append(items_).append(end);
}

}  // namespace psherald
