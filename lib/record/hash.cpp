#include <random>

#include "psherald/record.hpp"

namespace psherald::detail {

std::uint64_t hash_secret() noexcept {
  static const std::uint64_t secret = [] {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }();
  return secret;
}

}  // namespace psherald::detail
