#include "cli/identity.hpp"

#include <unistd.h>

#include <array>
#include <cstdlib>

namespace psherald::cli {
namespace {

std::string variable(const char* name, const std::string& otherwise = {}) {
  const char* text = std::getenv(name);
  return text && *text ? text : otherwise;
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

Identity identity_of(const std::string& program) {
  return {variable("PRODUKT_ID"),        variable("SYSTEM_ID", program), variable("SUB_SYSTEM_ID", host_name()),
          variable("SUB_SUB_SYSTEM_ID"), variable("USER_SPEC_1"),        variable("USER_SPEC_2")};
}

}  // namespace psherald::cli
