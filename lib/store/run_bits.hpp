#pragma once

#include <string>
#include <string_view>

#include "psherald/error.hpp"
#include "record/hex.hpp"

namespace psherald::store {

/// The 16 bytes of a run, or of what is written like one. @throws Error bad_record: not 32 hex digits; `what` says of
/// which it was expected
inline std::string run_bits(std::string_view text, std::string_view what) {
  constexpr std::size_t digits = 32;
  auto bits = from_hex(text);
  if (bits && text.size() == digits) return std::move(*bits);
  throw Error{Errc::bad_record,
              "\"" + std::string{text.substr(0, digits)} + "\" is no " + std::string{what} + ": 32 hex digits"};
}

}  // namespace psherald::store
