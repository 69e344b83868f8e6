// A relay in one file: takes what Python's SocketHandler sends and what other relays pass on, both on one port, keeps
// it, and passes it on to the next, each record exactly once. The log is its queue, so whatever ends on the way, it
// goes on where it was.
//
//     relay                                                 two records through one relay to another, in this process
//     relay 127.0.0.1:9020 http://central:9024 log.sqlite   until Ctrl-C

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "psherald/psherald.hpp"
#include "psherald/testing.hpp"

namespace {

using namespace psherald;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

void tell(const Fault& fault) { std::fprintf(stderr, "relay: %s\n", fault.text.c_str()); }

class Relay {
 public:
  /// Without a URL this is where all records end.
  Relay(asio::io_context& io, const std::string& listen, const std::string& file, const std::string& url = {})
      : store_{{.path = file}},
        ingestor_{io,
                  writer_,
                  {.listen = {listen},
                   .http = [this](HttpRequest request,
                                  HttpRespond respond) { receiver_.handle(std::move(request), std::move(respond)); },
                   .on_fault = tell}} {
    if (!url.empty())
      forwarder_.emplace(store_, writer_, Forwarder::Options{.name = "next", .url = url, .on_fault = tell});
  }

  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  ~Relay() { writer_.flush(); }  // what the receiver has left to do is done there

  std::uint16_t port() const { return ingestor_.port(); }
  std::string endpoint() const { return ingestor_.endpoints().front(); }
  /// `io` has no work of this relay left when everything that has arrived is on the disk.
  void stop_receiving() { ingestor_.stop(); }
  /// What does not go out in this time goes out after the next start.
  void stop_sending(std::chrono::milliseconds drain) {
    forwarder_->stop(drain);
    const auto stats = forwarder_->stats();
    std::printf("%llu records passed on, %llu wait\n", static_cast<unsigned long long>(stats.sent),
                static_cast<unsigned long long>(stats.lag));
  }

  /// Returns when so many records have come.
  Texts wait_for(std::size_t records) const {
    const auto reader = store_.reader();  // the store itself belongs to the writer's thread
    Tail tail{*reader, {}, 0};
    for (Texts texts;; std::this_thread::sleep_for(5ms)) {
      const auto batch = tail.next();
      for (const auto& record : batch.records()) texts.emplace_back(record.message);
      if (texts.size() >= records) return texts;
    }
  }

 private:
  LogStore store_;
  QueuedSink writer_{store_};  // its thread waits for the disk
  ForwardReceiver receiver_{store_, writer_, {.on_fault = tell}};
  Ingestor ingestor_;
  std::optional<Forwarder> forwarder_{};
};

void send_two_records(std::uint16_t port) {
  asio::io_context io;
  asio::ip::tcp::socket sender{io};
  sender.connect({asio::ip::address_v4::loopback(), port});
  for (const char* text : {"first", "second"})
    asio::write(sender, asio::buffer(testing::python_frame({.message = text, .system_id = "example"})));
}

bool show() {
  asio::io_context io{1};
  Relay central{io, "127.0.0.1:0", ":memory:"};
  Relay relay{io, "127.0.0.1:0", ":memory:", "http://" + central.endpoint()};
  send_two_records(relay.port());

  std::thread network{[&] { io.run(); }};
  const auto arrived = central.wait_for(2);
  relay.stop_sending(2s);
  relay.stop_receiving();
  central.stop_receiving();
  network.join();

  for (const auto& text : arrived) std::printf("central has: %s\n", text.c_str());
  return arrived == Texts{"first", "second"};
}

void serve(const std::string& listen, const std::string& url, const std::string& file) {
  asio::io_context io{1};
  Relay relay{io, listen, file, url};
  std::printf("receiving on %s, Ctrl-C ends\n", relay.endpoint().c_str());
  asio::signal_set signals{io, SIGINT};
  signals.async_wait([&](asio::error_code, int) { relay.stop_receiving(); });
  io.run();
  relay.stop_sending(2s);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) return show() ? 0 : 1;
  serve(argv[1], argv[2], argv[3]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "relay: %s\n", error.what());
  return 1;
}
