#include "cli/fault_log.hpp"

#include <chrono>

namespace psherald::cli {

void FaultLog::add(const Fault& fault) {
  if (waiting_) {
    ++untold_[fault.code];
    last_ = fault.text;
    return;
  }
  journal_.log(Level::warning, fault.text);
  begin_quiet_second();
}

void FaultLog::stop() {
  waiting_ = true;
  quiet_.cancel();
}

void FaultLog::begin_quiet_second() {
  waiting_ = true;
  quiet_.expires_after(std::chrono::seconds{1});
  quiet_.async_wait([this](asio::error_code error) {
    if (error) return;
    waiting_ = false;
    if (untold_.empty()) return;
    tell_the_others();
    begin_quiet_second();
  });
}

void FaultLog::tell_the_others() {
  if (untold_.empty()) return;
  std::string text = "further faults:";
  for (const auto& [code, count] : untold_)
    text.append(1, ' ').append(std::to_string(count)).append(" x ").append(make_error_code(code).message()) += ',';
  text.back() = ';';
  journal_.log(Level::warning, text + " the last: " + last_);
  untold_.clear();
}

}  // namespace psherald::cli
