#include "config/settings.hpp"

namespace psherald {

std::span<const SettingEntry> setting_entries() noexcept {
  static const auto all = [] {
    std::vector<SettingEntry> entries;
    for (const auto& part : {program_settings(), mail_settings(), forward_settings(), watch_settings(),
                             receiver_settings(), rule_settings()})
      entries.insert(entries.end(), part.begin(), part.end());
    return entries;
  }();
  return all;
}

std::span<const Setting> settings() noexcept {
  static const auto plain = [] {
    std::vector<Setting> copies;
    for (const auto& entry : setting_entries()) copies.push_back(entry.setting);
    return copies;
  }();
  return plain;
}

std::string full_name(const Setting& setting) {
  if (setting.section.empty()) return std::string{setting.key};
  return std::string{setting.section}.append(".").append(setting.key);
}

}  // namespace psherald
