#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace psherald {

/// TLS for a listening component, 1.2 or later. All files are PEM.
struct TlsOptions {
  std::string certificate_file{};  ///< Ours, then those between it and the root. Empty: TLS is not taken.
  std::string key_file{};          ///< Of that certificate, without a password.
  /// Who vouches for clients. A client may then show a certificate, which has to verify; HttpRequest::certificate says
  /// whose it is. Empty: none is asked for.
  std::string client_ca_file{};
  std::size_t max_connections = 200;  ///< A further one is closed at once and reported.
  std::chrono::milliseconds handshake_deadline{10'000};
};

}  // namespace psherald
