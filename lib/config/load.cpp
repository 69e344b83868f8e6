#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

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
/// A section that may come several times, once.
struct GivenElement {
  std::string where{};
  GivenByName keys{};
};
struct GivenInFile {
  GivenByName once{};
  std::vector<RuleTest> tests{};
  std::map<std::string, std::vector<GivenElement>> repeated{};  // by section
};

[[noreturn]] void fail(const std::string& where, const std::string& why) {
  throw Error{Errc::bad_config, where + ": " + why};
}

constexpr const char* section_of_tests = "test";

std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (const auto& setting : settings()) names.push_back(full_name(setting));
  return names;
}

/// Those that options and variables reach.
std::vector<std::string> names_of_one_value() {
  std::vector<std::string> names;
  for (const auto& setting : settings())
    if (!setting.repeated) names.push_back(full_name(setting));
  return names;
}

std::vector<std::string> known_sections() {
  std::vector<std::string> names;
  for (const auto& setting : settings())
    if (!setting.section.empty()) names.emplace_back(setting.section);
  return names;
}

bool is_repeated(std::string_view section) {
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& setting) { return setting.repeated && setting.section == section; });
}

std::string header_of(const std::string& section) {
  return is_repeated(section) ? "[[" + section + "]]" : "[" + section + "]";
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_flag(const std::string& name) {
  return std::any_of(settings().begin(), settings().end(),
                     [&](const Setting& setting) { return setting.type == "flag" && full_name(setting) == name; });
}

/// Settings of which none at all is something to say.
bool may_be_empty(const std::string& name) { return name.starts_with("rule.") || name.starts_with("watch."); }

void check_key(const TomlKey& key) {
  const auto names = known_names(), sections = known_sections();
  if (key.section && !contains(sections, key.name)) {
    auto all = sections;
    all.emplace_back(section_of_tests);
    fail(key.where, "unknown section \"" + key.name + "\"" + did_you_mean(key.name, all));
  }
  if (key.section && is_repeated(key.name) == (key.element > 0)) return;
  if (contains(sections, key.name)) fail(key.where, "\"" + key.name + "\" is a section; write " + header_of(key.name));
  if (!contains(names, key.name)) fail(key.where, "unknown key \"" + key.name + "\"" + did_you_mean(key.name, names));
  if (key.list && key.texts.empty() && may_be_empty(key.name)) return;
  if (is_flag(key.name) && !key.flag) fail(key.where, "\"" + key.name + "\" must be true or false");
  if (key.texts.empty() || key.flag != is_flag(key.name))
    fail(key.where, "\"" + key.name + "\" must be a text in quotes, or a list of them");
}

std::vector<RuleTest> tests_in_file(const std::string& path) {
  static const std::vector<std::string> known{"name", "rules", "events", "expect", "messages", "end"};
  std::vector<RuleTest> tests;
  for (auto& table : read_toml_tables(path, section_of_tests)) {
    RuleTest test{{}, {}, std::move(table.where), std::move(table.json)};
    for (const auto& key : table.keys) {
      if (!contains(known, key.name))
        fail(key.where, "unknown key \"" + key.name + "\" of a [[test]]" + did_you_mean(key.name, known));
      if (key.name == "name" && !key.texts.empty()) test.name = key.texts.front();
      if (key.name == "rules") test.rules = key.texts;
    }
    tests.push_back(std::move(test));
  }
  return tests;
}

GivenInFile given_in_file(const std::string& path) {
  GivenInFile given;
  given.tests = tests_in_file(path);
  for (auto& key : read_toml(path, section_of_tests)) {
    const std::string section = key.name.substr(0, key.name.find('.'));
    check_key(key);
    if (key.section && key.element > 0) given.repeated[section].push_back({key.where, {}});
    auto& keys = key.element > 0 ? given.repeated[section].back().keys : given.once;
    if (!key.section) keys[key.name] = {std::move(key.texts), key.where};
  }
  return given;
}

GivenByName given_as_options(const ConfigSources& sources) {
  GivenByName given;
  const auto names = names_of_one_value();
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
    if (setting.repeated) continue;
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

/// Half of what the store may take on the disk: beside the records that wait there are others, and all that is written
/// about them.
std::uint64_t default_backlog(const Config& config) {
  const auto usual = Forwarder::Options{}.max_backlog_bytes;
  return config.max_size ? std::min(usual, *config.max_size / 2) : usual;
}

/// To the last element of its section.
void apply_all(Config& config, const GivenElement& given) {
  for (const auto& entry : setting_entries())
    if (const auto key = given.keys.find(full_name(entry.setting)); entry.setting.repeated && key != given.keys.end())
      apply(config, entry, key->second);
}

void add_destination(Config& config, GivenElement& given) {
  const auto to = given.keys.find("forward.to");
  if (to == given.keys.end()) fail(given.where, "[[forward]] needs \"to\": where the records go");
  given.keys.try_emplace("forward.name", to->second);  // one that is given no name is called by its URL
  config.forward.emplace_back().max_backlog_bytes = default_backlog(config);
  apply_all(config, given);
}

void add_destinations(Config& config, std::vector<GivenElement>& given) {
  std::map<std::string, std::string> places;  // where each name stands
  for (auto& element : given) {
    add_destination(config, element);
    const auto& name = config.forward.back().name;
    const auto& where = element.keys.at("forward.name").where;
    if (const auto known = places.try_emplace(name, where); !known.second)
      fail(where, "\"forward.name\": \"" + name + "\" is the name of another destination: " + known.first->second);
  }
}

// ---- what is watched

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "\"" : ", \"") + name + "\"";
  return all;
}

/// Each name once, with the place where it stands.
class Names {
 public:
  explicit Names(std::string what) : what_{std::move(what)} {}
  void add(const std::string& name, const GivenElement& given) {
    const auto key = given.keys.find(what_ + ".name");
    if (name.empty()) fail(given.where, "[[" + what_ + "]] needs a \"name\"");
    const auto known = places_.try_emplace(name, given.where);
    if (!known.second)
      fail(key->second.where, "\"" + name + "\" is the name of another " + what_ + ": " + known.first->second);
  }
  /// The name of one that is not written.
  void add_own(const std::string& name) {
    if (const auto known = places_.try_emplace(name); !known.second)
      fail(known.first->second, "\"" + name + "\" is the name of a " + what_ + " that is always there; choose another");
  }
  /// These must be among them.
  void check(const std::vector<std::string>& names, const std::string& where, const std::string& key) const {
    for (const auto& name : names) {
      if (places_.contains(name)) continue;
      std::vector<std::string> all;
      for (const auto& [known, place] : places_) all.push_back(known);
      fail(where, "\"" + key + "\": there is no [[" + what_ + "]] \"" + name + "\"" + did_you_mean(name, all));
    }
  }

 private:
  std::string what_;
  std::map<std::string, std::string> places_{};
};

void add_receivers(Config& config, std::vector<GivenElement>& given, Names& names) {
  for (const auto& element : given) {
    config.watch.receivers.emplace_back();
    apply_all(config, element);
    const auto& receiver = config.watch.receivers.back();
    names.add(receiver.name, element);
    if (receiver.mail.empty() && receiver.webhook.empty() && receiver.command.empty() && receiver.syslog.empty() &&
        !receiver.log)
      fail(element.where,
           "receiver \"" + receiver.name + "\" has no way to be told; write mail, webhook, command, syslog or log");
  }
}

/// Of which a rule has exactly one.
const std::vector<std::string> kinds{"heartbeat", "pattern", "rate", "first_seen", "lag", "disk", "gap"};

void check_kind(const GivenElement& element) {
  std::vector<std::string> found;
  for (const auto& kind : kinds)
    if (element.keys.contains("rule." + kind)) found.push_back(kind);
  if (found.size() == 1) return;
  if (found.empty()) fail(element.where, "[[rule]] needs one of " + joined(kinds) + ": what it looks for");
  fail(element.where, "a rule looks for one thing, and here are " + joined(found) + "; make a rule of each");
}

std::string place_of_rule(const GivenElement& element) {
  for (const auto& kind : kinds)
    if (const auto key = element.keys.find("rule." + kind); key != element.keys.end()) return key->second.where;
  return element.where;
}

void add_rules(Config& config, std::vector<GivenElement>& given, const Names& receivers, Names& names) {
  for (const auto& element : given) {
    config.watch.rules.emplace_back();
    check_kind(element);
    apply_all(config, element);
    auto& rule = config.watch.rules.back();
    names.add(rule.name, element);
    if (rule.notify.empty()) rule.notify = config.watch_notify;
    if (rule.notify.empty())
      fail(element.where, "rule \"" + rule.name + "\" has nobody to tell; write notify, or notify under [watch]");
    receivers.check(rule.notify, element.where, "rule.notify");
    receivers.check(rule.escalate, element.where, "rule.escalate");
    if (const auto checked = check_rule(rule); !checked)
      fail(place_of_rule(element), "rule \"" + rule.name + "\": " + checked.error().text);
    rule.written = element.where;
  }
  for (std::size_t i = 0; i < given.size(); ++i)
    names.check(config.watch.rules[i].hushes, given[i].where, "rule.hushes");
}

void add_maintenance(Config& config, std::vector<GivenElement>& given, const Names& rules) {
  Names names{"maintenance"};
  for (const auto& element : given) {
    config.watch.maintenance.emplace_back();
    apply_all(config, element);
    const auto& window = config.watch.maintenance.back();
    names.add(window.name, element);
    rules.check(window.rules, element.where, "maintenance.rules");
    if (const auto checked = check_maintenance(window); !checked)
      fail(element.where, "maintenance \"" + window.name + "\": " + checked.error().text);
  }
}

/// Who waits for something has to hear that the bridge is away, since then nobody can say whether it is there.
void watch_the_bridge(Config& config, Names& names) {
  if (config.watch.rules.empty() || config.watch_nodata.empty()) return;
  Rule rule;
  rule.name = "no data";
  names.add_own(rule.name);
  rule.kind = Rule::Kind::no_data;
  rule.condition = config.watch_nodata;
  rule.remind.emplace();
  rule.notify = config.watch_notify;
  if (rule.notify.empty())
    for (const auto& other : config.watch.rules)
      for (const auto& name : other.notify)
        if (!contains(rule.notify, name)) rule.notify.push_back(name);
  config.watch.rules.push_back(std::move(rule));
}

void add_watch(Config& config, GivenInFile& given) {
  Names receivers{"receiver"}, rules{"rule"};
  add_receivers(config, given.repeated["receiver"], receivers);
  receivers.check(config.watch_notify, "[watch]", "watch.notify");
  add_rules(config, given.repeated["rule"], receivers, rules);
  watch_the_bridge(config, rules);
  add_maintenance(config, given.repeated["maintenance"], rules);
  std::set<std::string> tests;
  for (auto& test : given.tests) {
    if (test.name.empty() || !tests.insert(test.name).second)
      fail(test.where, test.name.empty() ? "[[test]] needs a \"name\"" : "there is another test \"" + test.name + "\"");
    rules.check(test.rules, test.where, "test.rules");
    config.tests.push_back(std::move(test));
  }
}

}  // namespace

Config load_config(const ConfigSources& sources) {
  constexpr const char* usual_file = "psherald.toml";
  const std::string file = sources.file.value_or(std::filesystem::exists(usual_file) ? usual_file : "");
  const auto options = given_as_options(sources);
  const auto environment = given_in_environment(sources);
  auto in_file = file.empty() ? GivenInFile{} : given_in_file(file);
  check_stages_agree(environment, in_file.once);

  Config config = stage_defaults(stage_of({}));
  for (const auto& entry : setting_entries())
    for (const GivenByName* source : std::initializer_list<const GivenByName*>{&options, &environment, &in_file.once}) {
      const auto given = source->find(full_name(entry.setting));
      if (given == source->end()) continue;
      apply(config, entry, given->second);
      if (entry.setting.key == "stage") config = stage_defaults(*config.stage);
      break;
    }
  add_destinations(config, in_file.repeated["forward"]);
  add_watch(config, in_file);
  config.file = file;
  return config;
}

Forwarder::Options destination_of(const Config& config, const std::string& url, const std::string& name) {
  Config alone;
  alone.forward.emplace_back().max_backlog_bytes = default_backlog(config);
  for (const auto& entry : setting_entries()) {
    if (entry.setting.section != "forward") continue;
    if (entry.setting.key == "to") entry.apply(alone, {url}).value();
    if (entry.setting.key == "name") entry.apply(alone, {name}).value();
  }
  return alone.forward.front();
}

}  // namespace psherald
