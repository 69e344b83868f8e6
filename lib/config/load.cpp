#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "config/nearest.hpp"
#include "config/settings.hpp"
#include "config/toml.hpp"
#include "psherald/config.hpp"

namespace psherald {
namespace {

/// What was written for a setting, and where, for messages.
struct Given {
  std::vector<std::string> texts{};
  std::string where{};
};
using GivenByName = std::map<std::string, Given>;

[[noreturn]] void fail(const std::string& where, const std::string& why) {
  throw Error{Errc::bad_config, where + ": " + why};
}

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& setting : settings()) names.push_back(full_name(setting));
  return names;
}

std::vector<std::string> known_sections() {
  std::vector<std::string> names;
  for (const auto& setting : settings())
    if (!setting.section.empty()) names.emplace_back(setting.section);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_flag(const std::string& name) {
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& setting) { return setting.type == "flag" && full_name(setting) == name; });
}

void check_key(const TomlKey& key) {
  const auto names = known_names(), sections = known_sections();
  if (key.section) {
    if (contains(sections, key.name)) return;
    fail(key.where, "unknown section \"" + key.name + "\"" + did_you_mean(key.name, sections));
  }
  if (contains(sections, key.name)) fail(key.where, "\"" + key.name + "\" is a section; write [" + key.name + "]");
  if (!contains(names, key.name)) fail(key.where, "unknown key \"" + key.name + "\"" + did_you_mean(key.name, names));
  if (is_flag(key.name) && !key.flag) fail(key.where, "\"" + key.name + "\" must be true or false");
  if (key.texts.empty() || key.flag != is_flag(key.name))
    fail(key.where, "\"" + key.name + "\" must be a text in quotes, or a list of them");
}

GivenByName given_in_file(const std::string& path) {
  GivenByName given;
  for (auto& key : read_toml(path)) {
    check_key(key);
    if (!key.section) given[key.name] = {std::move(key.texts), key.where};
  }
  return given;
}

GivenByName given_as_options(const ConfigSources& sources) {
  GivenByName given;
  const auto names = known_names();
  for (const auto& option : sources.options) {
    const std::string where = option.written.empty() ? "option " + option.setting : option.written;
    if (!contains(names, option.setting)) fail(where, "unknown setting" + did_you_mean(option.setting, names));
    given[option.setting].texts.push_back(option.text);
    given[option.setting].where = where;
  }
  return given;
}

std::string variable_of(const Setting& setting) {
  if (setting.section.empty()) return "DEV_STAGE";
  std::string name = "PSHERALD_" + full_name(setting);
  for (auto& letter : name) letter = letter == '.' ? '_' : static_cast<char>(std::toupper(letter));
  return name;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

GivenByName given_in_environment(const ConfigSources& sources) {
  GivenByName given;
  for (const auto& setting : settings()) {
    const std::string variable = variable_of(setting);
    const char* text = sources.environment ? sources.environment(variable.c_str()) : std::getenv(variable.c_str());
    if (!text || !*text) continue;
    auto texts = setting.type == "texts" ? split(text) : std::vector<std::string>{text};
    given[full_name(setting)] = {std::move(texts), variable};
  }
  return given;
}

Config stage_defaults(const Stage& stage) {
  Config config;
  config.stage = &stage;
  config.store.path = "herald.sqlite" + std::string{stage.suffix};
  config.ingest.listen = {"127.0.0.1:" + std::to_string(stage.logging_port)};
  config.web.listen = {"127.0.0.1:" + std::to_string(stage.web_port())};
  return config;
}

void apply(Config& config, const SettingEntry& entry, const Given& given) {
  const std::string name = full_name(entry.setting);
  if (entry.setting.type != "texts" && given.texts.size() != 1)
    fail(given.where, "\"" + name + "\" takes one value, and there are " + std::to_string(given.texts.size()));
  try {
    entry.apply(config, given.texts).value();
  } catch (const Error& error) {
    fail(given.where, "\"" + name + "\": " + error.what());
  }
}

/// The stage comes first: it gives the defaults of the others.
void check_stages_agree(const GivenByName& environment, const GivenByName& file) {
  const auto variable = environment.find("stage"), key = file.find("stage");
  if (variable == environment.end() || key == file.end() || variable->second.texts == key->second.texts) return;
  fail(key->second.where, "\"stage\" is " + key->second.texts.front() + ", but DEV_STAGE is " +
                              variable->second.texts.front() + "; make both the same, or remove one");
}

}  // namespace

Config load_config(const ConfigSources& sources) {
  constexpr const char* usual_file = "psherald.toml";
  const std::string file = sources.file.value_or(std::filesystem::exists(usual_file) ? usual_file : "");
  const auto options = given_as_options(sources);
  const auto environment = given_in_environment(sources);
  const auto in_file = file.empty() ? GivenByName{} : given_in_file(file);
  check_stages_agree(environment, in_file);

  Config config = stage_defaults(stage_of({}));
  for (const auto& entry : setting_entries())
    for (const auto* source : {&options, &environment, &in_file}) {
      const auto given = source->find(full_name(entry.setting));
      if (given == source->end()) continue;
      apply(config, entry, given->second);
      if (entry.setting.key == "stage") config = stage_defaults(*config.stage);
      break;
    }
  config.file = file;
  return config;
}

}  // namespace psherald
