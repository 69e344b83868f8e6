#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "psherald/log_store.hpp"
#include "psherald/record.hpp"

namespace psherald {

enum class Order { newest_first, oldest_first };

/// What a record must be: all of it. A field left alone matches everything.
struct Filter {
  /// Equal to, letter by letter; "None" and absent are the same.
  std::optional<std::string> produkt_id{}, system_id{}, sub_system_id{}, sub_sub_system_id{}, user_spec_1{},
      user_spec_2{};
  /// SQL's LIKE '%pattern%' on message, function or module: % and _ are wildcards, ASCII letters match in any case.
  std::string pattern{};
  std::optional<Timestamp> since{};  ///< Received at this time or later.
  std::optional<Level> level{};      ///< This level or above.
  friend bool operator==(const Filter&, const Filter&) = default;
};

/// What to look for: a plain value to aggregate-initialise, copy and compare.
struct Query {
  Filter filter{};
  Order order = Order::newest_first;
  std::size_t limit = 50;  ///< Records in a page.
  RecordId cursor = 0;     ///< Page::next of the page before: goes on behind that record. 0 starts.
  /// What a page may hold, as RecordBatch::bytes counts; one that reaches it ends early. A record may have megabytes.
  std::size_t max_bytes = 64u << 20;
  std::optional<std::chrono::milliseconds>
      budget{};  ///< Beyond it the page says that it was cut off, and where. None: no bound.
  friend bool operator==(const Query&, const Query&) = default;
};

/// Records in the order asked for, and how to go on.
struct Page {
  RecordBatch batch{};
  RecordId next = 0;  ///< The cursor of the page after this; 0 when there is nothing more to look at.
  bool cut = false;   ///< The time budget ended the search: there may be more from `next` on.
};

/// Pages by keyset: the cost does not depend on how far down a page lies. No match is an empty page. A search that is
/// cut off has always looked at something, so going on from `next` comes to the end.
/// @throws Error store_io; bad_query for a pattern of more than 49,998 bytes
Page find(const LogStore& store, const Query& query);

/// How many records match. Where the filter asks only for names, or only for level and time, the summaries of segments
/// say it without a look at the records. @throws Error store_io; bad_query as find
std::int64_t count(const LogStore& store, const Filter& filter);

/// The distinct names of a store's senders, sorted, for lists to choose from. Absent counts as "None". Of many senders
/// the newest 10,000 count: who puts a random name into each record must not make every page slow.
struct SourceNames {
  std::vector<std::string> produkt_ids{}, system_ids{}, sub_system_ids{}, sub_sub_system_ids{}, user_spec_1s{},
      user_spec_2s{};
};
SourceNames source_names(const LogStore& store);

}  // namespace psherald
