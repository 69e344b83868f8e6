// Prints what this machine does with real frames: decode, append, ingest end to end, each beside a bare loop that does
// the least the job can cost. One run, the cases in turn; ratios say more than rates on a noisy machine.
//
//     psherald-bench FRAMES [ROUNDS] [BIG_STORE_ROWS]

#include <arpa/inet.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "forwarding.hpp"
#include "http_questions.hpp"
#include "measure.hpp"
#include "psherald/psherald.hpp"
#include "questions.hpp"
#include "watching.hpp"

namespace {

namespace fs = std::filesystem;
using namespace psherald;
using Clock = std::chrono::steady_clock;

constexpr std::size_t batch_records = 300, transaction_records = 10'000;

/// A file of frames in memory, and where each frame begins.
struct Frames {
  explicit Frames(const char* path) {
    const int file = ::open(path, O_RDONLY);
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) throw std::runtime_error{std::string{"cannot read "} + path};
    const auto size = static_cast<std::size_t>(status.st_size);
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    ::close(file);
    if (at == MAP_FAILED) throw std::runtime_error{std::string{"cannot map "} + path};
    bytes = {static_cast<const char*>(at), size};
    for (std::size_t i = 0; i + 4 <= bytes.size(); i += 4 + length(i)) begins.push_back(i);
  }
  std::size_t length(std::size_t at) const {
    std::uint32_t big_endian;
    std::memcpy(&big_endian, bytes.data() + at, sizeof big_endian);
    return ntohl(big_endian);
  }
  std::string_view frame(std::size_t number) const { return bytes.substr(begins[number] + 4, length(begins[number])); }
  std::size_t count() const { return begins.size(); }

  std::string_view bytes;
  std::vector<std::size_t> begins;
};

struct Directory {
  Directory() {
    char pattern[] = "/var/tmp/psherald-bench-XXXXXX";
    if (::mkdtemp(pattern) == nullptr) throw std::runtime_error{"cannot make a directory in /var/tmp"};
    path = pattern;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { fs::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
  fs::path path;
};

std::vector<RecordBatch> decode_all(const Frames& frames) {
  PythonDecoder decoder;
  std::vector<RecordBatch> batches;
  for (std::size_t i = 0; i < frames.count(); ++i) {
    if (i % batch_records == 0) batches.emplace_back();
    if (!decoder.decode(frames.frame(i), batches.back()))
      throw std::runtime_error{"a frame of the benchmark does not decode"};
  }
  return batches;
}

double bytes_per_row(const std::string& file, std::size_t rows) { return double(fs::file_size(file)) / double(rows); }

double decode_case(const Frames& frames) {
  PythonDecoder decoder;
  const double seconds = seconds_of([&] {
    RecordBatch batch;
    for (std::size_t i = 0; i < frames.count(); ++i) {
      if (i % batch_records == 0) batch = {};
      (void)decoder.decode(frames.frame(i), batch);
    }
  });
  return double(frames.count()) / seconds;
}

double append_case(const std::vector<RecordBatch>& batches, std::size_t rows) {
  Directory directory;
  double seconds;
  {
    LogStore store{{.path = directory.file("db")}};
    seconds = seconds_of([&] {
      std::size_t open = 0;
      for (const auto& batch : batches) {
        if (open == 0) store.begin();
        store.append(batch);
        open += batch.size();
        if (open >= transaction_records) store.commit(), open = 0;
      }
      if (open > 0) store.commit();
    });
  }
  std::printf("    append: %.1f bytes a row\n", bytes_per_row(directory.file("db"), rows));
  return double(rows) / seconds;
}

void bind(sqlite3_stmt* statement, int at, std::string_view text) {
  if (present(text))
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  else
    sqlite3_bind_null(statement, at);
}

// The same rows into the same table, by a loop that knows the dictionary numbers already: what SQLite alone costs.
double bare_append_case(const std::vector<RecordBatch>& batches, std::size_t rows) {
  Directory directory;
  { LogStore create{{.path = directory.file("db")}}; }
  sqlite3* database = nullptr;
  sqlite3_open(directory.file("db").c_str(), &database);
  const auto run = [&](const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error{sqlite3_errmsg(database)};
  };
  run("PRAGMA synchronous=FULL; PRAGMA cache_size=-8192");
  sqlite3_stmt* insert = nullptr;
  sqlite3_prepare_v3(
      database,
      "INSERT INTO entry(id, received, created, flags, source, site, proc, level, relative, message, exc_text, "
      "stack_info, extra) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
      -1, SQLITE_PREPARE_PERSISTENT, &insert, nullptr);
  if (insert == nullptr) throw std::runtime_error{sqlite3_errmsg(database)};
  const double seconds = seconds_of([&] {
    std::int64_t id = 0;
    const auto received = now().time_since_epoch().count();
    for (const auto& batch : batches)
      for (const auto& record : batch.records()) {
        if (id % std::int64_t{transaction_records} == 0) run(id == 0 ? "BEGIN" : "COMMIT; BEGIN");
        sqlite3_bind_int64(insert, 1, ++id);
        sqlite3_bind_int64(insert, 2, received);
        sqlite3_bind_int64(insert, 3, received - record.created.value_or(Timestamp{}).time_since_epoch().count());
        sqlite3_bind_int64(insert, 4, 0);
        sqlite3_bind_int64(insert, 5, record.source);
        sqlite3_bind_int64(insert, 6, record.site);
        sqlite3_bind_int64(insert, 7, record.process);
        sqlite3_bind_int64(insert, 8, static_cast<int>(record.level));
        sqlite3_bind_int64(insert, 9, record.relative.value_or(std::chrono::microseconds{0}).count());
        bind(insert, 10, record.message);
        bind(insert, 11, record.exc_text);
        bind(insert, 12, record.stack_info);
        bind(insert, 13, record.extra);
        sqlite3_step(insert);
        if (sqlite3_reset(insert) != SQLITE_OK) throw std::runtime_error{sqlite3_errmsg(database)};
      }
    run("COMMIT");
  });
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return double(rows) / seconds;
}

void send_all(std::uint16_t port, std::string_view bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"cannot connect"};
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), std::min<std::size_t>(bytes.size(), 256u << 10), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error{"the receiver closed"};
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  ::close(socket);
}

/// Sends all frames, split over so many connections, when it has read a port from standard input.
void send_frames(const Frames& frames, std::size_t connections) {
  std::uint16_t port = 0;
  if (::read(STDIN_FILENO, &port, sizeof port) != sizeof port) throw std::runtime_error{"no port to send to"};
  std::vector<std::thread> threads;
  const std::size_t share = frames.count() / connections + 1;
  for (std::size_t first = 0; first < frames.count(); first += share) {
    const std::size_t begin = frames.begins[first];
    const std::size_t end = first + share < frames.count() ? frames.begins[first + share] : frames.bytes.size();
    threads.emplace_back([&frames, port, begin, end] { send_all(port, frames.bytes.substr(begin, end - begin)); });
  }
  for (auto& thread : threads) thread.join();
}

struct EndToEnd {
  double rows_per_second = 0, cpu_microseconds = 0, peak_mib = 0, idle_mib = 0, bytes_per_row = 0;
  double newest_median = 0, newest_p99 = 0;  // ms that the newest 50 took meanwhile, asked every 10 ms
  std::uint64_t dropped = 0, commits = 0;
};

/// Receives and stores `rows` records, after writing its port to `pipe`.
EndToEnd receive_frames(std::size_t rows, int pipe) {
  Directory directory;
  EndToEnd result;
  {
    asio::io_context io{1};
    LogStore store{{.path = directory.file("db")}};
    QueuedSink queue{store};
    Ingestor ingestor{io, queue, {}};
    result.idle_mib = memory_mib("VmRSS");
    const std::uint16_t port = ingestor.port();
    if (::write(pipe, &port, sizeof port) != sizeof port) throw std::runtime_error{"the sender is gone"};
    const double cpu = cpu_seconds();
    std::atomic<bool> receiving{true};
    std::vector<double> asked;
    std::thread asking{[&] {
      for (const auto reader = store.reader(); receiving; std::this_thread::sleep_for(std::chrono::milliseconds{10}))
        asked.push_back(seconds_of([&] { (void)find(*reader, {}); }) * 1e3);
    }};
    const double seconds = seconds_of([&] {
      asio::steady_timer timer{io};
      std::function<void()> look = [&] {
        const auto stats = ingestor.stats();
        if (stats.records >= rows) return ingestor.stop();
        timer.expires_after(std::chrono::milliseconds{1});
        timer.async_wait([&](asio::error_code) { look(); });
      };
      look();
      io.run();  // returns when the sink has answered for everything
    });
    receiving = false;
    asking.join();
    std::sort(asked.begin(), asked.end());
    result.newest_median = median(asked);
    result.newest_p99 = asked[asked.size() * 99 / 100];
    result.rows_per_second = double(queue.stats().stored) / seconds;
    result.cpu_microseconds = (cpu_seconds() - cpu) / double(rows) * 1e6;
    result.peak_mib = memory_mib("VmHWM");
    result.dropped = queue.stats().refused + queue.stats().failed;
    result.commits = queue.stats().commits;
  }
  result.bytes_per_row = bytes_per_row(directory.file("db"), rows);
  return result;
}

/// Runs this program again with other arguments, with the descriptors as its standard input and output.
pid_t start_self(std::vector<std::string> arguments, int input, int output) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::dup2(input, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  arguments.insert(arguments.begin(), "psherald-bench");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv("/proc/self/exe", argv.data());
  ::_exit(127);
}

// Receiver and sender are processes of their own, so that memory and CPU are the receiver's alone.
EndToEnd end_to_end_case(const std::string& path, std::size_t rows, int connections) {
  int port_pipe[2], result_pipe[2];
  if (::pipe(port_pipe) != 0 || ::pipe2(result_pipe, O_CLOEXEC) != 0) throw std::runtime_error{"cannot make a pipe"};
  const pid_t receiving =
      start_self({"receive", std::to_string(rows), std::to_string(port_pipe[1])}, STDIN_FILENO, result_pipe[1]);
  const pid_t sending = start_self({"send", path, std::to_string(connections)}, port_pipe[0], STDOUT_FILENO);
  EndToEnd result;
  ::close(result_pipe[1]);
  const bool answered = ::read(result_pipe[0], &result, sizeof result) == sizeof result;
  ::waitpid(sending, nullptr, 0);
  ::waitpid(receiving, nullptr, 0);
  for (const int descriptor : {port_pipe[0], port_pipe[1], result_pipe[0]}) ::close(descriptor);
  if (!answered) throw std::runtime_error{"the receiver failed"};
  return result;
}

// Fills a store with so many rows, and says how the rate at its end is to the one at its start.
void fill(LogStore& store, const std::vector<RecordBatch>& batches, std::size_t rows) {
  std::vector<double> rates;
  for (std::size_t stored = 0; stored < rows;) {
    const std::size_t before = stored;
    const double seconds = seconds_of([&] {
      store.begin();
      for (std::size_t i = 0; i < batches.size() && stored < rows; ++i) stored += store.append(batches[i]).stored;
      store.commit();
    });
    rates.push_back(double(stored - before) / seconds);
  }
  const auto some = std::max<std::size_t>(rates.size() / 5, 1);
  const double first = median({rates.begin(), rates.begin() + std::ptrdiff_t(some)});
  const double last = median({rates.end() - std::ptrdiff_t(some), rates.end()});
  std::printf("  %zu rows: appended at %.0f rows/s at first, %.2f of that at last\n", rows, first, last / first);
}

void query_case(const std::vector<RecordBatch>& batches, std::size_t rows) {
  Directory directory;
  {
    LogStore store{{.path = directory.file("db")}};
    fill(store, batches, rows);
  }
  std::fflush(stdout);
  for (const char* way : {"ask", "http"}) {
    const pid_t asking = start_self({way, directory.file("db")}, STDIN_FILENO, STDOUT_FILENO);
    int status = 0;
    ::waitpid(asking, &status, 0);
    if (status != 0) throw std::runtime_error{"the questions failed"};
  }
}

// A query of each kind, as people write them.
void parse_case() {
  for (const char* text :
       {"timeout", "level>=warning system:ch2eu \"connection refused\" -module:health since:2h attr.order_id:4711",
        "level>=warning system:ch2eu \"connection refused\" -module:health since:2h attr.order_id:4711 /time(d)? "
        "?out/"}) {
    constexpr int times = 1000;
    const double all = milliseconds_of(5, [&] {
      for (int i = 0; i < times; ++i) (void)parse_filter(text);
    });
    std::printf("  parse, us: %.2f  %s\n", all, text);
  }
}

void forward_case(const std::vector<RecordBatch>& batches, int rounds) {
  std::vector<double> backlog, answer, alone, forwarding;
  for (int round = 0; round < rounds; ++round) {
    const Directory directory;
    const auto figures = measure_forwarding(batches, directory.path.c_str());
    backlog.push_back(figures.backlog_rate);
    answer.push_back(figures.answer_ms);
    alone.push_back(figures.append_alone);
    forwarding.push_back(figures.append_forwarding);
  }
  std::printf(
      "  forward: a backlog at %.0f records/s; a lone record is confirmed after %.2f ms; append at %.0f records/s "
      "meanwhile, %.2f of that alone\n",
      median(backlog), median(answer), median(forwarding), median(forwarding) / median(alone));
}

void watch_case(const std::vector<RecordBatch>& batches, int rounds) {
  constexpr std::size_t rules = 1000;
  std::vector<double> read, judged, silent;
  std::size_t messages = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto figures = measure_watching(batches, rules);
    read.push_back(figures.read_rate);
    judged.push_back(figures.judged_rate);
    silent.push_back(figures.silent_ms);
    messages = figures.messages;
  }
  std::printf(
      "  watch: %zu rules at %.0f records/s, %.2f of reading alone (%.0f); 10000 systems are found silent in %.0f ms, "
      "%zu message%s\n",
      rules, median(judged), median(judged) / median(read), median(read), median(silent), messages,
      messages == 1 ? "" : "s");
}

void run(const char* path, int rounds, std::size_t big) {
  const Frames frames{path};
  const auto batches = decode_all(frames);
  const std::size_t rows = frames.count();
  std::printf("%zu frames, %.0f bytes each; %d rounds, medians\n", rows, double(frames.bytes.size()) / double(rows),
              rounds);

  std::map<std::string, std::vector<double>> rates;
  for (int round = 0; round < rounds; ++round) {
    rates["decode"].push_back(decode_case(frames));
    rates["append"].push_back(append_case(batches, rows));
    rates["bare insert loop"].push_back(bare_append_case(batches, rows));
    for (const int connections : {1, 8, 64}) {
      const auto result = end_to_end_case(path, rows, connections);
      const std::string name = "end to end, " + std::to_string(connections) + " connections";
      rates[name].push_back(result.rows_per_second);
      std::printf(
          "    %s: %.0f rows/s, %.2f us CPU a row, %.1f bytes a row, %.0f MiB at most, %.0f MiB idle, %llu dropped, "
          "%llu commits; newest 50 meanwhile %.2f ms, p99 %.2f\n",
          name.c_str(), result.rows_per_second, result.cpu_microseconds, result.bytes_per_row, result.peak_mib,
          result.idle_mib, static_cast<unsigned long long>(result.dropped),
          static_cast<unsigned long long>(result.commits), result.newest_median, result.newest_p99);
    }
    std::fflush(stdout);
  }
  const double bare = median(rates["bare insert loop"]);
  for (auto& [name, values] : rates)
    std::printf("  %-30s %9.0f records/s   %.2f of the bare insert loop\n", name.c_str(), median(values),
                median(values) / bare);
  parse_case();
  forward_case(batches, rounds);
  watch_case(batches, rounds);
  for (std::size_t size : {std::size_t{10'000}, std::size_t{1'000'000}, big})
    if (size <= big) query_case(batches, size);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  if (arguments.size() == 3 && arguments[0] == "send") {
    send_frames(Frames{argv[2]}, std::stoul(arguments[2]));
    return 0;
  }
  if (arguments.size() == 3 && arguments[0] == "receive") {
    const auto result = receive_frames(std::stoul(arguments[1]), std::stoi(arguments[2]));
    return ::write(STDOUT_FILENO, &result, sizeof result) == sizeof result ? 0 : 1;
  }
  if (arguments.size() == 2 && arguments[0] == "forward") return forward_case(decode_all(Frames{argv[2]}), 3), 0;
  if (arguments.size() == 2 && arguments[0] == "watch") return watch_case(decode_all(Frames{argv[2]}), 3), 0;
  if (arguments.size() == 2 && arguments[0] == "ask") return ask_all(arguments[1]), 0;
  if (arguments.size() == 2 && arguments[0] == "http") return ask_over_http(arguments[1]), 0;
  if (argc < 2) {
    std::fputs(
        "usage: psherald-bench FRAMES [ROUNDS] [BIG_STORE_ROWS]\n"
        "       psherald-bench forward|watch FRAMES\n"
        "       psherald-bench http DATABASE\n"
        "  FRAMES is made by make_frames.py FILE COUNT\n",
        stderr);
    return 64;
  }
  run(argv[1], argc > 2 ? std::atoi(argv[2]) : 3, argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 10'000'000);
} catch (const std::exception& error) {
  std::fprintf(stderr, "psherald-bench: %s\n", error.what());
  return 1;
}
