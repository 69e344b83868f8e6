#pragma once

/// Numbers as bytes, small ones in few of them: for the BLOBs of watch_key.

#include <cstdint>
#include <string>
#include <string_view>

namespace psherald::watch {

class Packer {
 public:
  void add(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) bytes_ += static_cast<char>(number | 0x80);
    bytes_ += static_cast<char>(number);
  }
  void add_byte(std::uint8_t byte) { bytes_ += static_cast<char>(byte); }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_{};
};

/// Of what is cut off the rest is zeros.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : bytes_{bytes} {}
  std::uint64_t number() {
    std::uint64_t number = 0;
    for (int shift = 0; !bytes_.empty() && shift < 64; shift += 7) {
      const auto byte = this->byte();
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return number;
  }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }
  bool done() const noexcept { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace psherald::watch
