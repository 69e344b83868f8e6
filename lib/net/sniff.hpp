#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "net/listener.hpp"
#include "psherald/error.hpp"

namespace psherald::net {

/// What a peer speaks.
enum class Speech { frames, http, tls, unknown };

/// Told by the first byte: the highest of a frame's length, the first letter of a method of HTTP, or the type of TLS's
/// first record. Frames are at most `longest_frame` bytes long. Sources: RFC 9110, 9; RFC 8446, 5.1.
Speech speech_of(unsigned char first_byte, std::size_t longest_frame) noexcept;

/// Peers that have not said anything yet. Waits for the first byte of each, and leaves it in the socket for whoever
/// reads on. A peer may stay silent as long as it likes: it costs its socket, and no buffer. Threads: `io` only.
class Sniffer {
 public:
  using OnFirstByte = std::function<void(StreamSocket socket, Peer peer, unsigned char first_byte)>;
  using OnFault = std::function<void(Fault fault)>;  ///< A peer was lost before it said anything.

  Sniffer(OnFirstByte on_first_byte, OnFault on_fault);
  Sniffer(const Sniffer&) = delete;
  Sniffer& operator=(const Sniffer&) = delete;
  ~Sniffer() { close(); }  ///< Then nothing is called back.

  void add(StreamSocket socket, Peer peer);
  std::size_t size() const noexcept { return silent_.size(); }
  /// Closes the one that has been silent for longest, and tells its name. Nothing when there is none.
  std::optional<std::string> close_oldest();
  /// Closes those that have nothing to read.
  void close_quiet();
  void close() noexcept;

 private:
  struct Silent;
  void wait(const std::shared_ptr<Silent>& peer);
  void look(const std::shared_ptr<Silent>& peer);
  static void drop(Silent& peer) noexcept;

  const OnFirstByte on_first_byte_;
  const OnFault on_fault_;
  std::list<std::shared_ptr<Silent>> silent_;  // in the order in which they came
};

}  // namespace psherald::net
