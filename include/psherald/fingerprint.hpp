#pragma once

/// What makes two records the same message: patterns of similar messages and "new error" rules group by it.

#include <cstdint>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald {

/// Rises whenever a record may get another fingerprint than before; who keeps fingerprints keeps this beside them.
inline constexpr int fingerprint_version = 1;

/// 64 bits of one record, whatever came before it. With a Python traceback: the type of the exception, the innermost
/// file of the program's own, and up to three functions of it from the inside out; values, lines, versions and how it
/// was called do not count. Else: logger, function and the normalised message.
std::uint64_t fingerprint(const Record& record, const Site& site);

/// The message with what varies replaced by names of it in angle brackets, such as `<num>` or `<path>`; the first 512
/// bytes. Numbers behind code, errno, http, exit and signal stay: there they are the meaning.
std::string normalised_message(std::string_view message);

}  // namespace psherald
