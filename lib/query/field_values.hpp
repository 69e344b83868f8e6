#pragma once

/// What a field of the filter language is in a record and in the entries of its dictionaries.

#include <cstdint>
#include <optional>
#include <string_view>

#include "psherald/filter.hpp"

namespace psherald::query {

/// The field is one that lies there.
std::string_view name_in(ast::Field field, const Source& source) noexcept;
std::string_view name_in(ast::Field field, const Site& site) noexcept;
std::string_view name_in(ast::Field field, const Process& process) noexcept;
std::optional<std::int64_t> number_in(ast::Field field, const Source& source) noexcept;
std::optional<std::int64_t> number_in(ast::Field field, const Site& site) noexcept;
std::optional<std::int64_t> number_in(ast::Field field, const Process& process) noexcept;
/// Times in microseconds.
std::optional<std::int64_t> number_in(ast::Field field, const Record& record) noexcept;

}  // namespace psherald::query
