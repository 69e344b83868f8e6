#pragma once

#include <string_view>

#include "psherald/filter.hpp"

namespace psherald::forward {

/// A destination's `where`. @throws Error bad_query: what is wrong, and in which column
Filter parse_where(std::string_view where);

/// What matches, and whatever looks like a record that says that others are missing: those go to every destination.
Filter or_gaps(const Filter& filter);

}  // namespace psherald::forward
