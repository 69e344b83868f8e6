#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace psherald::pickle {

/// Stands where something was left out.
inline constexpr std::string_view cut_mark = "<cut off>";
/// Appends text as valid UTF-8, at most `most` bytes of it; what is cut off says so.
void append_text(std::string& out, std::string_view text, std::size_t most);
/// The bytes behind the inner part of a Python 2 string literal. Source: CPython PyBytes_DecodeEscape.
void append_unescaped(std::string& out, std::string_view literal);
/// UTF-8 from Python's "raw-unicode-escape": Latin-1 with \uXXXX and \UXXXXXXXX. Surrogate pairs are joined.
void append_raw_unicode(std::string& out, std::string_view text);
/// Of a little-endian two's complement number in decimal; near a power of ten it may be one off. From the logarithm of
/// the leading bytes, so that a huge number costs nothing.
std::size_t count_digits(std::string_view little_endian);
/// The decimal digits of such a number, with its sign. Takes time with the square of its length.
void append_digits(std::string& out, std::string_view little_endian);

}  // namespace psherald::pickle
