#include "cli/bridge.hpp"

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <cstdio>
#include <functional>
#include <utility>

namespace psherald::cli {
namespace {

/// Whether the store has become too large is looked at after so many: they take some megabytes.
constexpr std::uint64_t records_between_looks = 10'000;

void announce(Journal& journal, const Stage& stage) {
  const std::string text =
      "listening on 127.0.0.1 only; remote senders need --listen 0.0.0.0:" + std::to_string(stage.logging_port);
  journal.log(Level::info, text);
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

}  // namespace

/// Tells the bridge how much was stored.
class Bridge::CountingSink final : public Sink {
 public:
  CountingSink(QueuedSink& queue, Bridge& bridge) : queue_{queue}, bridge_{bridge} {}

  void write(RecordBatch batch, Done done) override {
    queue_.write(std::move(batch), [this, done = std::move(done)](Result<Appended> outcome) {
      if (outcome) bridge_.count(outcome->stored);
      if (done) done(std::move(outcome));
    });
  }
  bool has_room() const noexcept override { return queue_.has_room(); }

 private:
  QueuedSink& queue_;
  Bridge& bridge_;
};

Bridge::Bridge(asio::io_context& io, LogStore& store, QueuedSink& queue, Service& service, const Access& access,
               std::optional<Rounds> rounds, const Forwarding& forwarding)
    : io_{io},
      store_{store},
      queue_{queue},
      rounds_{rounds},
      forwarding_{forwarding},
      max_age_{service.config.max_age},
      max_size_{service.config.max_size.value_or(0)},
      journal_{service.journal},
      faults_{io, service.journal},
      api_{io,      store,  queue,
           service, access, [this] { return status_of(store_, queue_, ingestor_->stats(), forwarding_.status()); }},
      counting_{std::make_unique<CountingSink>(queue, *this)} {
  listen(service);
  alive_.emplace(io, std::chrono::seconds{10}, [this] {
    note_alive();
    journal_.log(Level::debug, summary());
  });
  tending_.emplace(io, std::chrono::seconds{10}, [this] {
    tend();
    look_at_size();  // what a reader stood in the way of is tried again, though no record comes
  });
  retention_.emplace(io, std::chrono::minutes{5}, [this] { remove(max_age_); });
}

Bridge::~Bridge() { queue_.flush(); }

void Bridge::listen(Service& service) {
  auto options = service.config.ingest;
  options.http = [this](HttpRequest request, HttpRespond respond) {
    api_.handle(std::move(request), std::move(respond));
  };
  const bool by_default = is_default(options.listen, service.config.stage->logging_port);
  options.inherited = service.inherited.bridge;
  if (!options.inherited.empty() && by_default) options.listen.clear();
  options.on_fault = [this](const Fault& fault) { faults_.add(fault); };
  try {
    ingestor_ = std::make_unique<Ingestor>(io_, *counting_, options);
  } catch (const Error& error) {
    if (error.code() != Errc::listen) throw;
    throw Error{Errc::listen, error.what() + service.other_address("bridge.listen")};
  }
  for (const auto& endpoint : endpoints()) service.journal.log(Level::info, "receiving records on " + endpoint);
  if (by_default && options.inherited.empty()) announce(service.journal, *service.config.stage);
}

void Bridge::reload(const Config& config) {
  max_age_ = config.max_age;
  max_size_ = config.max_size.value_or(0);
  remove(max_age_);
  ingestor_->reload_tls();
}

void Bridge::stop() {
  stopped_ = true;
  alive_->stop();
  retention_->stop();
  tending_->stop();
  ingestor_->stop();
  api_.stop();
  note_alive();
  faults_.stop();
}

std::string Bridge::summary() const {
  const auto stats = ingestor_->stats();
  return std::to_string(stats.records) + " records received over " + std::to_string(stats.connections) +
         " connections, " + std::to_string(stats.dropped) + " dropped, " + std::to_string(stats.faults) + " faults";
}

/// Does the job on the thread that owns the store; what goes wrong there is a fault like any other, and `io` waits to
/// hear of it.
void Bridge::on_store(const std::string& attempt, std::function<void()> job) {
  queue_.post([this, attempt, job = std::move(job), work = asio::make_work_guard(io_)] {
    try {
      job();
    } catch (const Error& error) {
      const Fault fault{static_cast<Errc>(error.code().value()), attempt + " failed: " + error.what()};
      asio::post(io_, [this, fault] { faults_.add(fault); });
    }
  });
}

void Bridge::note_alive() {
  on_store("noting that the bridge is alive", [this] { store_.mark_alive(now()); });
}

/// The next step of a long job of the store, which takes a little at a time so that records come between; none when it
/// is to stop: it goes on with the next start.
void Bridge::go_on(std::function<void()> step) {
  asio::post(io_, [this, step = std::move(step)] {
    if (!stopped_) step();
  });
}

void Bridge::tend() {
  if (tending_waits_.exchange(true)) return;  // so however long it takes, the ticks do not add up
  on_store("making summaries of the log", [this] {
    tending_waits_ = false;
    if (store_.tend()) go_on([this] { tend(); });
  });
}

void Bridge::count(std::size_t stored) {
  if (rounds_ && (since_round_ += stored) >= rounds_->rounds) {
    since_round_ = 0;
    remove(rounds_->age);
  }
  if ((since_look_ += stored) >= records_between_looks) {
    since_look_ = 0;
    look_at_size();
  }
}

void Bridge::look_at_size() {
  if (max_size_ != 0 && !removing_) remove({});
}

void Bridge::remove(std::optional<std::chrono::seconds> age) {
  Retention keep;
  if (age) keep.since = now() - *age;
  if (max_size_ != 0) keep.max_bytes = max_size_;
  if (keep.since || keep.max_bytes) remove_on(keep);
}

void Bridge::remove_on(Retention keep) {
  removing_ = true;
  on_store("removing old records", [this, keep]() mutable {
    removing_ = false;  // and so it stays when it fails
    keep.keep_from = forwarding_.needed_from();
    const auto pruned = store_.prune(keep, std::chrono::milliseconds{20});
    removing_ = pruned.more;
    if (pruned.more) go_on([this, keep] { remove_on(keep); });
    if (pruned.records > 0) asio::post(io_, [this, cursors = pruned.overtaken] { tell_overtaken(cursors); });
  });
}

void Bridge::tell_overtaken(const std::vector<Cursor>& cursors) {
  std::set<std::string> names;
  for (const auto& cursor : cursors) {
    names.insert(cursor.name);
    if (!overtaken_.contains(cursor.name))
      journal_.log(Level::warning, "records were removed that " + cursor.name +
                                       (cursor.url.empty() ? "" : " at " + cursor.url) + " has not had: it is at " +
                                       std::to_string(cursor.id));
  }
  overtaken_ = std::move(names);
}

}  // namespace psherald::cli
