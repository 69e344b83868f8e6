#pragma once

/// Words that vary at one call site: "queue stock is full" and "queue mail is full" have two fingerprints, and are one
/// message to people.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald::query {

/// So many variants of a message are told apart. With one more, all of them are the first one.
inline constexpr std::size_t variants_told_apart = 4;

/// With so many messages of a call site, and no more, others are compared.
inline constexpr std::size_t most_forms = 64;

/// 64 bits of logger, function and line, the same for ever. Nothing: no line is known, or there is an exception, which
/// is told apart by itself.
std::optional<std::uint64_t> call_site(const Record& record, const Site& site);

/// Two normalised messages as one, with `<*>` for words that differ. Nothing: one has more words, or more than a
/// quarter of them differ; a `<*>` does.
std::optional<std::string> common_form(std::string_view known, std::string_view other);

}  // namespace psherald::query
