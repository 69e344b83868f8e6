/// ps_bridge: receives the records of Python's SocketHandler and stores them.

#include "cli/bridge.hpp"
#include "cli/failure.hpp"
#include "cli/forwarding.hpp"
#include "cli/program.hpp"
#include "cli/service.hpp"

namespace {

using namespace psherald;

cli::Usage usage() {
  return {
      "ps_bridge", "Receives the records of Python's SocketHandler and stores them.",
      cli::service_options({{0, "listen", "ADDRESS", "HOST:PORT or unix:PATH to receive on; may be repeated"},
                            {'s', "seconds", "AGE", "with -r: remove records older than AGE seconds"},
                            {'r', "rounds", "N", "with -s: after every N records"},
                            {'b', "bridge", "", "forward to the stage's bridge port on this machine, as to a tunnel"},
                            {0, "forward", "URL", cli::forward_help}}),
      "",
      "  ps_bridge                           receive from this machine, on the stage's port\n"
      "  ps_bridge --listen 0.0.0.0:9024     receive from everywhere\n"
      "  ps_bridge -s 1309600 -r 1024        after 1024 records remove those older than 15 days\n"
      "  ps_bridge --forward python://127.0.0.1:9017\n"
      "                                      pass on what is stored, best effort, 100 records a second\n"
      "  ps_bridge --forward http://central:9024\n"
      "                                      the same to a psherald, which acknowledges it\n"};
}

std::optional<cli::Bridge::Rounds> rounds_of(const cli::Arguments& arguments) {
  const auto age = arguments.number("seconds"), rounds = arguments.number("rounds");
  if (age.has_value() != rounds.has_value()) throw cli::UsageError{"--seconds and --rounds only work together"};
  if (!age) return {};
  return cli::Bridge::Rounds{std::chrono::seconds{*age}, *rounds};
}

int run(const cli::Arguments& arguments) {
  const auto rounds = rounds_of(arguments);
  if (cli::print_debug_mode("ps_bridge", arguments)) return 0;
  const cli::ServiceKind kind{"ps_bridge", {{"listen", "bridge.listen"}}, {"ps_bridge"}, true};
  cli::run_service(kind, arguments, [&](cli::Service& service) {
    const auto destinations = cli::destinations_of(service.config, arguments);
    service.inherited.bridge = service.inherited.all();
    LogStore store{service.config.store};
    asio::io_context io{1};  // this thread does all network work
    QueuedSink queue{store, service.config.queue};
    const cli::Journal::IntoSink records{service.journal, queue};
    cli::Forwarding forwarding{io, store, queue, service.journal, destinations};
    Access access{service.config.tokens, service.config.pages.hosts};
    cli::Bridge bridge{io, store, queue, service, access, rounds, forwarding};
    const auto stop = [&] {
      bridge.stop();
      forwarding.stop();
    };
    service.run(io, stop, [&](const Config& config) {
      access.reload();
      bridge.reload(config);
    });
    forwarding.drain();
    service.journal.log(Level::info, bridge.summary());
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return cli::run_program(usage(), cli::words_of(argc, argv), run); }
