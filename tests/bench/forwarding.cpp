#include "forwarding.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "measure.hpp"
#include "psherald/psherald.hpp"

namespace {

using namespace psherald;
using namespace std::chrono_literals;

/// A collector in a process of its own, which ends with this object.
class Collector {
 public:
  explicit Collector(const std::string& file) {
    int ends[2];
    if (::pipe(ends) != 0 || (child_ = ::fork()) < 0) throw std::runtime_error{"cannot start a process"};
    if (child_ == 0) serve(file, ends[1]);
    std::uint16_t port = 0;
    ::close(ends[1]);
    if (::read(ends[0], &port, sizeof port) != sizeof port) throw std::runtime_error{"the collector did not start"};
    ::close(ends[0]);
    url = "http://127.0.0.1:" + std::to_string(port);
  }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  ~Collector() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  std::string url;

 private:
  [[noreturn]] static void serve(const std::string& file, int told) {
    LogStore store{{.path = file}};
    QueuedSink writer{store};
    ForwardReceiver receiver{store, writer, {}};
    asio::io_context io{1};
    WebServer::Options options;
    WebServer server{
        io, [&](HttpRequest request, HttpRespond respond) { receiver.handle(std::move(request), std::move(respond)); },
        options};
    const auto port = server.port();
    if (::write(told, &port, sizeof port) != sizeof port) ::_exit(1);
    io.run();
    ::_exit(0);
  }

  pid_t child_ = 0;
};

Forwarder::Options to(const Collector& collector) {
  Forwarder::Options options;
  options.name = "bench";
  options.url = collector.url;
  options.linger = 0ms;
  return options;
}

RecordBatch copy_of(const RecordBatch& batch) {
  RecordBatch copy;
  for (const auto& record : batch.records())
    copy.append(record, batch.source(record), batch.site(record), batch.process(record));
  return copy;
}

std::size_t append_all(QueuedSink& writer, const std::vector<RecordBatch>& batches) {
  std::size_t records = 0;
  for (const auto& batch : batches) {
    while (!writer.has_room()) std::this_thread::sleep_for(100us);
    writer.write(copy_of(batch), {});
    records += batch.size();
  }
  writer.flush();
  return records;
}

void wait_until_sent(const Forwarder& forwarder, std::uint64_t records) {
  while (forwarder.stats().sent < records) std::this_thread::sleep_for(200us);
}

std::string fresh(const std::string& file) {
  for (const char* end : {"", "-wal", "-shm", "-ballast", ".psherald.lock"}) std::filesystem::remove(file + end);
  return file;
}

}  // namespace

ForwardFigures measure_forwarding(const std::vector<RecordBatch>& batches, const char* folder) {
  const std::string here = std::string{folder} + "/sender", there = std::string{folder} + "/collector";
  ForwardFigures figures;
  std::size_t records = 0;
  {
    const Collector collector{fresh(there)};  // first: a process with threads is not one to fork
    LogStore store{{.path = fresh(here)}};
    QueuedSink writer{store};
    figures.append_alone = 1 / seconds_of([&] { records = append_all(writer, batches); });
    figures.append_alone *= double(records);
    Forwarder forwarder{store, writer, to(collector)};
    figures.backlog_rate = double(records) / seconds_of([&] { wait_until_sent(forwarder, records); });
    std::vector<double> times;
    for (std::size_t i = 1; i <= 200; ++i) {
      RecordBatch lone;
      lone.append({.message = "a lone record"});
      writer.write(std::move(lone), {});
      writer.flush();
      times.push_back(seconds_of([&] { wait_until_sent(forwarder, records + i); }) * 1e3);
    }
    std::nth_element(times.begin(), times.begin() + 100, times.end());
    figures.answer_ms = times[100];
  }
  {
    const Collector collector{fresh(there)};
    LogStore store{{.path = fresh(here)}};
    QueuedSink writer{store};
    Forwarder forwarder{store, writer, to(collector)};
    figures.append_forwarding = double(records) / seconds_of([&] { append_all(writer, batches); });
  }
  return figures;
}
