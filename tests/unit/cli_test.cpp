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
#include "cli/journal.hpp"
#include "cli/lock_file.hpp"
#include "cli/program.hpp"
#include "cli/send.hpp"
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

TEST_SUITE_END();
