#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "cli/journal.hpp"
#include "psherald/error.hpp"

namespace psherald::cli {

/// Tells the journal about faults, at most one line a second: the first at once, the others together with their counts.
/// So a hostile peer cannot fill the log. Threads: `io`.
class FaultLog {
 public:
  FaultLog(asio::io_context& io, Journal& journal) : journal_{journal}, quiet_{io} {}
  FaultLog(const FaultLog&) = delete;
  FaultLog& operator=(const FaultLog&) = delete;
  ~FaultLog() { tell_the_others(); }

  void add(const Fault& fault);
  void stop();  ///< From now on faults are only counted, and told at the end, so that `io` can end.

 private:
  void begin_quiet_second();
  void tell_the_others();

  Journal& journal_;
  asio::steady_timer quiet_;
  bool waiting_ = false;
  std::map<Errc, std::uint64_t> untold_;
  std::string last_;
};

}  // namespace psherald::cli
