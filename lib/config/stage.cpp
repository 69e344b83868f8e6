#include <array>
#include <string>

#include "psherald/config.hpp"

namespace psherald {
namespace {

constexpr std::array<Stage, 4> all{{{"TESTING", "_t", 9010, 9011},
                                    {"DEVELOPMENT", "_d", 9020, 9019},
                                    {"INTEGRATION", "_i", 9022, 9018},
                                    {"PRODUCTION", "", 9024, 9017}}};
constexpr const Stage& unset = all[1];

}  // namespace

std::span<const Stage> stages() noexcept { return all; }

const Stage& stage_of(std::string_view name) {
  if (name.empty()) return unset;
  for (const auto& stage : all)
    if (stage.name == name) return stage;
  throw Error{Errc::bad_config, "there is no stage \"" + std::string{name} +
                                    "\"; the stages are TESTING, DEVELOPMENT, INTEGRATION and PRODUCTION"};
}

}  // namespace psherald
