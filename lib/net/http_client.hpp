#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "psherald/result.hpp"

namespace psherald::net {

/// Asks one server, over one connection as long as it is kept. Requests come one after another: begin(), then step()
/// until it is done; what the caller does between two steps is done while the answer is on its way. No redirect is
/// followed and no proxy is used. Threads: one at a time. Sources: RFC 9112; libcurl's multi interface.
class HttpClient {
 public:
  struct Options {
    Address address{};
    bool encrypted = false;
    std::string ca_file{}, certificate_file{}, key_file{};  ///< Empty: the system's authorities; none.
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds half_open_timeout{20'000};  ///< For what the peer's system does not confirm.
    std::size_t max_answer_bytes = 4u << 20;
  };
  struct Request {
    std::string method = "GET", target = "/";
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string_view body{};  ///< Lives until the request is done.
    std::chrono::milliseconds timeout{30'000};
  };
  struct Answer {
    int status = 0;
    std::string body{};
    std::chrono::seconds retry_after{0};
  };

  explicit HttpClient(Options options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  void begin(const Request& request);
  /// Does what can be done at once. Nothing while the answer is not there; a Fault, peer_lost, when none will come.
  std::optional<Result<Answer>> step();
  /// Whether all of the body has been handed to the system, so that time spent elsewhere holds nothing up.
  bool is_sent() const;
  /// Waits for the network, or until one of these descriptors is readable, or so long. Negative descriptors are none.
  void wait(const std::vector<int>& descriptors, std::chrono::milliseconds longest);
  /// Ends the connection, and what is being asked.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::net
