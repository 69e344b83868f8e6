#include "net/attempts.hpp"

#include <algorithm>
#include <asio/ip/address_v6.hpp>
#include <string_view>

namespace psherald::net {
namespace {

constexpr double free_attempts = 10;
constexpr std::chrono::duration<double> for_each_more{6};
constexpr std::size_t most_right = 32;

/// "192.0.2.7" of "192.0.2.7:40312", the first half of "2001:db8::7" of "[2001:db8::7]:40312".
std::string address_of(const std::string& peer) {
  std::string host = peer.substr(0, peer.rfind(':'));
  if (!host.starts_with('[')) return host;
  asio::error_code error;
  const auto address = asio::ip::make_address_v6(host.substr(1, host.find_first_of("]%") - 1), error);
  if (error || address.is_v4_mapped()) return host;
  const auto bytes = address.to_bytes();
  return {bytes.begin(), bytes.begin() + bytes.size() / 2};
}

}  // namespace

double Attempts::wrong_at(const Address& address, Time now) {
  return std::max(0.0, address.wrong - (now - address.at) / for_each_more);
}

std::optional<std::chrono::seconds> Attempts::wait(const std::string& peer, const Digest& token, Time now) const {
  const auto found = addresses_.find(address_of(peer));
  if (found == addresses_.end()) return {};
  const auto& address = found->second;
  const double too_many = wrong_at(address, now) - free_attempts + 1;
  if (too_many <= 0 || token == address.last_wrong) return {};
  if (std::find(address.right.begin(), address.right.end(), token) != address.right.end()) return {};
  return std::chrono::ceil<std::chrono::seconds>(too_many * for_each_more);
}

void Attempts::was_wrong(const std::string& peer, const Digest& token, Time now) {
  auto& address = known(peer, now);
  if (token == address.last_wrong) return;
  address.last_wrong = token;
  address.wrong += 1;
}

void Attempts::was_right(const std::string& peer, const Digest& token, Time now) {
  auto& address = known(peer, now);
  if (std::find(address.right.begin(), address.right.end(), token) != address.right.end()) return;
  address.right.push_front(token);
  if (address.right.size() > most_right) address.right.pop_back();
}

// When there are too many, the one goes that was heard of longest ago.
Attempts::Address& Attempts::known(const std::string& peer, Time now) {
  auto name = address_of(peer);
  if (addresses_.size() >= most_addresses && !addresses_.contains(name))
    addresses_.erase(std::min_element(addresses_.begin(), addresses_.end(),
                                      [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
  auto& address = addresses_[std::move(name)];
  address.wrong = wrong_at(address, now);
  address.at = now;
  return address;
}

}  // namespace psherald::net
