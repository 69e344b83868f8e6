#pragma once

#include <string_view>

namespace psherald::page {

/// What ps.herald 1.4.2 answers at /graph_ql.
extern const std::string_view herald_schema;
/// What can be asked besides.
extern const std::string_view grown_schema;

}  // namespace psherald::page
