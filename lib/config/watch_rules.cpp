#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "config/arithmetic.hpp"
#include "config/ini.hpp"
#include "config/nearest.hpp"
#include "config/read_file.hpp"
#include "notify/mail.hpp"
#include "psherald/config.hpp"
#include "psherald/filter.hpp"

namespace psherald {
namespace {

constexpr std::chrono::hours century{24 * 36'500};

std::string_view strip(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// ps.herald's own examples put values in quotes, which Python's configparser leaves where they are.
std::string_view unquote(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'');
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// "NAME <ADDRESS>" is taken too.
std::string_view bare_address(std::string_view text) {
  text = strip(text);
  const auto open = text.rfind('<');
  if (text.ends_with('>') && open != std::string_view::npos) text = text.substr(open + 1, text.size() - open - 2);
  return text;
}

/// Reads the rules of one file.
class RulesReader {
 public:
  RulesReader(const Ini& ini, const std::vector<std::string>& admin, WatchConfig& config)
      : ini_{ini}, admin_{admin}, config_{config} {}

  void read() {
    for (const auto& section : ini_.sections()) {
      read_section(section);
      remark_on(section);
    }
    if (!waiting_.empty()) watch_the_bridge();
  }

 private:
  [[noreturn]] void fail(int line, const std::string& why) const {
    throw Error{Errc::bad_config, ini_.place(line) + why};
  }

  void read_section(const Ini::Section& section) {
    const auto text = ini_.value(section, "msg"), age = ini_.value(section, "age");
    if (!text && !age) return;
    Receiver receiver;
    receiver.name = section.name;
    receiver.mail = addresses(section);
    if (text) add_pattern(section, *text);
    if (age) {
      add_heartbeat(section, *age);
      waiting_.insert(waiting_.end(), receiver.mail.begin(), receiver.mail.end());
    }
    config_.receivers.push_back(std::move(receiver));
  }

  std::vector<std::string> addresses(const Ini::Section& section) const {
    const auto value = ini_.value(section, "mail_to");
    if (!value && admin_.empty())
      fail(section.line, "section [" + section.name +
                             "] has no MAIL_TO; add it, or write admin = \"ADDRESS\" under [mail] in psherald.toml");
    if (!value) return admin_;
    std::vector<std::string> all;
    for (std::string_view rest = unquote(value->text); !rest.empty();) {
      const auto comma = std::min(rest.find(','), rest.size());
      if (const auto address = bare_address(rest.substr(0, comma)); !address.empty()) all.emplace_back(address);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (all.empty())
      fail(value->line, "MAIL_TO of [" + section.name + "] names nobody; write ADDRESS or ADDRESS,ADDRESS");
    for (const auto& address : all)
      if (!notify::is_address(address))
        fail(value->line,
             "\"" + address + "\" in MAIL_TO of [" + section.name + "] is no mail address; write NAME@HOST");
    return all;
  }

  void add_pattern(const Ini::Section& section, const Ini::Value& value) {
    const std::string text{unquote(value.text)};
    if (text.empty())
      fail(value.line, "MSG of [" + section.name + "] is empty; write the text to look for, or remove it");
    Rule rule = rule_of(section, "pattern", written("MSG", value));
    rule.kind = Rule::Kind::pattern;
    rule.condition = print(term(ast::Field::message, ast::Op::match, text));
    add(std::move(rule));
  }

  void add_heartbeat(const Ini::Section& section, const Ini::Value& value) {
    const auto seconds = parse_arithmetic(unquote(value.text));
    if (!seconds) fail(value.line, "AGE of [" + section.name + "]: " + seconds.error().text);
    if (*seconds < 1 || *seconds > std::chrono::seconds{century}.count())
      fail(value.line, "AGE of [" + section.name + "] is " + std::to_string(*seconds) +
                           " seconds; it must be between 1 second and 36500 days");
    const auto age = std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>{*seconds});
    Rule rule = rule_of(section, "heartbeat", written("AGE", value));
    rule.kind = Rule::Kind::heartbeat;
    rule.condition = print_duration(age);
    rule.by = {"system"};
    add(std::move(rule));
  }

  static Filter term(ast::Field field, ast::Op op, const std::string& text) {
    Filter filter;
    filter.root.is = ast::Term{{field, {}}, op, {ast::Text{text}}};
    return filter;
  }

  static std::string print_duration(std::chrono::microseconds age) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(age);
    const auto rest = age - whole;
    std::string text = std::to_string(whole.count()) + "s";
    if (rest.count() > 0) text = std::to_string(age.count()) + "us";
    return text;
  }

  static Rule rule_of(const Ini::Section& section, const std::string& kind, std::string written) {
    Rule rule;
    rule.name = section.name + " " + kind;
    rule.where = print(term(ast::Field::system, ast::Op::equal, section.name));
    rule.notify = {section.name};
    rule.written = std::move(written);
    rule.system = section.name;
    return rule;
  }

  /// Who waits for a system has to hear that the bridge is away, since then nobody can say whether the system is.
  void watch_the_bridge() {
    auto mail = admin_.empty() ? waiting_ : admin_;
    std::sort(mail.begin(), mail.end());
    mail.erase(std::unique(mail.begin(), mail.end()), mail.end());
    const std::string name = "[mail] admin";  // no section can be called so
    Rule rule;
    rule.name = "no data";
    rule.kind = Rule::Kind::no_data;
    rule.condition = "2m";
    rule.notify = {name};
    rule.written = "no bridge for 2 minutes";
    rule.system = "bridge";
    add(std::move(rule));
    Receiver receiver;
    receiver.name = name;
    receiver.mail = std::move(mail);
    config_.receivers.push_back(std::move(receiver));
  }

  std::string written(const std::string& key, const Ini::Value& value) const {
    return key + " = " + value.text + " (" + config_.file + ", line " + std::to_string(value.line) + ")";
  }

  void add(Rule rule) { config_.rules.push_back(std::move(rule)); }

  void remark_on(const Ini::Section& section) {
    static const std::vector<std::string> keys{"mail_to", "msg", "age"};
    for (const auto& [key, value] : section.values)
      if (const auto meant = did_you_mean(key, keys); !meant.empty() && !std::count(keys.begin(), keys.end(), key))
        config_.remarks.push_back(ini_.place(value.line) + "nobody reads \"" + key + "\"" + meant);
  }

  const Ini& ini_;
  const std::vector<std::string>& admin_;
  WatchConfig& config_;
  std::vector<std::string> waiting_;  // addresses that a heartbeat's end would be told to
};

}  // namespace

std::string watch_file(const Stage& stage, const std::function<const char*(const char*)>& environment) {
  constexpr const char* variable = "BASIC_CONFIGFILE_DIR";
  std::string name = "ps_neelix" + std::string{stage.suffix} + ".cfg";
  const char* folder = environment ? environment(variable) : std::getenv(variable);
  if (!folder || !*folder) return name;
  struct stat status;
  if (::stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
    throw Error{Errc::bad_config,
                std::string{variable} + ": \"" + folder + "\" is no directory; " + name + " is sought there"};
  return std::string{folder} + "/" + name;
}

WatchConfig load_watch_config(const std::string& file, const std::vector<std::string>& admin) {
  WatchConfig config;
  config.file = file;
  const Ini ini{file, read_file(file)};
  RulesReader{ini, admin, config}.read();
  return config;
}

}  // namespace psherald
