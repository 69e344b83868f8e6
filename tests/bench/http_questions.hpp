#pragma once

#include <string>

/// Serves a database over HTTP and asks it on loopback as clients do, on connections that stay open: the newest 50 as
/// JSON and the same number by GraphQL, in turn. Prints the time of one request, and how many are answered in a second.
void ask_over_http(const std::string& database);
