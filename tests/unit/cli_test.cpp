#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "cli/arguments.hpp"
#include "cli/failure.hpp"
#include "cli/fault_log.hpp"
#include "cli/forwarding.hpp"
#include "cli/journal.hpp"
#include "cli/lock_file.hpp"
#include "cli/program.hpp"
#include "cli/send.hpp"
#include "cli/status.hpp"
#include "cli/systemd.hpp"
#include "psherald/decode.hpp"
#include "psherald/testing.hpp"
#include "psherald/version.hpp"
#include "support/place.hpp"

TEST_SUITE_BEGIN("cli");

namespace {

namespace fs = std::filesystem;
using namespace psherald;
using namespace psherald::cli;
using psherald::testing::Place;
using Words = std::vector<std::string>;

/// Sets variables of the environment, and puts them back.
class Environment {
 public:
  explicit Environment(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables) {
      const char* before = std::getenv(name.c_str());
      before_[name] = before ? std::optional<std::string>{before} : std::nullopt;
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    for (const auto& [name, value] : before_)
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

std::size_t lines_in(const std::string& path) {
  const auto text = text_of(path);
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// What is written to a stream of C meanwhile.
class Captured {
 public:
  explicit Captured(FILE* stream) : stream_{stream}, file_{std::tmpfile()} {
    REQUIRE(file_);
    std::fflush(stream_);
    before_ = ::dup(::fileno(stream_));
    ::dup2(::fileno(file_), ::fileno(stream_));
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() {
    end();
    std::fclose(file_);
  }
  std::string text() {
    end();
    std::string text(static_cast<std::size_t>(std::ftell(file_)), 0);
    std::rewind(file_);
    text.resize(std::fread(text.data(), 1, text.size(), file_));
    return text;
  }

 private:
  void end() {
    if (before_ < 0) return;
    std::fflush(stream_);
    ::dup2(before_, ::fileno(stream_));
    ::close(before_);
    before_ = -1;
    std::fseek(file_, 0, SEEK_END);
  }

  FILE *stream_, *file_;
  int before_ = -1;
};

Usage usage() {
  return {"tool",
          "Does something.",
          {{'v', "verbose", "", "say more"},
           {'r', "rounds", "N", "how often"},
           {0, "service-name", "NAME", "who"},
           {0, "listen", "ADDRESS", "where"}},
          "",
          "  tool -v\n"};
}

Usage usage_with_operands() {
  auto with = usage();
  with.operands = "TEXT...";
  return with;
}

std::string misuse(const Usage& of, const Words& words) {
  try {
    const Arguments arguments{of, words};
    arguments.number("rounds");
  } catch (const UsageError& error) {
    CHECK(error.exit_code() == EX_USAGE);
    return error.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("an option with a value may be written in four ways") {
  for (const Words& words : {Words{"-r5"}, Words{"-r", "5"}, Words{"--rounds=5"}, Words{"--rounds", "5"}}) {
    CAPTURE(words.front());
    CHECK(Arguments{usage(), words}.number("rounds") == 5u);
  }
}

TEST_CASE("letters stand together, the last of them with its value") {
  for (const Words& words : {Words{"-vr5"}, Words{"-vr", "5"}, Words{"-v", "-r5"}}) {
    const Arguments arguments{usage(), words};
    CHECK(arguments.has("verbose"));
    CHECK(arguments.number("rounds") == 5u);
  }
}

TEST_CASE("underscores in an option are dashes") {
  CHECK(Arguments{usage(), {"--service_name=a_b"}}.value("service-name") == "a_b");
}

TEST_CASE("a value may be empty, begin with a dash or hold an equals sign") {
  CHECK(Arguments{usage(), {"--listen="}}.value("listen") == "");
  CHECK(Arguments{usage(), {"--listen", "-v"}}.value("listen") == "-v");
  CHECK(Arguments{usage(), {"--listen=a=b"}}.value("listen") == "a=b");
}

TEST_CASE("of a repeated option the last counts where one is wanted") {
  const Arguments arguments{usage(), {"--listen=a", "--listen=b"}};
  CHECK(arguments.value("listen") == "b");
  CHECK(arguments.values("listen") == Words{"a", "b"});
}

TEST_CASE("what is not given is not there") {
  const Arguments arguments{usage(), {}};
  CHECK_FALSE(arguments.has("verbose"));
  CHECK_FALSE(arguments.value("listen").has_value());
  CHECK(arguments.values("listen").empty());
  CHECK_FALSE(arguments.number("rounds").has_value());
}

TEST_CASE("options and operands may be mixed, and behind -- nothing is an option") {
  const Arguments arguments{usage_with_operands(), {"one", "-v", "-", "--", "-r", "--"}};
  CHECK(arguments.has("verbose"));
  CHECK(arguments.operands() == Words{"one", "-", "-r", "--"});
}

TEST_CASE("a mistake on the command line is told with what was probably meant") {
  struct Case {
    Words words;
    const char* error;
  };
  const std::vector<Case> table{
      {{"--lisen=x"}, "unknown option --lisen; did you mean --listen?"},
      {{"--servicename", "x"}, "unknown option --servicename; did you mean --service-name?"},
      {{"--banana"}, "unknown option --banana"},
      {{"-q"}, "unknown option -q"},
      {{"-vq"}, "unknown option -q"},
      {{"--listen"}, "--listen needs ADDRESS"},
      {{"-r"}, "-r needs N"},
      {{"--verbose=1"}, "--verbose takes no value"},
      {{"text"}, "\"text\" is no option, and nothing else is taken"},
      {{"-r0"}, "--rounds needs a whole number above 0, not \"0\""},
      {{"-r-1"}, "--rounds needs a whole number above 0, not \"-1\""},
      {{"-r1.5"}, "--rounds needs a whole number above 0, not \"1.5\""},
      {{"-r4294967296"}, "--rounds needs a whole number above 0, not \"4294967296\""},
      {{"--rounds="}, "--rounds needs a whole number above 0, not \"\""},
  };
  for (const auto& c : table) {
    CAPTURE(c.error);
    CHECK(misuse(usage(), c.words) == c.error);
  }
  CHECK(misuse(usage(), {"--" + std::string(10'000, 'x')}).starts_with("unknown option --xxx"));
}

TEST_CASE("the page of --help shows what there is") {
  CHECK(help(usage_with_operands()) ==
        "Usage: tool [OPTION]... TEXT...\n"
        "Does something.\n"
        "\n"
        "  -v, --verbose             say more\n"
        "  -r, --rounds=N            how often\n"
        "      --service-name=NAME   who\n"
        "      --listen=ADDRESS      where\n"
        "\n"
        "Examples:\n"
        "  tool -v\n");
}

TEST_CASE("a program answers --help and --version itself") {
  for (const char* word : {"--help", "-h", "--version"}) {
    Captured out{stdout};
    const int code = run_program(usage(), {word}, [](const Arguments&) { return 99; });
    const auto said = out.text();
    CHECK(code == EX_OK);
    CHECK(said.starts_with(std::string_view{word} == "--version" ? "tool " + std::string{version} : "Usage: tool"));
  }
}

TEST_CASE("each failure has its exit code and one line on stderr") {
  struct Case {
    Errc code;
    int exit_code;
  };
  const std::vector<Case> table{
      {Errc::bad_config, EX_CONFIG},         {Errc::listen, EX_UNAVAILABLE},    {Errc::peer_lost, EX_UNAVAILABLE},
      {Errc::store_open, EX_CANTCREAT},      {Errc::store_foreign, EX_DATAERR}, {Errc::store_version, EX_DATAERR},
      {Errc::store_corrupt, EX_DATAERR},     {Errc::store_busy, EX_TEMPFAIL},   {Errc::store_full, EX_IOERR},
      {Errc::store_read_only, EX_CANTCREAT}, {Errc::store_io, EX_IOERR},        {Errc::bad_query, EX_USAGE},
      {Errc::frame_too_large, EX_SOFTWARE},
  };
  for (const auto& c : table) {
    Captured err{stderr};
    const int code = run_program(usage(), {}, [&](const Arguments&) -> int { throw Error{c.code, "this is why"}; });
    CHECK(err.text() == "tool: this is why\n");
    CHECK(code == c.exit_code);
  }
}

TEST_CASE("a misuse points to --help") {
  Captured err{stderr};
  const int code = run_program(usage(), {"--banana"}, [](const Arguments&) { return 0; });
  CHECK(err.text() == "tool: unknown option --banana\nTry \"tool --help\".\n");
  CHECK(code == EX_USAGE);
}

TEST_CASE("a second start says nothing where nobody looks") {
  Captured err{stderr};
  const int code = run_program(usage(), {}, [](const Arguments&) -> int { throw AlreadyRunning{"it runs"}; });
  CHECK(err.text().empty());
  CHECK(code == EX_TEMPFAIL);
}

TEST_CASE("a lock is held by one, with its process id in the file") {
  const Place folder;
  const auto path = folder.file("lock");
  {
    const LockFile lock{path};
    CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777 & ~0640u) == 0);
    std::string said;
    try {
      const LockFile second{path};
    } catch (const AlreadyRunning& error) {
      said = error.what();
    }
    CHECK(said == "process " + std::to_string(::getpid()) + " is running already and holds " + path);
    CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
  }
  CHECK_FALSE(fs::exists(path));
  const LockFile again{path};
  CHECK(fs::exists(path));
}

TEST_CASE("a lock file that was left behind holds nothing") {
  const Place folder;
  const auto path = folder.file("lock");
  std::ofstream{path} << "1234567890123\n";
  const LockFile lock{path};
  CHECK(text_of(path) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("a lock that cannot be made is an error that names the file") {
  std::string said;
  try {
    const LockFile lock{"/no/such/directory/lock"};
  } catch (const AlreadyRunning&) {
    FAIL("nobody holds it");
  } catch (const Failure& failure) {
    CHECK(failure.exit_code() == EX_CANTCREAT);
    said = failure.what();
  }
  CHECK(said == "cannot lock /no/such/directory/lock: No such file or directory");
}

TEST_CASE("a journal writes one line for each thing said, whatever is in it") {
  const Place folder;
  const auto file = folder.file("LOG/tool.log");
  Journal journal{{.program = "tool", .file = file}};
  journal.log(Level::warning, "a peer said \"x\n1999-01-01 CRITICAL\r\x1b[2J\x7f\"");
  journal.log(Level::debug, "too little to be told");
  const auto text = text_of(file);
  CHECK(lines_in(file) == 1);
  const auto said = " WARNING tool[" + std::to_string(::getpid()) + "] a peer said \"x 1999-01-01 CRITICAL  [2J \"\n";
  CHECK(text.substr(26) == said);  // behind "2026-11-22 09:10:24.318567"
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777 & ~0640u) == 0);
}

TEST_CASE("a journal that is too long becomes an old one, and the oldest goes") {
  const Place folder;
  const auto file = folder.file("tool.log");
  Journal journal{{.program = "tool", .file = file, .max_bytes = 500, .old_files = 3}};
  const std::string text(100, 'x');
  for (int i = 0; i < 50; ++i) journal.log(Level::info, std::to_string(i) + text);
  for (const char* old : {"", ".1", ".2", ".3"}) {
    CAPTURE(old);
    CHECK(fs::file_size(file + old) <= 500);
    CHECK(lines_in(file + old) >= 1);
  }
  CHECK_FALSE(fs::exists(file + ".4"));
  CHECK(text_of(file).find("49xxx") != std::string::npos);
}

TEST_CASE("a journal that cannot be written fails nobody") {
  const Place folder;
  std::ofstream{folder.file("LOG")} << "a file where the folder should be";
  Journal journal{{.program = "tool", .file = folder.file("LOG/tool.log")}};
  CHECK_NOTHROW(journal.log(Level::error, "unheard"));
}

TEST_CASE("what a journal is told becomes a record of the program's own") {
  const Place folder;
  const Environment environment{{{"SYSTEM_ID", ""}, {"PRODUKT_ID", "shop"}, {"SUB_SYSTEM_ID", "ch2eu"}}};
  testing::MemorySink sink;
  Journal journal{{.program = "tool", .file = folder.file("tool.log")}};
  journal.log(Level::info, "before");
  {
    const Journal::IntoSink records{journal, sink};
    journal.log(Level::warning, "while");
  }
  journal.log(Level::info, "after");
  REQUIRE(sink.messages() == Words{"while"});
  const auto& batch = sink.batches().front();
  const auto& record = batch.records().front();
  CHECK(has(record.flags, Flag::own));
  CHECK(record.level == Level::warning);
  CHECK(record.created.has_value());
  CHECK(batch.source(record).system_id == "tool");
  CHECK(batch.source(record).produkt_id == "shop");
  CHECK(batch.source(record).sub_system_id == "ch2eu");
  CHECK_FALSE(present(batch.source(record).user_spec_1));
  CHECK(batch.site(record).name == "tool");
  CHECK(batch.process(record).process == ::getpid());
  CHECK(lines_in(folder.file("tool.log")) == 3);
}

TEST_CASE("a flood of faults costs two lines") {
  const Place folder;
  const auto file = folder.file("tool.log");
  Journal journal{{.program = "tool", .file = file}};
  asio::io_context io;
  {
    FaultLog faults{io, journal};
    for (int i = 0; i < 10'000; ++i) faults.add({Errc::bad_frame, "frame " + std::to_string(i)});
    faults.add({Errc::peer_lost, "lost"});
  }
  CHECK(lines_in(file) == 2);
  const auto text = text_of(file);
  CHECK(text.find("] frame 0\n") != std::string::npos);
  CHECK(text.find("further faults: 9999 x ") != std::string::npos);
  CHECK(text.find(", 1 x ") != std::string::npos);
  CHECK(text.find("; the last: lost\n") != std::string::npos);
}

TEST_CASE("what emit sends is what a Python program would send") {
  const Environment environment{
      {{"SYSTEM_ID", ""}, {"PRODUKT_ID", "shop"}, {"USER_SPEC_1", "None"}, {"SUB_SYSTEM_ID", "ch2eu"}}};
  const auto frame = socket_handler_frame({"h\xc3\xa4llo \xff", Level{25}, "backup"});
  RecordBatch batch;
  PythonDecoder decoder;
  REQUIRE(decoder.decode(frame.substr(4), batch).has_value());
  const auto& record = batch.records().front();
  CHECK(record.message == "h\xc3\xa4llo \xef\xbf\xbd");
  CHECK(record.level == Level{25});
  REQUIRE(record.created.has_value());
  CHECK(now() - *record.created < std::chrono::hours{1});
  CHECK_FALSE(present(record.exc_text));
  CHECK_FALSE(present(record.extra));
  CHECK(batch.site(record).name == "backup");
  CHECK(batch.site(record).levelname == "Level 25");
  CHECK(batch.source(record).system_id == "backup");
  CHECK(batch.source(record).produkt_id == "shop");
  CHECK(batch.source(record).sub_system_id == "ch2eu");
  CHECK_FALSE(present(batch.source(record).user_spec_1));
  CHECK(batch.process(record).process == ::getpid());
}

TEST_CASE("no bridge is asked at what is no address") {
  CHECK_THROWS_WITH_AS(send_to_bridge("nowhere", "x"), "\"nowhere\" is no address: expected HOST:PORT or unix:PATH",
                       UsageError);
}

TEST_CASE("inherited sockets are this process's own, and web is what is named so") {
  struct Case {
    std::string pid, count, names;
    std::vector<int> bridge, web;
  };
  const std::string own = std::to_string(::getpid());
  const std::vector<Case> table{
      {own, "0", "", {}, {}},
      {own, "", "", {}, {}},
      {own, "two", "", {}, {}},
      {own, "-1", "", {}, {}},
      {"1", "2", "", {}, {}},
      {"", "2", "", {}, {}},
      {own, "1", "", {3}, {}},
      {own, "2", "bridge:web", {3}, {4}},
      {own, "3", "web:web", {5}, {3, 4}},
      {own, "2", "psherald.socket:psherald.socket:more", {3, 4}, {}},
  };
  for (const auto& c : table) {
    CAPTURE(c.names);
    const Environment environment{{{"LISTEN_PID", c.pid}, {"LISTEN_FDS", c.count}, {"LISTEN_FDNAMES", c.names}}};
    const auto sockets = inherited_sockets();
    CHECK(sockets.bridge == c.bridge);
    CHECK(sockets.web == c.web);
    CHECK(sockets.all().size() == c.bridge.size() + c.web.size());
  }
}

TEST_CASE("the status is one JSON object, with all that is known of each destination") {
  ServiceStatus status;
  status.store = "central";
  status.newest_id = 4711;
  status.received.records = 5;
  status.written.stored = 4;
  CHECK(status_response(status).body ==
        "{\"version\":\"" + std::string{version} +
            "\",\"store\":\"central\",\"newest_id\":4711,"
            "\"received\":{\"connections\":0,\"open\":0,\"records\":5,\"dropped\":0,\"faults\":0,\"bytes\":0},"
            "\"written\":{\"stored\":4,\"refused\":0,\"failed\":0,\"commits\":0,\"waiting_bytes\":0},"
            "\"destinations\":[]}\n");

  DestinationStatus one{"one", "http://a:1", "level>=error \"x\"", {}};
  one.stats.connected = true;
  one.stats.sent = 3;
  one.stats.cursor = 4700;
  one.stats.lag = 11;
  one.stats.rate = 2.5;
  one.stats.answers = {{0, 1}, {200, 7}};
  one.stats.peer = "far";
  one.stats.last_error = "line\nbreak";
  one.stats.last_error_at = Timestamp{std::chrono::microseconds{1'795'344'000'240'100}};
  status.destinations = {one, {"two", "python:unix:b", "", {}}};
  status.forwarded.emplace().duplicate = 2;
  const auto response = status_response(status);
  CHECK(response.status == 200);
  CHECK(response.content_type == "application/json; charset=utf-8");
  for (const std::string part :
       {"\"forwarded\":{\"batches\":0,\"stored\":0,\"duplicate\":2,",
        "\"destinations\":[{\"name\":\"one\",\"url\":\"http://a:1\",\"where\":\"level>=error "
        "\\\"x\\\"\",\"peer\":\"far\","
        "\"connected\":true,\"compressed\":false,\"sent\":3,\"skipped\":0,\"refused\":0,\"reconnects\":0,"
        "\"cursor\":4700,\"lag\":11,\"lag_bytes\":0,\"rate\":2.5,\"answers\":{\"0\":1,\"200\":7},"
        "\"last_error\":\"line\\nbreak\",\"last_error_at\":\"2026-11-22T10:40:00.240100Z\"},",
        "{\"name\":\"two\",\"url\":\"python:unix:b\",\"connected\":false,"}) {
    CAPTURE(part);
    CHECK(response.body.find(part) != std::string::npos);
  }
}

TEST_CASE("a line says how a destination fares") {
  DestinationStatus destination{"central", "http://central:9024", "", {}};
  destination.stats.connected = true;
  destination.stats.sent = 1;
  destination.stats.cursor = 4711;
  destination.stats.rate = 12.34;
  CHECK(line_of(destination) ==
        "forwarded to central at http://central:9024: 1 record since the start, up to 4711; 0 wait, 12.3 go a second, "
        "0 were skipped, 0 refused");
  destination.name = destination.url;
  destination.stats.connected = false;
  destination.stats.lag = 17;
  destination.stats.skipped = 5;
  destination.stats.refused = 2;
  destination.stats.last_error = "no answer";
  CHECK(line_of(destination) ==
        "forwarded to http://central:9024: 1 record since the start, up to 4711; 17 wait, 12.3 go a second, "
        "5 were skipped, 2 refused; it is away; the last error: no answer");
}

TEST_CASE("what a destination promises is said when it begins, a ps.herald's with its real rate and backlog") {
  Forwarder::Options to{.name = "central", .url = "http://central:9024"};
  CHECK(announcement(to, 0) == "forwarding to central at http://central:9024");
  to.where = "level>=error";
  CHECK(announcement(to, 1) == "forwarding to central at http://central:9024, where level>=error: 1 record waits");

  Forwarder::Options old{.name = "python://a:1", .url = "python://a:1"};
  struct Case {
    std::optional<double> rate;
    std::uint64_t waiting;
    const char* end;
  };
  for (const auto& c :
       std::vector<Case>{{{}, 0, "It gets 100 records a second at most"},
                         {{}, 1, "at most: the 1 that wait take 1 s"},
                         {{}, 1'000'000, "at most: the 1000000 that wait take 3 hours"},
                         {2'000.0, 1'000'000, "2000 records a second at most: the 1000000 that wait take 8 minutes"},
                         {0.5, 1'000'000, "0.5 records a second at most: the 1000000 that wait take 23 days"}}) {
    CAPTURE(c.end);
    old.rate = c.rate;
    const auto text = announcement(old, c.waiting);
    CHECK(text.starts_with(
        "forwarding to python://a:1, best effort: ps.herald 1.4.2 cannot acknowledge. Records of the last 5 s "));
    CHECK(text.ends_with(c.end));
  }
}

TEST_SUITE_END();
