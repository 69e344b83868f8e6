#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/filter.hpp"

namespace psherald::query {

/// What a field holds, and so which forms it takes.
enum class Kind { text, name, path, level, number, time, attribute };
Kind kind_of(ast::Field field) noexcept;
/// The table that it lies in.
enum class Place { entry, source, site, process };
Place place_of(ast::Field field) noexcept;
/// Its own name; empty for attributes.
std::string_view name_of(ast::Field field) noexcept;
/// By its own name or one that it is also called by, in any case. Not for attributes.
std::optional<ast::Field> find_field(std::string_view name) noexcept;
/// The fields that are most like this, names before aliases: at most three.
std::vector<std::string> nearest_fields(std::string_view name);
/// Those of `names` that are at most two edits away (one, up to four letters): at most three, in their order.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string_view>& names);

/// Where "None" means absent: ps.herald wrote it so.
bool none_is_absent(ast::Field field) noexcept;

/// The number of a level's name, in any case.
std::optional<std::int64_t> find_level(std::string_view name) noexcept;
/// The name of a known level; empty for others.
std::string_view level_name_of(std::int64_t level) noexcept;
/// All first names, with commas between.
std::string level_names();
std::set<std::string> all_level_names();
std::vector<std::string> nearest_levels(std::string_view name);

}  // namespace psherald::query
