#pragma once

/// Names asio::io_context without including Asio, so that a host that hands in its own needs no more than its
/// declaration.
namespace asio {
class io_context;
}
