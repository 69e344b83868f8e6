#pragma once

#include <string_view>
#include <vector>

#include "record/trigram.hpp"

namespace psherald {

/// Terms that each text has which SQLite's LIKE '%pattern%' matches, unless it is opaque. None: the pattern says
/// nothing that the index knows.
std::vector<trigram::Term> terms_of_like(std::string_view pattern);

}  // namespace psherald
