#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "psherald/filter.hpp"
#include "psherald/log_store.hpp"
#include "psherald/record.hpp"

namespace psherald {

enum class Order { newest_first, oldest_first };

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
  /// What the filter's times refer to; a search keeps one for all its pages. None: the time of the call, in UTC.
  std::optional<TimeBase> time_base{};
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
/// @throws Error store_io; bad_query for a regular expression, put together by a program, that RE2 refuses
Page find(const LogStore& store, const Query& query);

/// How many records match. Where the filter asks only for levels and times, or only for names of one sender or place in
/// the code, the summaries of segments say it without a look at the records. `time_base`: as in a Query.
/// @throws Error store_io; bad_query as find
std::int64_t count(const LogStore& store, const Filter& filter, const std::optional<TimeBase>& time_base = {});

/// The distinct names of a store's senders, sorted, for lists to choose from. Absent counts as "None". Of many senders
/// the newest 10,000 count: who puts a random name into each record must not make every page slow.
struct SourceNames {
  std::vector<std::string> produkt_ids{}, system_ids{}, sub_system_ids{}, sub_sub_system_ids{}, user_spec_1s{},
      user_spec_2s{};
};
SourceNames source_names(const LogStore& store);

}  // namespace psherald
