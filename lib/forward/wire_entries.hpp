#pragma once

/// What the protocol calls the fields that records share: the same for who writes a batch and who reads it. Not the
/// table's columns, which may change.

#include <array>
#include <string_view>
#include <tuple>

#include "store/dictionary_rows.hpp"

namespace psherald::forward {

/// Names in the order of store::fields().
template <class Entry>
struct WireEntry;
template <>
struct WireEntry<Source> {
  static constexpr std::string_view kind = "source";
  static constexpr std::array<std::string_view, 7> names{
      "produkt_id", "system_id", "sub_system_id", "sub_sub_system_id", "user_spec_1", "user_spec_2", "api_version"};
};
template <>
struct WireEntry<Site> {
  static constexpr std::string_view kind = "site";
  static constexpr std::array<std::string_view, 8> names{"name",     "pathname",  "filename",        "module",
                                                         "funcname", "levelname", "package_version", "lineno"};
};

/// Calls `use` with each name and a reference to its field.
template <class Entry, class Use>
void each_field(Entry& entry, const Use& use) {
  static_assert(store::field_count<Entry> == WireEntry<Entry>::names.size());
  const auto* name = WireEntry<Entry>::names.data();
  std::apply([&](auto&... field) { (use(*name++, field), ...); }, store::fields(entry));
}

}  // namespace psherald::forward
