// A sink of your own between the network and the store: it sees every record, keeps what it wants and passes the rest
// on. Here: counts errors by system, and hands everything to the next sink.

#include <cstdio>
#include <map>
#include <string>

#include "psherald/psherald.hpp"
#include "psherald/testing.hpp"

namespace {

class ErrorCounter final : public psherald::Sink {
 public:
  explicit ErrorCounter(psherald::Sink& next) : next_{next} {}

  void write(psherald::RecordBatch batch, psherald::Done done) override {
    for (const auto& record : batch.records())
      if (record.level >= psherald::Level::error) ++errors_[std::string{batch.source(record).system_id}];
    next_.write(std::move(batch), std::move(done));  // `done` goes along: whoever sent this hears from the store itself
  }
  bool has_room() const noexcept override { return next_.has_room(); }

  const std::map<std::string, int>& errors() const { return errors_; }

 private:
  psherald::Sink& next_;
  std::map<std::string, int> errors_;
};

}  // namespace

int main() try {
  psherald::LogStore store{{.path = ":memory:"}};
  ErrorCounter counter{store};

  // Any source will do: frames from a file, a message queue, a test. No socket is needed to decode.
  psherald::PythonDecoder decoder;
  psherald::RecordBatch batch;
  for (const int level : {20, 40, 50, 30, 40}) {
    const auto frame =
        psherald::testing::python_frame({.system_id = level > 45 ? "billing" : "shop", .levelno = level});
    if (const auto decoded = decoder.decode(frame.substr(4), batch); !decoded)
      std::printf("passed over: %s\n", decoded.error().text.c_str());
  }
  counter.write(std::move(batch), [](const psherald::Result<psherald::Appended>& appended) {
    if (appended) std::printf("%zu records stored\n", appended->stored);
  });

  for (const auto& [system, errors] : counter.errors()) std::printf("%s: %d errors\n", system.c_str(), errors);
} catch (const std::exception& error) {
  std::fprintf(stderr, "custom_sink: %s\n", error.what());
  return 1;
}
