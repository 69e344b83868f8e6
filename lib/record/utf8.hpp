#pragma once

#include <string>
#include <string_view>

namespace psherald {

/// Whether all of it is UTF-8 as RFC 3629 says: no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;
/// Appends the text with every ill-formed sequence replaced by one U+FFFD (Unicode 15, 3.9: maximal subparts), so a
/// lone surrogate that Python wrote with "surrogatepass" becomes one too.
void append_utf8(std::string& out, std::string_view text);
/// Appends one code point; U+FFFD for what is none.
void append_code_point(std::string& out, char32_t code_point);
/// The longest beginning of at most `bytes` bytes that does not cut a code point in two.
std::string_view cut_utf8(std::string_view text, std::size_t bytes) noexcept;

}  // namespace psherald
