/// A store that takes what others forward, as a program that can be killed.
///
///     forward-collector DATABASE LISTEN [POISON]
///
/// It dies of a record whose message has POISON in it, at the moment when it would store it.

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "psherald/psherald.hpp"

using namespace psherald;

namespace {

class Mortal final : public TransactionalSink {
 public:
  Mortal(LogStore& store, std::string poison) : store_{store}, poison_{std::move(poison)} {}
  void begin() override { store_.begin(); }
  Appended append(const RecordBatch& batch) override {
    for (const auto& record : batch.records())
      if (!poison_.empty() && record.message.find(poison_) != record.message.npos) std::_Exit(9);
    return store_.append(batch);
  }
  void commit() override { store_.commit(); }
  void rollback() noexcept override { store_.rollback(); }

 private:
  LogStore& store_;
  const std::string poison_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) throw std::runtime_error{"usage: forward-collector DATABASE LISTEN [POISON]"};
  LogStore store{{.path = argv[1], .ballast_bytes = 0}};
  Mortal mortal{store, argc > 3 ? argv[3] : ""};
  QueuedSink writer{mortal};
  ForwardReceiver receiver{store, writer, {}};
  asio::io_context io{1};
  const HttpHandler answer = [&](HttpRequest request, HttpRespond respond) {
    receiver.handle(std::move(request), std::move(respond));
  };
  WebServer server{io, answer, {.listen = {argv[2]}, .limits = {.max_body_bytes = 8u << 20}}};
  asio::signal_set signals{io, SIGINT, SIGTERM};
  signals.async_wait([&](auto, int) { server.stop(); });
  io.run();
  return 0;
} catch (const std::exception& error) {
  std::cerr << "forward-collector: " << error.what() << '\n';
  return 1;
}
