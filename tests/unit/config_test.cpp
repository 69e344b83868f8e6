#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "config/settings.hpp"
#include "config/values.hpp"
#include "psherald/config.hpp"

TEST_SUITE_BEGIN("config");

namespace {

namespace fs = std::filesystem;
using psherald::Config;
using psherald::ConfigSources;
using Variables = std::map<std::string, std::string>;

/// A file that is gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view text) {
    std::string folder = (fs::temp_directory_path() / "psherald-config-XXXXXX").string();
    REQUIRE(::mkdtemp(folder.data()));
    folder_ = folder;
    std::ofstream{path()} << text;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { fs::remove_all(folder_); }
  std::string path() const { return (folder_ / "psherald.toml").string(); }

 private:
  fs::path folder_;
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
[retention]
max_age = "30d"
)");
  CHECK(config.stage->name == "PRODUCTION");
  CHECK(config.store.path == "/var/lib/psherald/log.sqlite");
  CHECK(config.store.page_cache_bytes == std::size_t{64} << 20);
  CHECK(config.ingest.listen == std::vector<std::string>{"0.0.0.0:9024", "unix:/run/psherald/socket"});
  CHECK(config.ingest.max_frame_bytes == 65536);
  CHECK(config.queue.max_bytes == std::size_t{1} << 30);
  CHECK(config.web.listen == std::vector<std::string>{"[::1]:8080"});
  CHECK(config.pages.cors == std::vector<std::string>{"https://example.org"});
  CHECK(config.max_age == std::chrono::hours{30 * 24});
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
      {"a section twice, as a list", "[[bridge]]\n", "psherald.toml:1:3: \"bridge\" is a section; write [bridge]"},
      {"a section in a section", "[bridge.tls]\n", "psherald.toml:1:9: unknown key \"bridge.tls\""},
      {"no text", "[store]\npath = true\n",
       "psherald.toml:2:1: \"store.path\" must be a text in quotes, or a list of them"},
      {"a list with no texts in it", "[bridge]\nlisten = [1.5]\n",
       "psherald.toml:2:1: \"bridge.listen\" must be a text in quotes, or a list of them"},
      {"a list where one value belongs", "[store]\npath = [\"a\", \"b\"]\n",
       "psherald.toml:2:1: \"store.path\" takes one value, and there are 2"},
      {"an empty path", "[store]\npath = \"\"\n", "psherald.toml:2:1: \"store.path\": an empty path names no file"},
      {"no size", "[bridge]\nmax_frame = \"64 MB\"\n",
       "psherald.toml:2:1: \"bridge.max_frame\": \"64 MB\" is no size; write \"64K\", \"16M\" or \"1GiB\""},
      {"a size out of range", "[bridge]\nmax_frame = \"17M\"\n",
       "psherald.toml:2:1: \"bridge.max_frame\": \"17M\" is out of range; it must be between 1K and 16M"},
      {"a duration without its unit", "[retention]\nmax_age = 30\n",
       "psherald.toml:2:1: \"retention.max_age\": \"30\" is no duration; write \"90s\", \"15m\", \"2h\", \"30d\" or "
       "\"4w\""},
      {"no time at all", "[retention]\nmax_age = \"0s\"\n",
       "psherald.toml:2:1: \"retention.max_age\": \"0s\" is out of range; it must be between 1s and 36500d"},
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
  CHECK(error.starts_with("psherald.toml:2:1: \"web.listen\": the page would be open to other machines"));
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
  const std::vector<Case> table{{"90s", 90},     {"15m", 900}, {"2h", 7200}, {"30d", 2592000},
                                {"4w", 2419200}, {"90", {}},   {"", {}},     {"d", {}},
                                {"1y", {}},      {"-1d", {}},  {"1.5h", {}}, {"1d2h", {}}};
  for (const auto& c : table) {
    CAPTURE(c.text);
    const auto duration = psherald::parse_duration(c.text);
    CHECK(duration.has_value() == c.seconds.has_value());
    if (duration && c.seconds) CHECK(duration->count() == *c.seconds);
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
