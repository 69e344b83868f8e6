#pragma once

#include <optional>

#include "psherald/http.hpp"

namespace psherald::page {

/// The file that a request asks for, from those that were embedded; as gzip to who takes it. Nothing: there is none.
std::optional<HttpResponse> static_file(const HttpRequest& request);

}  // namespace psherald::page
