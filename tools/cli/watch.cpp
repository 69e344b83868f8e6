#include "cli/watch.hpp"

#include <algorithm>
#include <filesystem>

namespace psherald::cli {
namespace {

template <class Named>
bool has_name(const std::vector<Named>& all, const std::string& name) {
  return std::any_of(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
}

void add(WatchRules& rules, const WatchConfig& file) {
  for (const auto& receiver : file.receivers) {
    if (has_name(rules.options.receivers, receiver.name))
      throw Error{Errc::bad_config, "\"" + receiver.name + "\" is a section of " + file.file +
                                        " and a [[receiver]] of " + rules.from + "; give the receiver another name"};
    rules.options.receivers.push_back(receiver);
  }
  for (const auto& rule : file.rules) {
    if (has_name(rules.options.rules, rule.name) && rule.kind == Rule::Kind::no_data) continue;
    if (has_name(rules.options.rules, rule.name))
      throw Error{Errc::bad_config, "\"" + rule.name + "\" is a rule of " + file.file + " and of " + rules.from +
                                        "; give that one another name"};
    rules.options.rules.push_back(rule);
  }
  rules.remarks = file.remarks;
  rules.from += (rules.from.empty() ? "" : " and ") + file.file;
}

}  // namespace

std::optional<WatchRules> find_rules(const Config& config) {
  WatchRules rules;
  rules.options = config.watch;
  if (!config.watch.rules.empty()) rules.from = config.file;
  const auto file = watch_file(*config.stage);
  if (std::filesystem::exists(file)) add(rules, load_watch_config(file, config.mail_admin));
  if (rules.from.empty()) return {};
  return rules;
}

WatchRules need_rules(const Config& config) {
  if (auto rules = find_rules(config)) return *std::move(rules);
  throw Error{Errc::bad_config, "there is no " + watch_file(*config.stage) +
                                    ", and no [[rule]] in psherald.toml; write one as \"ps_neelix --help\" shows it"};
}

Messenger::Options messenger_options(const Config& config, const WatchRules& rules, Journal* journal) {
  Messenger::Options options;
  options.receivers = rules.options.receivers;
  options.mail = config.mail;
  if (journal) options.on_log = [journal](const Alert& alert) { journal->log(Level::warning, alert.subject); };
  return options;
}

std::optional<std::string> watch_lock(const LogStore& store) {
  if (store.path() == ":memory:") return {};
  return store.path() + ".watch.lock";
}

}  // namespace psherald::cli
