// Three stores on three levels of trust. Records go outwards only, from the inner machine to the gateway and from there
// to the outer one, and each step has a filter that says what the next may see. Nobody can ask or tell an inner machine
// anything: it opens the connection, and the answers to its batches say no more than how far the other end is.

#include <asio/io_context.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "psherald/psherald.hpp"

namespace {

using namespace psherald;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

/// A store that others pass their records on to.
class Receiving {
 public:
  Receiving(LogStore& store, QueuedSink& writer, const std::string& name)
      : writer_{writer},
        receiver_{store, writer, {.store = name}},
        server_{io_,
                [this](HttpRequest request, HttpRespond respond) {
                  receiver_.handle(std::move(request), std::move(respond));
                },
                {}} {
    thread_ = std::thread{[this] { io_.run(); }};
  }
  Receiving(const Receiving&) = delete;
  Receiving& operator=(const Receiving&) = delete;
  ~Receiving() {
    server_.stop();
    thread_.join();
    writer_.flush();  // what the receiver has left to do is done there
  }
  std::string url() const { return "http://" + server_.endpoints().front(); }

 private:
  QueuedSink& writer_;
  ForwardReceiver receiver_;
  asio::io_context io_{1};
  WebServer server_;
  std::thread thread_{};
};

class Machine {
 public:
  explicit Machine(std::string name) : name_{std::move(name)} {}

  void receive() { receiving_.emplace(store_, writer_, name_); }
  /// Only what matches leaves this machine.
  void pass_on_to(const Machine& outer, const std::string& where) {
    forwarder_.emplace(
        store_, writer_,
        Forwarder::Options{.name = outer.name_, .url = outer.receiving_->url(), .where = where, .store = name_});
  }
  void log(Level level, std::string_view message, std::string_view attributes = {}) {
    RecordBatch batch;
    batch.append({.level = level, .message = message, .extra = attributes}, {.system_id = name_});
    writer_.write(std::move(batch), {});
  }

  /// What can be seen here, when there is as much as that.
  Texts wait_for(std::size_t records) {
    const auto reader = store_.reader();
    Tail tail{*reader, {}, 0};
    for (Texts texts;; std::this_thread::sleep_for(5ms)) {
      const auto batch = tail.next();
      for (const auto& record : batch.records()) texts.push_back(described(batch, record));
      if (texts.size() < records) continue;
      std::printf("%s sees\n", name_.c_str());
      for (const auto& text : texts) std::printf("  %s\n", text.c_str());
      return texts;
    }
  }

 private:
  // Who logged it, and how many stores had it between that one and this.
  static std::string described(const RecordBatch& batch, const Record& record) {
    constexpr std::size_t digits_of_a_run = 32;
    return std::string{batch.source(record).system_id} + ": " + std::string{record.message} + ", " +
           std::to_string(record.origin_path.size() / digits_of_a_run) + " between";
  }

  const std::string name_;
  LogStore store_{{.path = ":memory:"}};
  QueuedSink writer_{store_};
  std::optional<Receiving> receiving_{};
  std::optional<Forwarder> forwarder_{};  // last: it uses the store and its writer
};

}  // namespace

int main() try {
  Machine outer{"outer"}, gateway{"gateway"}, inner{"inner"};  // who sends ends before who receives
  outer.receive();
  gateway.receive();
  gateway.pass_on_to(outer, "level>=warning");
  inner.pass_on_to(gateway, "level>=info -exists:attr.customer");  // whoever it is about, it stays inside

  inner.log(Level::debug, "the cache is warm");
  inner.log(Level::info, "the backup is done");
  inner.log(Level::error, "payment refused", R"({"customer":"4711"})");
  inner.log(Level::warning, "the disk is at 91 %");
  const bool all_inside = inner.wait_for(4).size() == 4;

  const Texts at_gateway = gateway.wait_for(2);
  gateway.log(Level::error, "the tunnel was down");
  const Texts outside = outer.wait_for(2);

  const Texts expected_at_gateway{"inner: the backup is done, 0 between", "inner: the disk is at 91 %, 0 between"};
  const Texts expected_outside{"inner: the disk is at 91 %, 1 between", "gateway: the tunnel was down, 0 between"};
  return all_inside && at_gateway == expected_at_gateway && outside == expected_outside ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "trust_levels: %s\n", error.what());
  return 1;
}
