#include "cli/status.hpp"

#include <utility>

#include "cli/output.hpp"
#include "net/host_name.hpp"
#include "psherald/version.hpp"
#include "record/json.hpp"

namespace psherald::cli {
namespace {

/// Puts a JSON object together, member by member.
class Members {
 public:
  Members& count(const char* name, std::uint64_t value) { return add(name, static_cast<std::int64_t>(value)); }
  Members& flag(const char* name, bool value) { return add(name, Json{value ? "true" : "false"}); }
  Members& json(const char* name, std::string value) { return add(name, Json{std::move(value)}); }
  Members& text(const char* name, const std::string& value) {
    return value.empty() ? *this : add(name, FieldValue{value});
  }
  Members& time(const char* name, const std::optional<Timestamp>& value) {
    return value ? add(name, FieldValue{*value}) : *this;
  }
  Members& number(const char* name, double value) {
    std::string digits;
    append_json_double(digits, value);
    return json(name, digits);
  }
  std::string object() const { return json_object(names_, values_); }

 private:
  Members& add(std::string name, FieldValue value) {
    names_.push_back(std::move(name));
    values_.push_back(std::move(value));
    return *this;
  }
  std::vector<std::string> names_{};
  std::vector<FieldValue> values_{};
};

std::string received_json(const Ingestor::Stats& stats) {
  Members members;
  members.count("connections", stats.connections).count("open", stats.open).count("records", stats.records);
  members.count("dropped", stats.dropped).count("faults", stats.faults).count("bytes", stats.bytes);
  return members.object();
}

std::string written_json(const QueuedSink::Stats& stats) {
  Members members;
  members.count("stored", stats.stored).count("refused", stats.refused).count("failed", stats.failed);
  members.count("commits", stats.commits).count("waiting_bytes", stats.waiting_bytes);
  return members.object();
}

std::string forwarded_json(const ForwardReceiver::Stats& stats) {
  Members members;
  members.count("batches", stats.batches).count("stored", stats.stored).count("duplicate", stats.duplicate);
  members.count("looped", stats.looped).count("refused", stats.refused);
  members.count("out_of_step", stats.out_of_step).count("unavailable", stats.unavailable);
  return members.object();
}

std::string answers_json(const std::map<int, std::uint64_t>& answers) {
  Members members;
  for (const auto& [status, times] : answers) members.count(std::to_string(status).c_str(), times);
  return members.object();
}

std::string destination_json(const DestinationStatus& destination) {
  const auto& stats = destination.stats;
  Members members;
  members.text("name", destination.name).text("url", destination.url).text("where", destination.where);
  members.text("peer", stats.peer).flag("connected", stats.connected).flag("compressed", stats.compressed);
  members.count("sent", stats.sent).count("skipped", stats.skipped).count("refused", stats.refused);
  members.count("reconnects", stats.reconnects).count("cursor", static_cast<std::uint64_t>(stats.cursor));
  members.count("lag", stats.lag).count("lag_bytes", stats.lag_bytes).time("oldest_unsent", stats.oldest_unsent);
  members.number("rate", stats.rate).json("answers", answers_json(stats.answers));
  members.text("last_error", stats.last_error).time("last_error_at", stats.last_error_at);
  return members.object();
}

std::string list_of(const std::vector<DestinationStatus>& destinations) {
  std::string list = "[";
  for (const auto& destination : destinations) (list += list.size() > 1 ? "," : "") += destination_json(destination);
  return list + ']';
}

}  // namespace

ServiceStatus status_of(const LogStore& store, const QueuedSink& queue, const Ingestor::Stats& received,
                        std::vector<DestinationStatus> destinations) {
  return {net::host_name("unknown"), store.reader()->newest_id(), received, queue.stats(), {}, std::move(destinations)};
}

HttpResponse status_response(const ServiceStatus& status) {
  Members members;
  members.text("version", std::string{version}).text("store", status.store);
  members.count("newest_id", static_cast<std::uint64_t>(status.newest_id));
  members.json("received", received_json(status.received)).json("written", written_json(status.written));
  if (status.forwarded) members.json("forwarded", forwarded_json(*status.forwarded));
  members.json("destinations", list_of(status.destinations));
  return {200, "application/json; charset=utf-8", {{"Cache-Control", "no-store"}}, members.object() + '\n'};
}

}  // namespace psherald::cli
