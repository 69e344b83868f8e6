#pragma once

#include "page/html.hpp"
#include "page/search.hpp"

namespace psherald::page {

/// The reference's form: same fields, same cells, same values.
void write_form(Html& html, const Search& search, const SourceNames& names, Markup action = "/");

}  // namespace psherald::page
