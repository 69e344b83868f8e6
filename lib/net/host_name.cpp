#include "net/host_name.hpp"

#include <unistd.h>

#include <array>

#include "record/utf8.hpp"

namespace psherald::net {

std::string host_name(std::string otherwise) {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name.front() == 0) return otherwise;
  std::string text;
  append_utf8(text, name.data());
  return text;
}

}  // namespace psherald::net
