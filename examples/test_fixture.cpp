// psherald as a fixture in a test: a real port that a program under test logs to, and everything it said, in memory.
// The program under test is Python here; give another command as the argument, it finds the port in $LOG_PORT.

#include <asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "psherald/psherald.hpp"
#include "psherald/testing.hpp"

namespace {

/// Listens on a free port while it lives.
class LogFixture {
 public:
  LogFixture() : ingestor_{io_, sink_, {}}, thread_{[this] { io_.run(); }} {}
  ~LogFixture() { stop(); }

  std::string port() const { return std::to_string(ingestor_.port()); }
  /// Everything that was sent until now, in order.
  std::vector<std::string> messages() {
    stop();
    return sink_.messages();
  }

 private:
  void stop() {
    ingestor_.stop();
    if (thread_.joinable()) thread_.join();
  }

  asio::io_context io_{1};
  psherald::testing::MemorySink sink_;
  psherald::Ingestor ingestor_;
  std::thread thread_;
};

constexpr const char* program =
    "python3 -c \"import logging, logging.handlers, os\n"
    "log = logging.getLogger('shop')\n"
    "log.addHandler(logging.handlers.SocketHandler('127.0.0.1', int(os.environ['LOG_PORT'])))\n"
    "log.warning('order %d refused', 4711)\"";

}  // namespace

int main(int argc, char** argv) try {
  LogFixture fixture;
  ::setenv("LOG_PORT", fixture.port().c_str(), 1);
  if (std::system(argc > 1 ? argv[1] : program) != 0) return 1;

  const auto messages = fixture.messages();
  for (const auto& message : messages) std::printf("%s\n", message.c_str());
  return messages.size() == 1 && messages.front() == "order 4711 refused" ? 0 : 1;  // what the test expects
} catch (const std::exception& error) {
  std::fprintf(stderr, "test_fixture: %s\n", error.what());
  return 1;
}
