#include "cli/program.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

#include "cli/failure.hpp"
#include "psherald/error.hpp"
#include "psherald/version.hpp"

namespace psherald::cli {
namespace {

int exit_code_of(const Error& error) {
  if (error.code().category() != error_category()) return EX_SOFTWARE;
  switch (static_cast<Errc>(error.code().value())) {
    case Errc::bad_config: return EX_CONFIG;
    case Errc::bad_query: return EX_USAGE;
    case Errc::listen:
    case Errc::peer_lost:
    case Errc::not_told: return EX_UNAVAILABLE;
    case Errc::store_open:
    case Errc::store_read_only: return EX_CANTCREAT;
    case Errc::store_foreign:
    case Errc::store_version:
    case Errc::store_corrupt: return EX_DATAERR;
    case Errc::store_busy:
    case Errc::watch_lost: return EX_TEMPFAIL;
    case Errc::store_full:
    case Errc::store_io: return EX_IOERR;
    default: return EX_SOFTWARE;
  }
}

int tell(std::string_view program, int exit_code, const std::string& text) {
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(program.size()), program.data(), text.c_str());
  return exit_code;
}

}  // namespace

std::vector<std::string> words_of(int argc, char** argv) { return {argv + (argc > 0 ? 1 : 0), argv + argc}; }

int run_program(Usage usage, const std::vector<std::string>& words, const std::function<int(const Arguments&)>& body) {
  const std::string_view program = usage.program;
  std::signal(SIGPIPE, SIG_IGN);  // a peer that is gone is an error of that write, not the end of the program
  usage.options.push_back({'h', "help", "", "print this page"});
  usage.options.push_back({0, "version", "", "print the version"});
  try {
    const Arguments arguments{usage, words};
    if (arguments.has("help")) return std::fputs(help(usage).c_str(), stdout), EX_OK;
    if (arguments.has("version"))
      return std::printf("%s %s\n", std::string{program}.c_str(), std::string{version}.c_str()), EX_OK;
    return body(arguments);
  } catch (const UsageError& error) {
    return tell(program, error.exit_code(), error.what() + ("\nTry \"" + std::string{program} + " --help\"."));
  } catch (const AlreadyRunning& error) {
    return ::isatty(STDERR_FILENO) ? tell(program, error.exit_code(), error.what()) : error.exit_code();
  } catch (const Failure& failure) {
    return tell(program, failure.exit_code(), failure.what());
  } catch (const Error& error) {
    return tell(program, exit_code_of(error), error.what());
  } catch (const std::exception& error) {
    return tell(program, EX_SOFTWARE, error.what());
  }
}

bool print_debug_mode(const std::string& program, const Arguments& arguments) {
  std::printf("%s. Debug mode is %s\n", program.c_str(), arguments.has("debug") ? "on" : "off");
  std::fflush(stdout);
  return arguments.has("extra");
}

}  // namespace psherald::cli
