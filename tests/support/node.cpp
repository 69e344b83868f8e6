#include "support/node.hpp"

#include <asio/io_context.hpp>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "psherald/web.hpp"
#include "store/sqlite.hpp"

namespace psherald::testing {
namespace {

using namespace std::chrono_literals;

constexpr const char* kept[]{"", "-wal"};
constexpr const char* made_anew[]{"-shm", ".psherald.lock"};
constexpr const char* nobody = "127.0.0.1:1";

Forwarder::Options quick(const std::string& store, const std::string& url) {
  Forwarder::Options options;
  options.name = "to " + url.substr(url.rfind(':') + 1);
  options.url = url;
  options.store = store;
  options.linger = 1ms;
  options.retry_min = 1ms;
  options.retry_max = 20ms;
  options.connect_timeout = 2'000ms;
  options.answer_timeout = 5'000ms;
  return options;
}

sqlite::Connection open(const std::string& path) {
  sqlite3* opened = nullptr;
  sqlite3_open(path.c_str(), &opened);
  sqlite::Connection db{opened};
  sqlite::execute(db.get(), "PRAGMA wal_autocheckpoint = 0");
  return db;
}

}  // namespace

// In the order in which they are made; they end in the other one.
struct Node::Running {
  Running(const std::string& file, const ForwardReceiver::Options& options, Handler& intercept)
      : store{{.path = file, .ballast_bytes = 0}},
        writer{store},
        receiver{store, writer, options},
        server{io,
               [this, &intercept](HttpRequest request, HttpRespond respond) {
                 intercept ? intercept(receiver, std::move(request), std::move(respond))
                           : receiver.handle(std::move(request), std::move(respond));
               },
               {.limits = {.max_body_bytes = 8u << 20}}},
        thread{[this] { io.run(); }} {}
  ~Running() {
    forwarders.clear();
    server.stop();
    thread.join();
    writer.flush();
  }

  LogStore store;
  QueuedSink writer;
  ForwardReceiver receiver;
  asio::io_context io{1};
  WebServer server;
  std::deque<Forwarder> forwarders;
  std::thread thread;
};

struct Node::Impl {
  std::string name, file;
  ForwardReceiver::Options options;
  Proxy proxy{nobody};
  Handler intercept;
  std::vector<Forwarder::Options> destinations;
  mutable std::mutex mutex;
  std::vector<std::string> faults;
  std::unique_ptr<Running> running;

  std::function<void(const Fault&)> keep_faults() {
    return [this](const Fault& fault) {
      std::lock_guard lock{mutex};
      faults.push_back(fault.text);
    };
  }
};

Node::Node(const std::string& folder, std::string name, ForwardReceiver::Options options)
    : impl_{std::make_unique<Impl>()} {
  impl_->file = (std::filesystem::path{folder} / name).string();
  options.store = name;
  options.on_fault = impl_->keep_faults();
  impl_->options = std::move(options);
  impl_->name = std::move(name);
  start();
}
Node::~Node() = default;

void Node::start() {
  impl_->running = std::make_unique<Running>(impl_->file, impl_->options, impl_->intercept);
  auto& running = *impl_->running;
  impl_->proxy.aim_at(running.server.endpoints().front());
  for (const auto& options : impl_->destinations)
    running.forwarders.emplace_back(running.store, running.writer, options);
}

void Node::stop() {
  impl_->proxy.aim_at(nobody);
  impl_->proxy.end_all();
  impl_->running.reset();
}

bool Node::is_running() const noexcept { return impl_->running != nullptr; }
std::string Node::url() const { return "http://" + impl_->proxy.endpoint(); }
Proxy& Node::proxy() noexcept { return impl_->proxy; }
const std::string& Node::file() const noexcept { return impl_->file; }
const std::string& Node::name() const noexcept { return impl_->name; }
LogStore& Node::store() noexcept { return impl_->running->store; }
std::unique_ptr<LogStore> Node::reader() { return impl_->running->store.reader(); }

void Node::write(RecordBatch batch) {
  impl_->running->writer.write(std::move(batch), {});
  impl_->running->writer.flush();
}

void Node::forward_to(const std::string& url, std::function<void(Forwarder::Options&)> change) {
  auto options = quick(impl_->name, url);
  options.on_fault = impl_->keep_faults();
  if (change) change(options);
  impl_->destinations.push_back(options);
  if (impl_->running) impl_->running->forwarders.emplace_back(impl_->running->store, impl_->running->writer, options);
}

void Node::forward_to(Node& other, std::function<void(Forwarder::Options&)> change) {
  forward_to(other.url(), std::move(change));
}

Forwarder& Node::forwarder(std::size_t number) { return impl_->running->forwarders.at(number); }
const ForwardReceiver& Node::receiver() const { return impl_->running->receiver; }

std::vector<std::string> Node::faults() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->faults;
}

void Node::intercept(Handler handler) {
  const bool was_running = is_running();
  if (was_running) stop();
  impl_->intercept = std::move(handler);
  if (was_running) start();
}

void Node::copy_to(const std::string& path) const {
  for (const auto* ending : kept)
    if (std::filesystem::exists(impl_->file + ending))
      std::filesystem::copy_file(impl_->file + ending, path + ending,
                                 std::filesystem::copy_options::overwrite_existing);
}

void Node::put_back(const std::string& path) {
  remove_file();
  for (const auto* ending : kept)
    if (std::filesystem::exists(path + ending)) std::filesystem::copy_file(path + ending, impl_->file + ending);
}

void Node::remove_file() {
  for (const auto* ending : kept) std::filesystem::remove(impl_->file + ending);
  for (const auto* ending : made_anew) std::filesystem::remove(impl_->file + ending);
}

void Node::restore(const std::string& path) {
  const auto from = open(path), to = open(impl_->file);
  sqlite3_busy_timeout(to.get(), 10'000);
  auto* backup = sqlite3_backup_init(to.get(), "main", from.get(), "main");
  sqlite3_backup_step(backup, -1);
  if (sqlite3_backup_finish(backup) != SQLITE_OK) throw sqlite::error_of(to.get(), "put a copy back into");
}

void Node::execute(const std::string& sql) { sqlite::execute(open(impl_->file).get(), sql.c_str()); }

bool wait_until(const std::function<bool()>& condition) {
  for (const auto end = std::chrono::steady_clock::now() + 180s; std::chrono::steady_clock::now() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(1ms);
  }
  return false;
}

}  // namespace psherald::testing
