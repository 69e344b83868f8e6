#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <utility>

namespace psherald::cli {

/// Does something at once and then again after each period, on `io`, until it is stopped or gone.
class Ticker {
 public:
  Ticker(asio::io_context& io, std::chrono::milliseconds period, std::function<void()> tick)
      : timer_{io}, period_{period}, tick_{std::move(tick)} {
    tick_();
    wait();
  }
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  void wait() {
    timer_.expires_after(period_);
    timer_.async_wait([this](asio::error_code error) {
      if (error || stopped_) return;
      tick_();
      wait();
    });
  }

  asio::steady_timer timer_;
  std::chrono::milliseconds period_;
  std::function<void()> tick_;
  bool stopped_ = false;
};

}  // namespace psherald::cli
