// A log collector inside a program of your own: three objects and the io_context that the program has anyway.
//
//     embed_in_service                  receives one record that it sends to itself, prints it and ends
//     embed_in_service 127.0.0.1:9020   receives until Ctrl-C; send it records from Python's SocketHandler

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/write.hpp>
#include <cstdio>
#include <string>

#include "psherald/psherald.hpp"
#include "psherald/testing.hpp"

namespace {

void send_one_record(asio::io_context& io, std::uint16_t port) {
  asio::ip::tcp::socket socket{io};
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket,
              asio::buffer(psherald::testing::python_frame({.message = "hello from myself", .system_id = "example"})));
}

void print_newest(const psherald::LogStore& store) {
  const auto page = psherald::find(store, {.limit = 10});
  for (const auto& record : page.batch.records()) {
    const std::string time = psherald::format_utc(record.received), level = psherald::level_name(record.level);
    std::printf(
        "%s %s %.*s: %.*s\n", time.c_str(), level.c_str(), static_cast<int>(page.batch.source(record).system_id.size()),
        page.batch.source(record).system_id.data(), static_cast<int>(record.message.size()), record.message.data());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const bool serve = argc > 1;
  asio::io_context io{1};

  psherald::LogStore store{{.path = ":memory:"}};  // a file name keeps the records
  psherald::QueuedSink queue{store};               // its thread waits for the disk, ours never does
  psherald::Ingestor ingestor{io, queue, {.listen = {serve ? argv[1] : "127.0.0.1:0"}}};

  asio::signal_set signals{io};
  if (serve) {
    signals.add(SIGINT);
    signals.async_wait([&](asio::error_code, int) { ingestor.stop(); });
    std::printf("receiving on %s, Ctrl-C ends\n", ingestor.endpoints().front().c_str());
  } else {
    send_one_record(io, ingestor.port());
    ingestor.stop();  // delivers what has arrived
  }
  io.run();  // returns when the queue has answered for every record

  print_newest(store);
} catch (const std::exception& error) {
  std::fprintf(stderr, "embed_in_service: %s\n", error.what());
  return 1;
}
