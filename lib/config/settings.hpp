#pragma once

#include <span>
#include <string>
#include <vector>

#include "psherald/config.hpp"

namespace psherald {

/// A setting, and what it does: puts what was written for it, at least one text, into the Config; of a repeated section
/// into the last of its elements. A Fault says what is wrong with the texts; who calls knows where they stand.
struct SettingEntry {
  Setting setting;
  Result<void> (*apply)(Config& config, const std::vector<std::string>& texts);
};
std::span<const SettingEntry> setting_entries() noexcept;

/// "bridge.listen", or "stage" for what stands in no section.
std::string full_name(const Setting& setting);

}  // namespace psherald
