/// Forwards numbered records of all shapes to a ps.herald bridge, or to its model in old_bridge_test.py.
///
///     old-bridge-sender URL COUNT RATE

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "psherald/psherald.hpp"

using namespace psherald;

namespace {

constexpr int chunk = 1'000;

/// Short ones mostly, as in a real log, and some at the limits of that bridge; of all alphabets.
class Shapes {
 public:
  void append_to(RecordBatch& batch, int number) {
    static constexpr const char* letters[]{"a", "z", " ", "\n", "\"", "'", "%s", "\\", "ä", "€", "\U0001f44d", "\x01"};
    const auto text = [&](std::size_t least, std::size_t most) {
      std::string made;
      for (auto left = between(least, most); made.size() < left;) made += letters[between(0, std::size(letters) - 1)];
      return made;
    };
    const bool huge = one_in(100);
    const auto message = std::to_string(number) + ' ' + text(0, huge ? 40'000 : 200);
    const auto exception = one_in(20) ? text(0, huge ? 20'000 : 2'000) : std::string{};
    const auto system = text(0, one_in(50) ? 1'000 : 10);
    const auto extra = R"({"number":)" + std::to_string(number) + R"(,"real":0.5,"list":[null,true,"x"]})";
    Record record;
    record.message = message;
    record.level = Level{static_cast<std::int32_t>(between(0, one_in(10) ? 100'000 : 50))};
    if (!one_in(10)) record.created = now() - std::chrono::seconds{between(0, 300)};
    if (!exception.empty()) record.exc_text = exception;
    if (one_in(3)) record.extra = extra;
    batch.append(record, {.system_id = system}, {.name = "old.bridge"}, {static_cast<std::int64_t>(random_() >> 1)});
  }

 private:
  std::size_t between(std::size_t least, std::size_t most) {
    return std::uniform_int_distribution<std::size_t>{least, most}(random_);
  }
  bool one_in(std::size_t count) { return between(1, count) == 1; }

  std::mt19937_64 random_{4711};
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error{"usage: old-bridge-sender URL COUNT RATE"};
  const int count = std::atoi(argv[2]);
  LogStore store{{":memory:"}};
  QueuedSink writer{store};
  Forwarder::Options options;
  options.name = "old";
  options.url = argv[1];
  options.rate = std::atof(argv[3]);
  options.on_fault = [](const Fault& fault) { std::cerr << fault.text << '\n'; };
  Forwarder forwarder{store, writer, options};
  Shapes shapes;
  for (int number = 0; number < count;) {
    RecordBatch batch;
    for (int i = 0; i < chunk && number < count; ++i) shapes.append_to(batch, number++);
    writer.write(std::move(batch), {});
    writer.flush();
  }
  forwarder.stop(std::chrono::minutes{5});
  const auto stats = forwarder.stats();
  std::cout << stats.sent << " sent, cursor " << stats.cursor << '\n';
  return stats.cursor == count ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "old-bridge-sender: " << error.what() << '\n';
  return 1;
}
