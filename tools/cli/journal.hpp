#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "cli/identity.hpp"
#include "psherald/record.hpp"
#include "psherald/sink.hpp"

namespace psherald::cli {

/// What a program has to say about itself: lines in its log file, and records of its own in the store that it has open.
/// Never fails the program: a line that cannot be written is lost. Threads: any.
class Journal {
 public:
  struct Options {
    std::string program;                ///< "ps_bridge"
    std::string file;                   ///< "LOG/ps_bridge_d.log". Its folder is made.
    Level threshold = Level::info;      ///< Below it nothing is said.
    bool on_stderr = false;             ///< There too.
    bool with_priority = false;         ///< There as systemd's journal wants it: a priority, and no time of its own.
    std::size_t max_bytes = 2'000'000;  ///< Then the file becomes file.1, and that file.2, and so on.
    int old_files = 10;
  };
  explicit Journal(Options options);

  void log(Level level, std::string_view message) noexcept;

  /// While this object lives, records go to the sink.
  class IntoSink {
   public:
    IntoSink(Journal& journal, Sink& sink) : journal_{journal} { journal_.set_sink(&sink); }
    IntoSink(const IntoSink&) = delete;
    IntoSink& operator=(const IntoSink&) = delete;
    ~IntoSink() { journal_.set_sink(nullptr); }

   private:
    Journal& journal_;
  };

 private:
  void set_sink(Sink* sink) noexcept;
  void write_line(Level level, std::string_view message);
  void write_record(Level level, std::string_view message);
  void rotate();

  const Options options_;
  const Identity identity_;
  std::mutex mutex_;
  Sink* sink_ = nullptr;
};

}  // namespace psherald::cli
