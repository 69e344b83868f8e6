#pragma once

#include <asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "psherald/tls.hpp"

namespace psherald::net {

/// What all connections of a server share. @throws Error bad_config: which file, and why.
std::shared_ptr<asio::ssl::context> make_tls_context(const TlsOptions& options);

/// The subject of the certificate that the peer has shown and that was verified, as RFC 2253 writes it; empty: none.
std::string verified_subject(const SSL* connection);

}  // namespace psherald::net
