#pragma once

/// Searches that are kept in the store: named ones, which everybody who opens it finds, and links, which are named by
/// the store. Both are texts, so "yesterday" is a new day tomorrow. Table: docs/schema.md.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "psherald/record.hpp"

namespace psherald {

struct SavedSearch {
  std::string name{};   ///< 1 to 64 characters, none of them '/' or a control character.
  std::string query{};  ///< Text of the query language. Empty: everything.
  std::string time{};   ///< "6h", "A..B", "A.." or "..B", as the parameter `t` of the API. Empty: any.
  Order order = Order::newest_first;
  Timestamp saved{};  ///< When; save() sets it.
  friend bool operator==(const SavedSearch&, const SavedSearch&) = default;
};

constexpr std::size_t max_saved_searches = 1'000;  ///< Named ones.
constexpr std::size_t max_saved_links = 10'000;    ///< Beyond it the oldest link goes.

/// The named ones, by name. @throws Error store_io
std::vector<SavedSearch> saved_searches(const LogStore& store);
/// One of that name, or a link. @throws Error store_io
std::optional<SavedSearch> find_saved(const LogStore& store, std::string_view name);

/// Keeps it under its name, in place of one that had it. On the thread that owns the store, as the next two.
/// @throws Error bad_query: a name that cannot be one, a query or a time that is none, one too many; store_io
void save(LogStore& store, SavedSearch search);
/// Keeps it as a link and returns its name, "~" and eight characters; the same search has the same name.
/// @throws Error bad_query, store_io
std::string save_link(LogStore& store, SavedSearch search);
/// False: there is none of that name. @throws Error store_io
bool remove_saved(LogStore& store, std::string_view name);

}  // namespace psherald
