#include "cli/identity.hpp"

#include <cstdlib>

#include "net/host_name.hpp"

namespace psherald::cli {
namespace {

std::string variable(const char* name, const std::string& otherwise = {}) {
  const char* text = std::getenv(name);
  return text && *text ? text : otherwise;
}

}  // namespace

Identity identity_of(const std::string& program) {
  return {variable("PRODUKT_ID"),        variable("SYSTEM_ID", program), variable("SUB_SYSTEM_ID", net::host_name("")),
          variable("SUB_SUB_SYSTEM_ID"), variable("USER_SPEC_1"),        variable("USER_SPEC_2")};
}

}  // namespace psherald::cli
