#include "cli/forwarding.hpp"

#include <asio/post.hpp>

namespace psherald::cli {
namespace {

constexpr std::chrono::seconds drain{2};

}  // namespace

Forwarding::Forwarding(asio::io_context& io, LogStore& store, QueuedSink& writer, Journal& journal,
                       const std::vector<Forwarder::Options>& destinations)
    : journal_{journal}, faults_{io, journal} {
  for (auto options : destinations) {
    journal_.log(
        Level::info,
        "forwarding to " + options.url +
            ", best effort: a ps.herald bridge cannot acknowledge. Records of the last 5 s before a break may "
            "appear twice there; what it reads but fails to store is lost; its rows show its own time. It gets "
            "100 records a second at most");
    options.on_fault = [this, &io](const Fault& fault) { asio::post(io, [this, fault] { faults_.add(fault); }); };
    destinations_.emplace_back(store, writer, options);
  }
}

void Forwarding::stop() {
  for (auto& [url, forwarder] : destinations_) {
    forwarder.stop(drain);
    const auto stats = forwarder.stats();
    journal_.log(Level::info, std::to_string(stats.sent) + " records forwarded to " + url + ", " +
                                  std::to_string(stats.lag) + " wait for the next start");
  }
}

}  // namespace psherald::cli
