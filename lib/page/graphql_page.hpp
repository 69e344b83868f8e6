#pragma once

#include "page/html.hpp"
#include "psherald/http.hpp"

namespace psherald::page {

/// The explorer of /graph_ql, with the query, variables and operation of the address typed in. Without scripts its
/// form asks, and the browser shows the JSON.
Html explorer_page(const HttpRequest& request);

}  // namespace psherald::page
