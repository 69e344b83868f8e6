#include "cli/forwarding.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cmath>
#include <cstdio>
#include <thread>

namespace psherald::cli {
namespace {

constexpr std::chrono::seconds longest_drain{2};
constexpr std::chrono::minutes told_every{10};
constexpr double rate_to_ps_herald = 100;  // Forwarder::Options::rate

std::string one_decimal(double number) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f", number);
  return text;
}

std::string shown_seconds(double seconds) {
  constexpr std::pair<double, const char*> units[] = {{86'400, " days"}, {3'600, " hours"}, {60, " minutes"}};
  for (const auto& [length, unit] : units)
    if (seconds >= 2 * length) return std::to_string(std::llround(seconds / length)) + unit;
  return std::to_string(std::llround(std::ceil(seconds))) + " s";
}

std::string number_of_records(std::uint64_t number) {
  return std::to_string(number) + (number == 1 ? " record" : " records");
}

// Its name, where it has one of its own.
std::string shown_name(const std::string& name, const std::string& url) {
  return name == url ? url : name + " at " + url;
}

std::string promise_of_ps_herald(const Forwarder::Options& to, std::uint64_t waiting) {
  const double rate = to.rate.value_or(rate_to_ps_herald);
  const double window = std::chrono::duration<double>{to.confirm_window}.count();
  std::string text = ", best effort: ps.herald 1.4.2 cannot acknowledge. Records of the last " + shown_seconds(window) +
                     " before a break may appear twice there; what it reads but fails to store is lost; its rows show "
                     "its own time. It gets " +
                     (rate < 10 ? one_decimal(rate) : std::to_string(std::llround(rate))) + " records a second at most";
  if (waiting > 0)
    text +=
        ": the " + std::to_string(waiting) + " that wait take " + shown_seconds(static_cast<double>(waiting) / rate);
  return text;
}

bool has_moved(const Forwarder::Stats& before, const Forwarder::Stats& after, std::size_t own_lines) {
  return after.sent > before.sent + own_lines || after.skipped != before.skipped || after.refused != before.refused ||
         after.last_error_at != before.last_error_at || after.last_error != before.last_error;
}

}  // namespace

std::vector<Forwarder::Options> destinations_of(const Config& config, const Arguments& arguments) {
  std::vector<Forwarder::Options> all = config.forward;
  const auto add = [&](const std::string& url, const std::string& name) {
    const auto is_same = [&](const auto& other) { return other.url == url || other.name == name; };
    if (std::none_of(all.begin(), all.end(), is_same)) all.push_back(destination_of(config, url, name));
  };
  if (arguments.has("bridge")) add("python://localhost:" + std::to_string(config.stage->bridge_port), "bridge");
  for (const auto& url : arguments.values("forward")) add(url, url);
  return all;
}

std::string announcement(const Forwarder::Options& to, std::uint64_t waiting) {
  std::string text = "forwarding to " + shown_name(to.name, to.url);
  if (!to.where.empty()) text += ", where " + to.where;
  if (to.url.starts_with("python:")) return text + promise_of_ps_herald(to, waiting);
  if (waiting > 0) text += ": " + number_of_records(waiting) + (waiting == 1 ? " waits" : " wait");
  return text;
}

std::string line_of(const DestinationStatus& destination) {
  const auto& stats = destination.stats;
  std::string text = "forwarded to " + shown_name(destination.name, destination.url) + ": " +
                     number_of_records(stats.sent) + " since the start, up to " + std::to_string(stats.cursor) + "; " +
                     std::to_string(stats.lag) + " wait, " + one_decimal(stats.rate) + " go a second, " +
                     std::to_string(stats.skipped) + " were skipped, " + std::to_string(stats.refused) + " refused";
  if (!stats.connected) text += "; it is away";
  if (stats.last_error.empty()) return text;
  text += "; the last error";
  if (stats.last_error_at) text += ", at " + format_local(*stats.last_error_at);
  return text + ": " + stats.last_error;
}

Forwarding::Forwarding(asio::io_context& io, LogStore& store, QueuedSink& writer, Journal& journal,
                       const std::vector<Forwarder::Options>& destinations)
    : journal_{journal}, faults_{io, journal} {
  for (auto options : destinations) {
    options.on_fault = [this, &io](const Fault& fault) { asio::post(io, [this, fault] { faults_.add(fault); }); };
    auto& destination = destinations_.emplace_back(store, writer, options);
    destination.told = destination.forwarder.stats();
    journal_.log(Level::info, announcement(options, destination.told.lag));
  }
  if (!destinations_.empty()) telling_.emplace(io, told_every, [this] { tell(); });
}

RecordId Forwarding::needed_from() const noexcept {
  RecordId oldest = 0;
  for (const auto& destination : destinations_) {
    const auto needed = destination.forwarder.needed_from();
    if (oldest == 0 || needed < oldest) oldest = needed;
  }
  return oldest;
}

std::vector<DestinationStatus> Forwarding::status() const {
  std::vector<DestinationStatus> all;
  for (const auto& destination : destinations_) all.push_back(destination.status());
  return all;
}

void Forwarding::stop() {
  if (telling_) telling_->stop();
  faults_.stop();
}

void Forwarding::drain() {
  // Side by side, so that one that does not answer takes no time from the others.
  std::vector<std::thread> threads;
  for (auto& destination : destinations_)
    threads.emplace_back([&forwarder = destination.forwarder] { forwarder.stop(longest_drain); });
  for (auto& thread : threads) thread.join();
  for (const auto& destination : destinations_) journal_.log(Level::info, line_of(destination.status()));
}

// Each line is a record itself, and goes to every destination: that alone is no news.
void Forwarding::tell() {
  for (auto& destination : destinations_) {
    const auto status = destination.status();
    if (!has_moved(destination.told, status.stats, destinations_.size())) continue;
    journal_.log(Level::info, line_of(status));
    destination.told = status.stats;
  }
}

}  // namespace psherald::cli
