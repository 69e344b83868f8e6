#pragma once

#include <cstdint>
#include <string>

#include "psherald/record.hpp"

namespace psherald::cli {

/// A record as `psherald emit` sends it.
struct Outgoing {
  std::string message;
  Level level = Level::info;
  std::string service;  ///< The logger's name and, where SYSTEM_ID is not set, the system_id.
};
/// What the SocketHandler of a Python program with ps.basic would send: length prefix and pickle, protocol 1.
std::string socket_handler_frame(const Outgoing& record);

/// Sends the bytes to "HOST:PORT" or "unix:PATH" and waits until the peer has read them. @throws UsageError: no
/// address; Failure: nobody answers there.
void send_to_bridge(const std::string& address, const std::string& bytes);

}  // namespace psherald::cli
