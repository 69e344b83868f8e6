#pragma once

#include <cstdint>
#include <string_view>

namespace psherald::query {

/// FNV-1a of some texts. What is kept in stores needs one that is the same everywhere and for ever.
class StableHash {
 public:
  StableHash& add(std::string_view text) noexcept {
    for (const char c : text) step(static_cast<unsigned char>(c));
    step(0x1f);  // so that ("ab", "c") is not ("a", "bc")
    return *this;
  }
  std::uint64_t value() const noexcept { return value_; }

 private:
  void step(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3u; }
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace psherald::query
