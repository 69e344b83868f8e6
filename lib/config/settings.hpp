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
/// Of all sections, in the order of docs/configuration.md; and what they are made of.
std::span<const SettingEntry> setting_entries() noexcept;
std::span<const SettingEntry> program_settings() noexcept;  ///< [store] to [retention]
std::span<const SettingEntry> mail_settings() noexcept;
std::span<const SettingEntry> forward_settings() noexcept;
std::span<const SettingEntry> watch_settings() noexcept;  ///< [watch] and [redact]
std::span<const SettingEntry> receiver_settings() noexcept;
std::span<const SettingEntry> rule_settings() noexcept;  ///< [[rule]] and [[maintenance]]

/// "bridge.listen", or "stage" for what stands in no section.
std::string full_name(const Setting& setting);

}  // namespace psherald
