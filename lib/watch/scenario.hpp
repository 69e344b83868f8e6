#pragma once

/// Lives through a day in no time: a store of its own, a bridge, systems that send, clocks that are set, a watchdog
/// that is killed, and what everybody has to hear of it. docs/alerting.md describes the form, as it stands in [[test]].

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/watchdog.hpp"

namespace psherald::watch {

struct ScenarioResult {
  std::string name{};
  std::vector<std::string> differences{};  ///< From what was expected, a sentence each. Empty: it passes.
};
/// `json` is one scenario. `load` turns the text of a psherald.toml into options; what it throws is a wrong file.
/// @throws Error bad_config: no scenario
ScenarioResult run_scenario(std::string_view json,
                            const std::function<Watchdog::Options(const std::string& toml)>& load);

}  // namespace psherald::watch
