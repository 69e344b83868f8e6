#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/forwarder.hpp"
#include "psherald/ingestor.hpp"
#include "psherald/log_store.hpp"
#include "psherald/notifier.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/watchdog.hpp"
#include "psherald/web.hpp"

namespace psherald {

/// One of the four stages of ps.basic, with its names and ports. DEV_STAGE picks it.
struct Stage {
  std::string_view name;       ///< "DEVELOPMENT"
  std::string_view suffix;     ///< "_d": at the end of every file name of the stage.
  std::uint16_t logging_port;  ///< The bridge listens there.
  std::uint16_t bridge_port;   ///< Where ps_bridge -b forwards to.
  std::uint16_t web_port() const noexcept { return static_cast<std::uint16_t>(logging_port + 1); }
};

/// All four, in the order TESTING, DEVELOPMENT, INTEGRATION, PRODUCTION.
std::span<const Stage> stages() noexcept;
/// Empty is DEVELOPMENT. @throws Error bad_config: unknown; the message lists the four.
const Stage& stage_of(std::string_view name);

/// What is said of an address where the page would be open to other machines while nothing says who may read it, and
/// what to do.
inline constexpr const char* unguarded_page =
    " would open the page to everybody who reaches it; say who may read it: make a token with `psherald token create "
    "NAME --role viewer --file tokens`, and write tokens = \"tokens\" below [web] in psherald.toml";

/// One setting of psherald.toml. The same table makes the reader, its error messages and docs/configuration.md.
struct Setting {
  std::string_view section, key;
  std::string_view type;  ///< "text", "texts", "size" ("64M"), "duration" ("30d"), "number" (0.5), "flag" (true)
  std::string_view default_text;
  std::string_view help;  ///< One sentence.
  /// Its section may come several times, as [[forward]]: then neither options nor variables reach it.
  bool repeated = false;
};
std::span<const Setting> settings() noexcept;

/// A [[test]]: records and other events, and what receivers have to be told of them. `psherald check` runs it.
struct RuleTest {
  std::string name{};
  std::vector<std::string> rules{};  ///< Names of those that it is about. Empty: all.
  std::string where{};               ///< "psherald.toml:30:1"
  std::string json{};                ///< All of it, as docs/alerting.md describes it.
};

/// All that the programs need to know, each component's part as its own Options.
struct Config {
  const Stage* stage = nullptr;
  std::string file{};  ///< The psherald.toml that was read; empty when there was none.
  LogStore::Options store{};
  QueuedSink::Options queue{};
  Ingestor::Options ingest{};
  WebServer::Options web{};
  WebApp::Options pages{};
  std::string tokens{};                           ///< [web] tokens: the file of Access. Empty: none.
  std::optional<std::chrono::seconds> max_age{};  ///< [retention] Records older than this are removed.
  std::optional<std::uint64_t> max_size{};        ///< [retention] Retention::max_bytes.
  MailNotifier::Options mail{};
  std::vector<std::string> mail_admin{};  ///< [mail] admin: addresses.
  /// [watch], [redact], [[receiver]], [[rule]] and [[maintenance]], looked at, with a rule for the bridge itself.
  Watchdog::Options watch{};
  std::vector<std::string> watch_notify{};  ///< [watch] notify: receivers of rules that name none.
  std::string watch_ping{};  ///< [watch] ping: a URL that is asked for each minute while all is judged. Empty: none.
  std::string watch_nodata = "2m";  ///< [watch] nodata: how long the bridge may be away. Empty: for ever.
  std::vector<RuleTest> tests{};    ///< [[test]]: names and rules have been looked at, nothing else.
  /// [[forward]]. Names are unique; URLs and filters have been looked at, the files that they name have not.
  std::vector<Forwarder::Options> forward{};
};

/// Where settings come from, strongest first: `options` (from the command line), the environment
/// (PSHERALD_SECTION_KEY), the file, the stage's defaults.
struct ConfigSources {
  struct Option {
    std::string setting;    ///< "bridge.listen"
    std::string text;       ///< "0.0.0.0:9020"
    std::string written{};  ///< How people know it, such as "--listen"; for messages.
  };
  std::vector<Option> options{};                          ///< A setting of several texts may come several times.
  std::optional<std::string> file{};                      ///< --config. Without it ./psherald.toml, if that is there.
  std::function<const char*(const char*)> environment{};  ///< As std::getenv, which it is when empty.
};
/// @throws Error bad_config: names file, line and column (or the option, or the variable), and the nearest key that
/// there is.
Config load_config(const ConfigSources& sources);
/// A destination of which nothing is known but its URL: as [[forward]] with this `to` alone, under that name.
/// @throws Error bad_config: URL or name
Forwarder::Options destination_of(const Config& config, const std::string& url, const std::string& name);

/// What ps_neelix<suffix>.cfg says.
struct WatchConfig {
  std::string file{};
  std::vector<Rule> rules{};
  std::vector<Receiver> receivers{};
  std::vector<std::string> remarks{};  ///< Keys that nobody reads and that look like a mistake, a sentence each.
};
/// Where that file is: in the folder that the variable BASIC_CONFIGFILE_DIR names, else in the working directory.
/// `environment` as in ConfigSources. @throws Error bad_config: that folder is not there.
std::string watch_file(const Stage& stage, const std::function<const char*(const char*)>& environment = {});
/// Reads rules in the form of ps.herald's ps_neelix: a section for each system_id, with MSG (text to find in a
/// message), AGE (seconds, or arithmetic such as 60*60*2: how long it may be silent) and MAIL_TO (addresses, separated
/// by commas; without it `admin`). What Python's configparser takes is taken. Where an AGE is, a rule on the bridge
/// itself is added.
/// @throws Error bad_config: names file and line, and what to do.
WatchConfig load_watch_config(const std::string& file, const std::vector<std::string>& admin);

}  // namespace psherald
