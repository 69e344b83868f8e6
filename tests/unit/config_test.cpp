#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "config/arithmetic.hpp"
#include "config/settings.hpp"
#include "config/values.hpp"
#include "psherald/config.hpp"
#include "support/place.hpp"

TEST_SUITE_BEGIN("config");

namespace {

namespace fs = std::filesystem;
using psherald::Config;
using psherald::ConfigSources;
using Variables = std::map<std::string, std::string>;

/// A file that is gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) { std::ofstream{path()} << text; }
  std::string path() const { return place_.file("psherald.toml"); }

 private:
  psherald::testing::Place place_;
};

ConfigSources sources(Variables variables = {}) {
  ConfigSources result;
  result.environment = [variables](const char* name) {
    const auto at = variables.find(name);
    return at == variables.end() ? nullptr : at->second.c_str();
  };
  return result;
}

Config load(std::string_view file_text, const Variables& variables = {}) {
  TemporaryFile file{file_text};
  auto from = sources(variables);
  from.file = file.path();
  return psherald::load_config(from);
}

/// What load_config says, without the folder of the file.
std::string error_of(const ConfigSources& from) {
  try {
    psherald::load_config(from);
  } catch (const psherald::Error& error) {
    CHECK(error.code() == psherald::Errc::bad_config);
    const std::string text = error.what();
    const auto name = text.find("psherald.toml");
    return name == std::string::npos ? text : text.substr(name);
  }
  return "no error";
}

std::string error_in(std::string_view file_text, const Variables& variables = {}) {
  TemporaryFile file{file_text};
  auto from = sources(variables);
  from.file = file.path();
  return error_of(from);
}

}  // namespace

TEST_CASE("the stages have the names and ports of ps.basic") {
  struct Expected {
    std::string_view name, suffix;
    int logging, bridge, web;
  };
  const std::vector<Expected> table{{"TESTING", "_t", 9010, 9011, 9011},
                                    {"DEVELOPMENT", "_d", 9020, 9019, 9021},
                                    {"INTEGRATION", "_i", 9022, 9018, 9023},
                                    {"PRODUCTION", "", 9024, 9017, 9025}};
  REQUIRE(psherald::stages().size() == table.size());
  for (const auto& expected : table) {
    const auto& stage = psherald::stage_of(expected.name);
    CHECK(stage.name == expected.name);
    CHECK(stage.suffix == expected.suffix);
    CHECK(stage.logging_port == expected.logging);
    CHECK(stage.bridge_port == expected.bridge);
    CHECK(stage.web_port() == expected.web);
  }
}

TEST_CASE("an unset stage is DEVELOPMENT") { CHECK(psherald::stage_of("").name == "DEVELOPMENT"); }

TEST_CASE("an unknown stage is an error that lists the four") {
  CHECK(error_of(sources({{"DEV_STAGE", "production"}})) ==
        "DEV_STAGE: \"stage\": there is no stage \"production\"; the stages are TESTING, DEVELOPMENT, INTEGRATION and "
        "PRODUCTION");
}

TEST_CASE("without any source the stage's defaults hold") {
  struct Expected {
    std::string stage, database, bridge, web;
  };
  const std::vector<Expected> table{{"TESTING", "herald.sqlite_t", "127.0.0.1:9010", "127.0.0.1:9011"},
                                    {"DEVELOPMENT", "herald.sqlite_d", "127.0.0.1:9020", "127.0.0.1:9021"},
                                    {"INTEGRATION", "herald.sqlite_i", "127.0.0.1:9022", "127.0.0.1:9023"},
                                    {"PRODUCTION", "herald.sqlite", "127.0.0.1:9024", "127.0.0.1:9025"}};
  for (const auto& expected : table) {
    CAPTURE(expected.stage);
    const auto config = load("", {{"DEV_STAGE", expected.stage}});
    CHECK(config.stage->name == expected.stage);
    CHECK(config.store.path == expected.database);
    CHECK(config.ingest.listen == std::vector{expected.bridge});
    CHECK(config.web.listen == std::vector{expected.web});
    CHECK_FALSE(config.max_age.has_value());
    CHECK_FALSE(config.max_size.has_value());
    CHECK(config.store.page_cache_bytes == std::size_t{8} << 20);
    CHECK(config.ingest.max_frame_bytes == std::size_t{1} << 20);
    CHECK(config.queue.max_bytes == std::size_t{16} << 20);
    CHECK(config.pages.cors.empty());
  }
}

TEST_CASE("a file sets every setting") {
  const auto config = load(R"(
stage = "PRODUCTION"
[store]
path = "/var/lib/psherald/log.sqlite"
page_cache = "64M"
[bridge]
listen = ["0.0.0.0:9024", "unix:/run/psherald/socket"]
max_frame = 65536
queue_bytes = "1GiB"
[web]
listen = "[::1]:8080"
cors = ["https://example.org"]
[http]
threads = 4
max_head = "8K"
max_headers = 50
max_body = "1M"
max_inflated = "2M"
max_connections = 500
max_streams = 20
max_gathered = "32M"
max_unsent = "64M"
request_deadline = "5s"
idle_timeout = "1m"
[retention]
max_age = "30d"
max_size = "2G"
)");
  const psherald::HttpLimits limits{.threads = 4,
                                    .max_header_bytes = 8u << 10,
                                    .max_headers = 50,
                                    .max_body_bytes = 1u << 20,
                                    .max_inflated_bytes = 2u << 20,
                                    .max_connections = 500,
                                    .max_streams = 20,
                                    .max_gathered_bytes = 32u << 20,
                                    .max_unsent_bytes = 64u << 20,
                                    .request_deadline = std::chrono::seconds{5},
                                    .idle_timeout = std::chrono::minutes{1}};
  CHECK(config.web.limits == limits);
  CHECK(config.ingest.http_limits == limits);
  CHECK(config.stage->name == "PRODUCTION");
  CHECK(config.store.path == "/var/lib/psherald/log.sqlite");
  CHECK(config.store.page_cache_bytes == std::size_t{64} << 20);
  CHECK(config.ingest.listen == std::vector<std::string>{"0.0.0.0:9024", "unix:/run/psherald/socket"});
  CHECK(config.ingest.max_frame_bytes == 65536);
  CHECK(config.queue.max_bytes == std::size_t{1} << 30);
  CHECK(config.web.listen == std::vector<std::string>{"[::1]:8080"});
  CHECK(config.pages.cors == std::vector<std::string>{"https://example.org"});
  CHECK(config.max_age == std::chrono::hours{30 * 24});
  CHECK(config.max_size == std::uint64_t{2} << 30);
}

TEST_CASE("the file that was read is told") {
  TemporaryFile file{""};
  auto from = sources();
  from.file = file.path();
  CHECK(psherald::load_config(from).file == file.path());
}

TEST_CASE("an option is stronger than the environment, and that than the file") {
  TemporaryFile file{"[store]\npath = \"file\"\n[bridge]\nlisten = \"127.0.0.1:1\"\nmax_frame = \"2K\"\n"};
  auto from = sources({{"PSHERALD_STORE_PATH", "environment"}, {"PSHERALD_BRIDGE_LISTEN", "127.0.0.1:2,127.0.0.1:3"}});
  from.file = file.path();
  from.options = {{"store.path", "option"}};
  const auto config = psherald::load_config(from);
  CHECK(config.store.path == "option");
  CHECK(config.ingest.listen == std::vector<std::string>{"127.0.0.1:2", "127.0.0.1:3"});
  CHECK(config.ingest.max_frame_bytes == 2048);
}

TEST_CASE("a repeated option gives a list") {
  auto from = sources();
  from.options = {{"bridge.listen", "127.0.0.1:1"}, {"bridge.listen", "127.0.0.1:2"}};
  CHECK(psherald::load_config(from).ingest.listen == std::vector<std::string>{"127.0.0.1:1", "127.0.0.1:2"});
}

TEST_CASE("the stage of the file gives the defaults") {
  const auto config = load("stage = \"TESTING\"\n");
  CHECK(config.store.path == "herald.sqlite_t");
  CHECK(config.ingest.listen == std::vector<std::string>{"127.0.0.1:9010"});
}

TEST_CASE("the stage of the file and DEV_STAGE must agree") {
  CHECK(load("stage = \"TESTING\"\n", {{"DEV_STAGE", "TESTING"}}).stage->name == "TESTING");
  CHECK(error_in("stage = \"TESTING\"\n", {{"DEV_STAGE", "PRODUCTION"}}) ==
        "psherald.toml:1:1: \"stage\" is TESTING, but DEV_STAGE is PRODUCTION; make both the same, or remove one");
}

TEST_CASE("what is wrong in a file is told with its place") {
  struct Case {
    const char *name, *text, *error;
  };
  const std::vector<Case> table{
      {"a mistyped key", "[bridge]\n\nlisen = \"x\"\n",
       "psherald.toml:3:1: unknown key \"bridge.lisen\"; did you mean \"bridge.listen\"?"},
      {"a key like no other", "[store]\n  banana = 1\n", "psherald.toml:2:3: unknown key \"store.banana\""},
      {"a mistyped section", "[brige]\n", "psherald.toml:1:2: unknown section \"brige\"; did you mean \"bridge\"?"},
      {"a section as a value", "bridge = 5\n", "psherald.toml:1:1: \"bridge\" is a section; write [bridge]"},
      {"a section twice, as a list", "[[bridge]]\n", "psherald.toml:1:1: \"bridge\" is a section; write [bridge]"},
      {"a section that is a list, once", "[forward]\n",
       "psherald.toml:1:2: \"forward\" is a section; write [[forward]]"},
      {"a section that is a list, as a value", "forward = \"http://a:1\"\n",
       "psherald.toml:1:1: \"forward\" is a section; write [[forward]]"},
      {"a section that is a list, and one of it no section", "forward = [{to = \"http://a:1\"}, 5]\n",
       "psherald.toml:1:1: \"forward\" is a section; write [[forward]]"},
      {"a section in a section", "[bridge.tls]\n", "psherald.toml:1:9: unknown key \"bridge.tls\""},
      {"no text", "[store]\npath = true\n",
       "psherald.toml:2:1: \"store.path\" must be a text in quotes, or a list of them"},
      {"a list with no texts in it", "[bridge]\nlisten = [2026-11-26]\n",
       "psherald.toml:2:1: \"bridge.listen\" must be a text in quotes, or a list of them"},
      {"a list where one value belongs", "[store]\npath = [\"a\", \"b\"]\n",
       "psherald.toml:2:1: \"store.path\" takes one value, and there are 2"},
      {"an empty path", "[store]\npath = \"\"\n", "psherald.toml:2:1: \"store.path\": an empty path names no file"},
      {"no size", "[bridge]\nmax_frame = \"64 MB\"\n",
       "psherald.toml:2:1: \"bridge.max_frame\": \"64 MB\" is no size; write \"64K\", \"16M\" or \"1GiB\""},
      {"a size out of range", "[bridge]\nmax_frame = \"17M\"\n",
       "psherald.toml:2:1: \"bridge.max_frame\": \"17M\" is out of range; it must be between 1K and 16M"},
      {"a duration without its unit", "[retention]\nmax_age = 30\n",
       "psherald.toml:2:1: \"retention.max_age\": \"30\" is no duration; write \"90s\", \"15m\", \"2h\", \"1h30m\", "
       "\"30d\" or "
       "\"4w\""},
      {"no time at all", "[retention]\nmax_age = \"0s\"\n",
       "psherald.toml:2:1: \"retention.max_age\": \"0s\" is out of range; it must be between 1s and 36500d"},
      {"less than the store needs for itself", "[retention]\nmax_size = \"63M\"\n",
       "psherald.toml:2:1: \"retention.max_size\": \"63M\" is out of range; it must be between 64M and 1048576G"},
      {"no address", "[bridge]\nlisten = [\"127.0.0.1:1\", \"9020\"]\n",
       "psherald.toml:2:1: \"bridge.listen\": cannot listen on 9020: expected HOST:PORT or unix:PATH"},
      {"no address of a page", "[web]\nlisten = \"unix:\"\n",
       "psherald.toml:2:1: \"web.listen\": cannot listen on unix:: no path behind unix:"},
      {"an unknown stage", "stage = \"PROD\"\n",
       "psherald.toml:1:1: \"stage\": there is no stage \"PROD\"; the stages are TESTING, DEVELOPMENT, INTEGRATION and "
       "PRODUCTION"},
      {"no origin", "[web]\ncors = \"example.org\"\n",
       "psherald.toml:2:1: \"web.cors\": \"example.org\" is no origin; write \"https://example.org\""},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    CHECK(error_in(c.text) == c.error);
  }
}

TEST_CASE("a destination is a section of its own, and there may be several") {
  const auto config = load(R"(
[[forward]]
to = "https://central:9024"
name = "central"
where = "level>=warning"
token_file = "/etc/psherald/token"
ca = "/etc/psherald/ca.pem"
certificate = "/etc/psherald/own.pem"
key = "/etc/psherald/own.key"
max_backlog = "64M"
max_age = "12h"
rate = 2500
confirm_window = "9s"

[[forward]]
to = "python://localhost:9019"
relay = true
rate = 0.5
)");
  REQUIRE(config.forward.size() == 2);
  const auto& central = config.forward[0];
  CHECK(central.name == "central");
  CHECK(central.url == "https://central:9024");
  CHECK(central.where == "level>=warning");
  CHECK(central.token_file == "/etc/psherald/token");
  CHECK(central.ca_file == "/etc/psherald/ca.pem");
  CHECK(central.certificate_file == "/etc/psherald/own.pem");
  CHECK(central.key_file == "/etc/psherald/own.key");
  CHECK(central.max_backlog_bytes == std::uint64_t{64} << 20);
  CHECK(central.max_backlog_age == std::chrono::hours{12});
  CHECK(central.rate == 2'500);
  CHECK_FALSE(central.relay);
  CHECK(central.confirm_window == std::chrono::seconds{9});
  const auto& old = config.forward[1];
  CHECK(old.name == "python://localhost:9019");
  CHECK(old.url == old.name);
  CHECK(old.where.empty());
  CHECK(old.rate == 0.5);
  CHECK(old.relay);
  CHECK(old.max_backlog_bytes == std::uint64_t{1} << 30);
  CHECK(old.max_backlog_age == std::chrono::days{30});
  CHECK(old.confirm_window == std::chrono::seconds{5});
}

TEST_CASE("a backlog that nobody bounds takes half of what the store may have, and a gigabyte at most") {
  const std::string forward = "[[forward]]\nto = \"http://a:1\"\n";
  const auto bound = [&](const std::string& text) { return load(text).forward.at(0).max_backlog_bytes; };
  CHECK(bound(forward) == std::uint64_t{1} << 30);
  CHECK(bound("[retention]\nmax_size = \"256M\"\n" + forward) == std::uint64_t{128} << 20);
  CHECK(bound(forward + "[retention]\nmax_size = \"256M\"\n") == std::uint64_t{128} << 20);
  CHECK(bound("[retention]\nmax_size = \"20G\"\n" + forward) == std::uint64_t{1} << 30);
  CHECK(bound("[retention]\nmax_size = \"256M\"\n" + forward + "max_backlog = \"4G\"\n") == std::uint64_t{4} << 30);
  const auto config = load("[retention]\nmax_size = \"256M\"\n");
  const auto typed = psherald::destination_of(config, "http://a:1", "a");
  CHECK(typed.name == "a");
  CHECK(typed.url == "http://a:1");
  CHECK(typed.max_backlog_bytes == std::uint64_t{128} << 20);
  CHECK_THROWS_AS(psherald::destination_of(config, "a:1", "a"), psherald::Error);
}

TEST_CASE("what is wrong with a destination is told with its place") {
  struct Case {
    const char *name, *text, *error;
  };
  const std::string to = "[[forward]]\nto = \"http://a:1\"\n", prefix = "psherald.toml:";
  const std::string far = "[[forward]]\nto = \"http://" + std::string(64, 'a') + ":1\"\n";
  for (const auto& c : std::vector<Case>{
           {"a mistyped key", "wher = \"x\"", "3:1: unknown key \"forward.wher\"; did you mean \"forward.where\"?"},
           {"a section in it", "[forward.tls]", "3:10: unknown key \"forward.tls\"; did you mean \"forward.to\"?"},
           {"a mistake in the filter", "where = \"level>=warning and\"",
            "3:1: \"forward.where\": column 19: expected a term after \"and\""},
           {"no name", "name = \"\"",
            "3:1: \"forward.name\": a destination's name has 1 to 64 bytes, not 0; give it "
            "another one, as name in psherald.toml"},
           {"no size", "max_backlog = \"1 G\"",
            "3:1: \"forward.max_backlog\": \"1 G\" is no size; write \"64K\", \"16M\" or \"1GiB\""},
           {"a backlog that holds nothing", "max_backlog = \"1K\"",
            "3:1: \"forward.max_backlog\": \"1K\" is out of range; it must be between 1M and 1048576G"},
           {"no duration", "max_age = 30",
            "3:1: \"forward.max_age\": \"30\" is no duration; write \"90s\", \"15m\", \"2h\", \"1h30m\", \"30d\" or "
            "\"4w\""},
           {"no rate", "rate = \"fast\"",
            "3:1: \"forward.rate\": \"fast\" is no rate; write records a second, from 0.01 to 1000000"},
           {"no rate at all", "rate = 0",
            "3:1: \"forward.rate\": \"0\" is no rate; write records a second, from 0.01 to 1000000"},
           {"no number", "rate = nan",
            "3:1: \"forward.rate\": \"nan\" is no rate; write records a second, from 0.01 to 1000000"},
           {"a flag in quotes", "relay = \"yes\"", "3:1: \"forward.relay\" must be true or false"},
           {"a certificate where nothing is encrypted", "ca = \"/ca.pem\"",
            "3:1: \"forward.ca\": \"http://a:1\" has no use for it; only https:// has"},
           {"two values", "name = [\"a\", \"b\"]", "3:1: \"forward.name\" takes one value, and there are 2"},
           {"nowhere to go", "[[forward]]\nname = \"b\"", "3:1: [[forward]] needs \"to\": where the records go"},
           {"the same twice", "[[forward]]\nto = \"http://a:1\"",
            "4:1: \"forward.name\": \"http://a:1\" is the name of another destination: FILE:2:1"},
       }) {
    CAPTURE(c.name);
    std::string error = error_in(to + c.text + "\n");
    if (const auto second = error.find(": /"); second != error.npos)
      error.replace(second + 2, error.rfind("psherald.toml") + 13 - second - 2, "FILE");
    CHECK(error == prefix + c.error);
  }
  CHECK(error_in("[[forward]]\nto = \"ftp://a:1\"\n")
            .starts_with("psherald.toml:2:1: \"forward.to\": cannot forward to \"ftp://a:1\": there is no such kind"));
  CHECK(
      error_in(far).starts_with("psherald.toml:2:1: \"forward.name\": a destination's name has 1 to 64 bytes, not 73"));
  CHECK(error_in("[[forward]]\nto = \"https://a:1\"\nkey = \"k\"\n") ==
        "psherald.toml:3:1: \"forward.key\": it belongs to a certificate, and \"forward.certificate\" names none");
}

TEST_CASE("the rule that waits for the bridge is always there, and has a name that others can use") {
  const std::string rule =
      "[[receiver]]\nname = \"ops\"\nlog = true\n[[rule]]\nname = \"alive\"\nheartbeat = \"10m\"\nnotify = [\"ops\"]\n";
  CHECK(error_in(rule + "[[test]]\nname = \"t\"\nrules = [\"no data\"]\nevents = []\n") == "no error");
  CHECK(error_in(rule + "[[maintenance]]\nname = \"m\"\nhours = \"Sun 02:00-04:00\"\nrules = [\"no data\"]\n") ==
        "no error");
  const std::string named = "[[rule]]\nname = \"no data\"\nheartbeat = \"1h\"\nnotify = [\"ops\"]\n";
  CHECK(error_in(rule + named).find("\"no data\" is the name of a rule that is always there; choose another") !=
        std::string::npos);
  CHECK(error_in(rule + named + "[watch]\nnodata = \"0s\"\n") == "no error");
}

TEST_CASE("neither options nor variables reach a section that may come several times") {
  auto from = sources({{"PSHERALD_FORWARD_TO", "http://a:1"}});
  CHECK(psherald::load_config(from).forward.empty());
  from.options.push_back({"forward.to", "http://a:1"});
  CHECK(error_of(from).starts_with("option forward.to: unknown setting"));
}

TEST_CASE("what is no TOML is told with its place") {
  for (const char* text : {"[bridge\n", "stage = PRODUCTION\n", "[store]\npath = \"a\"\npath = \"b\"\n", "\xff\xfe"}) {
    const auto error = error_in(text);
    CAPTURE(error);
    CHECK(error.starts_with("psherald.toml:"));
    CHECK(error.find(":", 14) != std::string::npos);
    CHECK(error != "no error");
  }
}

TEST_CASE("a file that cannot be read is told with the reason") {
  auto from = sources();
  from.file = "/nowhere/psherald.toml";
  CHECK(error_of(from) == "psherald.toml: cannot be read: No such file or directory");
  from.file = "/";
  CHECK(error_of(from) == "/: cannot be read: Is a directory");
}

TEST_CASE("a page that other machines could read is refused with the reason") {
  const auto error = error_in("[web]\nlisten = \"0.0.0.0:9021\"\n");
  CHECK(error.starts_with("psherald.toml:2:1: \"web.listen\": listening on 0.0.0.0:9021 would open the page to"));
  CHECK(error.find("psherald token create") != std::string::npos);
  TemporaryFile file{"[web]\nlisten = \"0.0.0.0:9021\"\ntokens = \"tokens\"\nhosts = [\"logs.example.org\"]\n"};
  auto from = sources();
  from.file = file.path();
  const auto config = psherald::load_config(from);
  CHECK(config.web.listen == std::vector<std::string>{"0.0.0.0:9021"});
  CHECK(config.pages.hosts == std::vector<std::string>{"logs.example.org"});
  CHECK(error_in("[web]\nhosts = \"logs.example.org:9021\"\n").find("is no name of a machine") != std::string::npos);
}

TEST_CASE("what is wrong elsewhere is told with the variable or the option") {
  CHECK(error_of(sources({{"PSHERALD_BRIDGE_MAX_FRAME", "much"}}))
            .starts_with("PSHERALD_BRIDGE_MAX_FRAME: \"bridge.max_frame\": \"much\" is no size"));
  auto from = sources();
  from.options = {{"bridge.queue_bytes", "much"}};
  CHECK(error_of(from).starts_with("option bridge.queue_bytes: \"bridge.queue_bytes\": \"much\" is no size"));
  from.options = {{"bridge.listen", "x", "--listen"}};
  CHECK(error_of(from) == "--listen: \"bridge.listen\": cannot listen on x: expected HOST:PORT or unix:PATH");
  from.options = {{"bridge.lisen", "x"}};
  CHECK(error_of(from) == "option bridge.lisen: unknown setting; did you mean \"bridge.listen\"?");
}

TEST_CASE("an empty variable is as good as none") {
  CHECK(load("", {{"PSHERALD_STORE_PATH", ""}, {"DEV_STAGE", ""}}).store.path == "herald.sqlite_d");
}

TEST_CASE("sizes are bytes or have a unit of 1,024") {
  struct Case {
    const char* text;
    std::optional<std::size_t> bytes;
  };
  const std::vector<Case> table{{"0", 0},
                                {"4096", 4096},
                                {"64K", 65536},
                                {"64KiB", 65536},
                                {"2M", 2097152},
                                {"2MiB", 2097152},
                                {"1G", 1073741824},
                                {"1GiB", 1073741824},
                                {"", {}},
                                {"K", {}},
                                {"-1", {}},
                                {"1.5M", {}},
                                {"1k", {}},
                                {"1 M", {}},
                                {"1T", {}},
                                {"0x10", {}},
                                {"+1", {}},
                                {"99999999999999999999", {}},
                                {"9223372036854775807G", {}}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    const auto size = psherald::parse_size(c.text);
    CHECK(size.has_value() == c.bytes.has_value());
    if (size && c.bytes) CHECK(*size == *c.bytes);
  }
}

TEST_CASE("durations have a unit") {
  struct Case {
    const char* text;
    std::optional<int> seconds;
  };
  const std::vector<Case> table{{"90s", 90},  {"15m", 900},    {"2h", 7200}, {"30d", 2592000}, {"4w", 2419200},
                                {"90", {}},   {"", {}},        {"d", {}},    {"1y", {}},       {"-1d", {}},
                                {"1.5h", {}}, {"1d2h", 93600}, {"1d2", {}}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    const auto duration = psherald::parse_duration(c.text);
    CHECK(duration.has_value() == c.seconds.has_value());
    if (duration && c.seconds) CHECK(duration->count() == *c.seconds);
  }
}

// ---- [mail]

TEST_CASE("the mail section is read") {
  const auto defaults = load("");
  CHECK(defaults.mail.server == "smtp://localhost:25");
  CHECK(defaults.mail.verify);
  CHECK(defaults.mail.timeout == std::chrono::seconds{30});
  CHECK(defaults.mail_admin.empty());
  const auto config = load(R"(
[mail]
server = "smtps://mail.example.org:465"
from = "neelix@example.org"
admin = ["ops@example.org", "boss@example.org"]
user = "neelix"
password_file = "/etc/psherald/password"
timeout = "2m"
verify = false
)");
  CHECK(config.mail.server == "smtps://mail.example.org:465");
  CHECK(config.mail.from == "neelix@example.org");
  CHECK(config.mail_admin == std::vector<std::string>{"ops@example.org", "boss@example.org"});
  CHECK(config.mail.user == "neelix");
  CHECK(config.mail.password_file == "/etc/psherald/password");
  CHECK(config.mail.timeout == std::chrono::minutes{2});
  CHECK_FALSE(config.mail.verify);
  CHECK_FALSE(load("", {{"PSHERALD_MAIL_VERIFY", "false"}}).mail.verify);
}

TEST_CASE("what is wrong in the mail section is told") {
  struct Case {
    const char *text, *error;
  };
  const std::vector<Case> table{
      {"server = \"localhost\"",
       "\"mail.server\": \"localhost\" is no mail server: it has to begin with smtp://, smtp+starttls:// "
       "or smtps://; write smtp://HOST:PORT"},
      {"from = \"neelix\"", "\"mail.from\": \"neelix\" is no mail address; write NAME@HOST"},
      {"admin = [\"a@b\", \"x\"]", "\"mail.admin\": \"x\" is no mail address; write NAME@HOST"},
      {"timeout = \"0s\"", "\"mail.timeout\": \"0s\" is out of range; it must be between 1s and 1h"},
      {"verify = \"yes\"", "\"mail.verify\" must be true or false"},
      {"user = true", "\"mail.user\" must be a text in quotes, or a list of them"}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    CHECK(error_in(std::string{"[mail]\n"} + c.text + "\n") == std::string{"psherald.toml:2:1: "} + c.error);
  }
  CHECK(error_of(sources({{"PSHERALD_MAIL_VERIFY", "yes"}})) ==
        "PSHERALD_MAIL_VERIFY: \"mail.verify\": \"yes\" is neither true nor false");
}

// ---- ps_neelix.cfg

namespace {

psherald::WatchConfig rules(std::string_view text, const std::vector<std::string>& admin = {}) {
  TemporaryFile file{text};
  return psherald::load_watch_config(file.path(), admin);
}

/// What load_watch_config says, without the file's name.
std::string rules_error(std::string_view text, const std::vector<std::string>& admin = {}) {
  TemporaryFile file{text};
  try {
    psherald::load_watch_config(file.path(), admin);
  } catch (const psherald::Error& error) {
    CHECK(error.code() == psherald::Errc::bad_config);
    const std::string message = error.what();
    CHECK(message.starts_with(file.path() + ":"));
    return message.substr(file.path().size() + 1);
  }
  return "no error";
}

const psherald::Rule& rule(const psherald::WatchConfig& config, std::string_view name) {
  for (const auto& one : config.rules)
    if (one.name == name) return one;
  FAIL("there is no rule " << name);
  return config.rules.front();
}

using psherald::Rule;

/// The text that a rule looks for.
std::string text_of(const Rule& rule) {
  const auto filter = psherald::parse_filter(rule.condition);
  REQUIRE(filter.has_value());
  const auto& term = std::get<psherald::ast::Term>(filter->root.is);
  CHECK(term.field.field == psherald::ast::Field::message);
  return std::get<psherald::ast::Text>(term.any_of.front()).value;
}

}  // namespace

TEST_CASE("sections become rules and receivers, as ps.herald's own example has them") {
  const auto config = rules(R"(
[GLOBAL]
url = http://localhost:8080/bugs/
password = 100% SECRET

[ch2eu]
      MAIL_TO=hedwig@company.example,fried@company.example
      MSG="If this text would be found a message would be send."
      #AGE Value is given in seconds
      AGE=60*60*2
[hu2hu]
      MAIL_TO = "a@b.example,b@c.example"
      AGE: (1+2) * 60
)");
  REQUIRE(config.receivers.size() == 3);
  CHECK(config.receivers[0].name == "ch2eu");
  CHECK(config.receivers[0].mail == std::vector<std::string>{"hedwig@company.example", "fried@company.example"});
  CHECK(config.receivers[1].mail == std::vector<std::string>{"a@b.example", "b@c.example"});
  REQUIRE(config.rules.size() == 4);
  const auto& pattern = rule(config, "ch2eu pattern");
  CHECK(pattern.kind == Rule::Kind::pattern);
  CHECK(pattern.system == "ch2eu");
  CHECK(text_of(pattern) == "If this text would be found a message would be send.");
  CHECK(pattern.where == "system=ch2eu");
  CHECK(pattern.notify == std::vector<std::string>{"ch2eu"});
  const auto& silence = rule(config, "ch2eu heartbeat");
  CHECK(silence.kind == Rule::Kind::heartbeat);
  CHECK(silence.condition == "7200s");
  CHECK(silence.by == std::vector<std::string>{"system"});
  CHECK(silence.written.starts_with("AGE = 60*60*2 ("));
  CHECK(silence.written.ends_with(", line 10)"));
  CHECK(rule(config, "hu2hu heartbeat").condition == "180s");
  CHECK(config.remarks.empty());
}

TEST_CASE("where somebody is waited for, the bridge is watched, for the admin or all who wait") {
  const auto all = rules("[a]\nMAIL_TO=x@h,y@h\nAGE=60\n[b]\nMAIL_TO=x@h\nAGE=60\n[c]\nMAIL_TO=z@h\nMSG=x\n");
  CHECK(rule(all, "no data").condition == "2m");
  CHECK(all.receivers.back().mail == std::vector<std::string>{"x@h", "y@h"});
  CHECK(std::vector<std::string>{all.receivers.back().name} == rule(all, "no data").notify);
  CHECK(rules("[a]\nMAIL_TO=x@h\nAGE=60\n", {"admin@h"}).receivers.back().mail == std::vector<std::string>{"admin@h"});
  CHECK(rules("[c]\nMAIL_TO=z@h\nMSG=x\n").rules.size() == 1);
}

TEST_CASE("a section without MAIL_TO is the admin's, and an error where there is none") {
  CHECK(rules("[a]\nMSG=x\n", {"admin@h"}).receivers.front().mail == std::vector<std::string>{"admin@h"});
  CHECK(rules_error("\n[a]\nMSG=x\n") ==
        "2: section [a] has no MAIL_TO; add it, or write admin = \"ADDRESS\" under [mail] in psherald.toml");
}

TEST_CASE("the file is read as Python's configparser reads it") {
  struct Case {
    const char *name, *text, *msg;
  };
  const std::vector<Case> table{
      {"equals sign", "[a]\nMSG = x = y\n", "x = y"},
      {"colon", "[a]\nmsg: x: y\n", "x: y"},
      {"keys in any case", "[a]\nMsG=x\n", "x"},
      {"carriage returns", "[a]\r\nMSG=x\r\n", "x"},
      {"no newline at the end", "[a]\nMSG=x", "x"},
      {"a byte order mark", "\xEF\xBB\xBF[a]\nMSG=x\n", "x"},
      {"comments", "# one\n; two\n[a]\n  # three\nMSG=x\n  ; four\n", "x"},
      {"no comment behind a value", "[a]\nMSG=x # y ; z\n", "x # y ; z"},
      {"a line that goes on", "[a]\nMSG = one\n  two\n\tthree\n", "one\ntwo\nthree"},
      {"an empty line within a value", "[a]\nMSG = one\n\n  two\n", "one\n\ntwo"},
      {"a comment within a value", "[a]\nMSG = one\n  # no\n  two\n", "one\ntwo"},
      {"an indented section", "  [a]\n  MSG = x\n", "x"},
      {"defaults", "[DEFAULT]\nMSG = x\n[a]\n", "x"},
      {"an own value over a default", "[DEFAULT]\nMSG = x\n[a]\nMSG = y\n", "y"},
      {"another key's value", "[DEFAULT]\nwhat = disk\n[a]\nstate = full\nMSG = %(what)s is %(STATE)s\n",
       "disk is full"},
      {"a percent sign", "[a]\nMSG = 100%% full\n", "100% full"},
      {"double quotes", "[a]\nMSG = \"x y\"\n", "x y"},
      {"single quotes", "[a]\nMSG = 'x y'\n", "x y"},
      {"one quote", "[a]\nMSG = \"x\n", "\"x"},
      {"quotes within", "[a]\nMSG = say \"x\" now\n", "say \"x\" now"},
      {"brackets in a value", "[a]\nMSG = [x]\n", "[x]"},
      {"other letters",
       "[a]\nMSG = Stra\xC3\x9F"
       "e\n",
       "Stra\xC3\x9F"
       "e"},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    const auto config = rules(c.text, {"admin@h"});
    REQUIRE(!config.rules.empty());
    CHECK(text_of(config.rules.front()) == c.msg);
    CHECK(config.rules.front().system == "a");
  }
}

TEST_CASE("what is wrong in the file is told with its line and what to do") {
  struct Case {
    const char *name, *text, *error;
  };
  const std::vector<Case> table{
      {"a line before any section", "MSG=x\n",
       "1: this line comes before the first [section]; name the system it is for: [SYSTEM_ID]"},
      {"no key and value", "[a]\nMSG\n",
       "2: this is neither [section] nor KEY = VALUE; write one of them, or begin the line with #"},
      {"no key", "[a]\n=x\n", "2: there is no key in front of ="},
      {"a section twice", "[a]\n[b]\n[a]\n", "3: section [a] stands in line 1 already; make them one"},
      {"a key twice", "[a]\nMSG=x\nmsg=y\n", "3: \"msg\" stands in line 2 of this section already; remove one of them"},
      {"an empty section name", "[]\n",
       "1: this line comes before the first [section]; name the system it is for: [SYSTEM_ID]"},
      {"an empty MSG", "[a]\nMSG=\n", "2: MSG of [a] is empty; write the text to look for, or remove it"},
      {"quotes around nothing", "[a]\nMSG=\"\"\n", "2: MSG of [a] is empty; write the text to look for, or remove it"},
      {"a lone percent sign", "[a]\nMSG=100% full\n", "2: a percent sign has to be written twice: %%"},
      {"an unknown key in a value", "[a]\nMSG=%(x)s\n",
       "2: %(x)s names a key that is not there; a percent sign itself is written %%"},
      {"a key that leads to itself", "[a]\nMSG=%(msg)s\n", "2: its %(...)s lead to each other, or to too many keys"},
      {"a name in AGE", "[a]\nAGE=os.system('x')\n",
       "2: AGE of [a]: \"os.system('x')\" is not understood: expected a number at \"os.system(\"; write it like "
       "60*60*2"},
      {"no time at all", "[a]\nAGE=0\n",
       "2: AGE of [a] is 0.000000 seconds; it must be between 1 second and 36500 days"},
      {"a negative time", "[a]\nAGE=-5\n",
       "2: AGE of [a] is -5.000000 seconds; it must be between 1 second and 36500 days"},
      {"too long a time", "[a]\nAGE=99999*99999\n",
       "2: AGE of [a] is 9999800001.000000 seconds; it must be between 1 second and 36500 days"},
      {"no address", "[a]\nMSG=x\nMAIL_TO=me\n", "3: \"me\" in MAIL_TO of [a] is no mail address; write NAME@HOST"},
      {"only commas", "[a]\nMSG=x\nMAIL_TO=, ,\n", "3: MAIL_TO of [a] names nobody; write ADDRESS or ADDRESS,ADDRESS"},
      {"a header in an address", "[a]\nMSG=x\nMAIL_TO=a@b\n  Bcc: c@d\n",
       "3: \"a@b\nBcc: c@d\" in MAIL_TO of [a] is no mail address; write NAME@HOST"},
      {"no UTF-8", "[a]\nMSG=\xff\n", "2: this line is no UTF-8 text; save the file as UTF-8"},
  };
  for (const auto& c : table) {
    CAPTURE(c.name);
    CHECK(rules_error(c.text, {"admin@h"}) == c.error);
  }
  CHECK(rules_error(std::string_view{"[a]\nMSG=x\0y\n", 12}) ==
        "2: this line is no UTF-8 text; save the file as UTF-8");
  CHECK(rules_error(std::string(2 << 20, 'x')) == " it is larger than 1 MiB, which no list of rules is");
}

TEST_CASE("keys that refer to each other without end cost nothing") {
  std::string text = "[a]\nMSG = %(k0)s\n";
  for (int i = 0; i < 9; ++i) {
    text += "k" + std::to_string(i) + " = ";
    for (int n = 0; n < 100; ++n) text += "%(k" + std::to_string(i + 1) + ")s";
    text += "\n";
  }
  text += "k9 = \n";
  CHECK(rules_error(text, {"admin@h"}).find("its %(...)s lead to each other, or to too many keys") !=
        std::string::npos);
}

TEST_CASE("a key that is probably mistyped is remarked on") {
  const auto config = rules("[a]\nMSG=x\nMAILTO=b@c\ncolour=red\n", {"admin@h"});
  REQUIRE(config.remarks.size() == 1);
  CHECK(config.remarks.front().ends_with(":3: nobody reads \"mailto\"; did you mean \"mail_to\"?"));
}

TEST_CASE("an address may have a name before it") {
  CHECK(rules("[a]\nMSG=x\nMAIL_TO = Hedwig H. <hedwig@h>,\n  fried@h , \n").receivers.front().mail ==
        std::vector<std::string>{"hedwig@h", "fried@h"});
}

TEST_CASE("the file is sought in the working directory, or where BASIC_CONFIGFILE_DIR says") {
  const auto& stage = psherald::stage_of("DEVELOPMENT");
  const auto in = [&](Variables variables) {
    return psherald::watch_file(stage, sources(std::move(variables)).environment);
  };
  CHECK(in({}) == "ps_neelix_d.cfg");
  CHECK(in({{"BASIC_CONFIGFILE_DIR", ""}}) == "ps_neelix_d.cfg");
  CHECK(in({{"BASIC_CONFIGFILE_DIR", "/tmp"}}) == "/tmp/ps_neelix_d.cfg");
  CHECK(psherald::watch_file(psherald::stage_of("PRODUCTION"), sources().environment) == "ps_neelix.cfg");
  CHECK_THROWS_AS(in({{"BASIC_CONFIGFILE_DIR", "/nowhere"}}), psherald::Error);
}

TEST_CASE("arithmetic is numbers, signs and brackets, and is never run") {
  struct Case {
    std::string text;
    std::optional<double> value;
  };
  const std::vector<Case> table{{"7200", 7200},
                                {"60*60*2", 7200},
                                {" 60 * 60\n* 2 ", 7200},
                                {"1+2*3", 7},
                                {"(1+2)*3", 9},
                                {"10-2-3", 5},
                                {"100/10/2", 5},
                                {"7/2", 3.5},
                                {"-(-3)", 3},
                                {"+3", 3},
                                {"2*-3", -6},
                                {"1.5*60", 90},
                                {".5", 0.5},
                                {"1e3", 1000},
                                {"60*60*2 # two hours", 7200},
                                {"((((((1))))))", 1},
                                {"", {}},
                                {"#", {}},
                                {"()", {}},
                                {"(1", {}},
                                {"1)", {}},
                                {"1 2", {}},
                                {"2**3", {}},
                                {"7//2", {}},
                                {"7%2", {}},
                                {"1/0", {}},
                                {"1/(2-2)", {}},
                                {"0x10", {}},
                                {"1,5", {}},
                                {"inf", {}},
                                {"nan", {}},
                                {"1e999", {}},
                                {"1e308*10", {}},
                                {"__import__('os')", {}},
                                {"60*x", {}},
                                {"60;60", {}},
                                {std::string(400, '(') + "1" + std::string(400, ')'), {}},
                                {std::string(900, '-') + "1", {}},
                                {std::string(2'000, '1'), {}}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    const auto value = psherald::parse_arithmetic(c.text);
    CHECK(value.has_value() == c.value.has_value());
    if (value && c.value) CHECK(*value == *c.value);
  }
}

TEST_CASE("docs/configuration.md has a row for each setting and no other") {
  std::ifstream page{fs::path{PSHERALD_TEST_DATA}.parent_path().parent_path() / "docs" / "configuration.md"};
  REQUIRE(page);
  std::vector<std::string> rows;
  bool settings = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) settings = line == "## Settings";
    if (settings && line.starts_with("| `")) rows.push_back(line);
  }
  std::vector<std::string> expected;
  for (const auto& setting : psherald::settings()) {
    const std::string default_text =
        setting.default_text.empty() ? "" : std::string{'`'}.append(setting.default_text) + '`';
    std::ostringstream row;
    row << "| `" << psherald::full_name(setting) << "` | " << setting.type << " | " << default_text << " | "
        << setting.help << " |";
    expected.push_back(row.str());
  }
  CHECK(rows == expected);
}

TEST_SUITE_END();
