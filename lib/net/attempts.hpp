#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

namespace psherald::net {

/// How often wrong tokens came from which address: after ten of them only one more is looked at in six seconds. What
/// was right there before goes on being right, and what was wrong there last is not counted again: a program with an
/// old token guesses nothing. Of IPv6 an address is the first 64 bits, which are one customer's.
/// Threads: one at a time.
class Attempts {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Digest = std::array<std::uint8_t, 32>;
  static constexpr std::size_t most_addresses = 4'096;

  /// How long a token from this peer ("192.0.2.7:40312") waits until it may be looked at; nothing: not at all.
  std::optional<std::chrono::seconds> wait(const std::string& peer, const Digest& token, Time now) const;
  void was_wrong(const std::string& peer, const Digest& token, Time now);
  void was_right(const std::string& peer, const Digest& token, Time now);
  std::size_t addresses() const noexcept { return addresses_.size(); }

 private:
  struct Address {
    double wrong = 0;  ///< As of `at`; it goes down with time.
    Time at{};
    Digest last_wrong{};
    std::deque<Digest> right{};  ///< The newest in front.
  };
  static double wrong_at(const Address& address, Time now);
  Address& known(const std::string& peer, Time now);

  std::unordered_map<std::string, Address> addresses_;
};

}  // namespace psherald::net
