#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace psherald::testing {

/// A TCP proxy on loopback between a sender and its peer, which does to each connection what a script says: the same
/// seed makes the same breaks at the same bytes. Requests are what the side sends that has connected. Threads: one of
/// its own; everything else from any.
class Proxy {
 public:
  enum class End {
    close,   ///< Both sides see the end of the stream.
    reset,   ///< Both sides see a reset: what they have not read yet is lost.
    silence  ///< Both sides stay open; what they send is read, and goes nowhere. As of a peer whose network is gone.
  };
  /// What becomes of one connection. As it stands: nothing.
  struct Fate {
    /// The end comes when so many bytes went on in this direction and there is one more: 0 is before the first.
    std::optional<std::uint64_t> request_bytes{}, reply_bytes{};
    /// The end comes with the first reply behind so many bytes of requests: that one is lost.
    std::optional<std::uint64_t> answered_bytes{};
    End end = End::close;
    bool drop_replies = false;          ///< Replies are read and go nowhere, requests go on.
    bool never_read = false;            ///< Accepted, and nothing else.
    std::chrono::milliseconds delay{};  ///< Each piece waits for so long.
    std::uint64_t bytes_a_second = 0;   ///< In each direction. 0: no bound.
  };
  /// Connections are counted from 0. Runs on the proxy's thread.
  using Script = std::function<Fate(int connection)>;

  /// `target` is "ADDRESS:PORT" in digits. When nobody is there, connections are closed.
  explicit Proxy(std::string target, Script script = {});
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy();

  std::string endpoint() const;        ///< "127.0.0.1:PORT"
  void aim_at(std::string target);     ///< For connections to come.
  void follow(Script script);          ///< For connections to come.
  void end_all(End end = End::reset);  ///< Of the connections that are there.
  int connections() const noexcept;    ///< That were accepted.
  int ended() const noexcept;          ///< That came to the end that their fate says.

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Cuts every connection, at a byte that is drawn for it below these bounds, in a direction and in a way that are drawn
/// too.
Proxy::Script cut_anywhere(std::uint64_t seed, std::uint64_t most_request_bytes, std::uint64_t most_reply_bytes);

}  // namespace psherald::testing
