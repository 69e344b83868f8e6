#pragma once

#include <string>

namespace psherald::cli {

/// The six names that ps.basic takes from the environment. Empty: not set.
struct Identity {
  std::string produkt_id, system_id, sub_system_id, sub_sub_system_id, user_spec_1, user_spec_2;
};
/// The environment's names; where it has none, `system_id` is the program and `sub_system_id` this machine.
Identity identity_of(const std::string& program);

}  // namespace psherald::cli
