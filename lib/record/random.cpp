#include "record/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace psherald {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count))
    throw std::system_error{errno, std::generic_category(), "the system gives no random bytes"};
  return bytes;
}

}  // namespace psherald
