#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace psherald::pickle {

/// The bytes behind the inner part of a Python 2 string literal. Source: CPython PyBytes_DecodeEscape.
void append_unescaped(std::string& out, std::string_view literal);
/// UTF-8 from Python's "raw-unicode-escape": Latin-1 with \uXXXX and \UXXXXXXXX. Surrogate pairs are joined.
void append_raw_unicode(std::string& out, std::string_view text);
/// Decimal digits of a little-endian two's complement number, or `<int of N digits>` when there are more than `most`.
void append_digits(std::string& out, std::string_view little_endian, std::size_t most);

}  // namespace psherald::pickle
