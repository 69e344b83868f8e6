#pragma once

/// What docs/forward-protocol.md says about the protocol and its model has refuted: each line that holds it together,
/// switched off. Only a build for tests has them; in any other they cost nothing.

#include <string_view>

namespace psherald::variant {

inline constexpr std::string_view ack_first = "no-ack-after",  ///< Acknowledged, then committed.
    mark_alone = "no-one-tx",         ///< The mark in a transaction of its own, before the rows.
    cursor_early = "no-late-cursor",  ///< The cursor moves when a batch is sent.
    own_cursor = "no-peer-resume",    ///< A sender resumes at its own cursor.
    no_new_run = "no-new-run",        ///< A restart goes on under the old run.
    late_run = "no-early-run",        ///< A new run only when the mark is above all own ids, and no tag.
    no_prev = "no-prev",              ///< A receiver takes any batch.
    no_tag = "no-tag",                ///< No tag is compared.
    no_index = "no-index",            ///< Nobody looks whether a record is here already.
    no_path = "no-path";              ///< Nobody looks where a record has been.

#ifdef PSHERALD_VARIANTS
/// Whether this one is to be tried: the test says which.
bool is(std::string_view name) noexcept;
#else
constexpr bool is(std::string_view) noexcept { return false; }
#endif

}  // namespace psherald::variant
