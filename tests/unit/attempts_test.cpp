#include "net/attempts.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace psherald::net;
using namespace std::chrono_literals;

namespace {

Attempts::Digest token(int number) {
  Attempts::Digest digest{};
  digest[0] = static_cast<std::uint8_t>(number);
  digest[1] = static_cast<std::uint8_t>(number >> 8);
  digest[31] = 1;
  return digest;
}

constexpr Attempts::Time start{};
const std::string there = "192.0.2.7:40312";

/// Guesses with ever new tokens as fast as they are looked at: how many were.
int guess(Attempts& attempts, const std::string& peer, int times, Attempts::Time now, int first = 1'000) {
  int looked_at = 0;
  for (int i = 0; i < times; ++i) {
    if (attempts.wait(peer, token(first + i), now)) continue;
    ++looked_at;
    attempts.was_wrong(peer, token(first + i), now);
  }
  return looked_at;
}

}  // namespace

TEST_SUITE_BEGIN("net");

TEST_CASE("who guesses tokens may do so ten times, and then every six seconds") {
  Attempts attempts;
  CHECK(guess(attempts, there, 100, start) == 10);
  CHECK(attempts.wait(there, token(1), start) == 6s);
  CHECK(attempts.wait("192.0.2.7:50000", token(1), start + 3s) == 3s);
  CHECK(guess(attempts, there, 100, start + 6s) == 1);
  CHECK(guess(attempts, there, 100, start + 66s, 2'000) == 10);
  CHECK(guess(attempts, there, 100, start + 24h, 3'000) == 10);
}

TEST_CASE("guesses from one address slow nobody at another") {
  Attempts attempts;
  guess(attempts, there, 100, start);
  CHECK_FALSE(attempts.wait("192.0.2.8:40312", token(1), start));
  CHECK_FALSE(attempts.wait("[2001:db8::1]:40312", token(1), start));
}

TEST_CASE("what was right at an address is right there whatever others guess") {
  Attempts attempts;
  attempts.was_right(there, token(1), start);
  guess(attempts, there, 100, start);
  CHECK_FALSE(attempts.wait(there, token(1), start));
  CHECK(attempts.wait(there, token(2), start));
}

TEST_CASE("a program that shows its old token again and again guesses nothing") {
  Attempts attempts;
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(attempts.wait(there, token(1), start));
    attempts.was_wrong(there, token(1), start);
  }
  CHECK_FALSE(attempts.wait(there, token(2), start));
}

TEST_CASE("all of a customer's addresses of IPv6 are one") {
  Attempts attempts;
  int looked_at = 0;
  for (int i = 0; i < 100; ++i)
    looked_at += guess(attempts, "[2001:db8:0:1::" + std::to_string(i) + "]:40312", 1, start, 1'000 + i);
  CHECK(looked_at == 10);
  CHECK_FALSE(attempts.wait("[2001:db8:0:2::1]:40312", token(1), start));
}

TEST_CASE("however many guess, no more is remembered") {
  Attempts attempts;
  for (int i = 0; i < 5'000; ++i) {
    const auto peer = "10.0." + std::to_string(i / 256) + '.' + std::to_string(i % 256) + ":1";
    attempts.was_wrong(peer, token(i), start + std::chrono::milliseconds{i});
  }
  CHECK(attempts.addresses() == Attempts::most_addresses);
  for (int i = 0; i < 100; ++i) attempts.was_right(there, token(i), start + 1h);
  CHECK(attempts.addresses() == Attempts::most_addresses);
}

TEST_SUITE_END();
