#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
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
  /// Beyond it the search is cut off, and says where. None: no bound.
  std::optional<std::chrono::milliseconds> budget{};
  std::stop_token cancel{};  ///< A stop that is requested cuts the search off, from any thread.
  /// What the filter's times refer to; a search keeps one for all its pages. None: the time of the call, in UTC.
  std::optional<TimeBase> time_base{};
  friend bool operator==(const Query&, const Query&) = default;
};

/// Records in the order asked for, and how to go on.
struct Page {
  RecordBatch batch{};
  RecordId next = 0;  ///< The cursor of the page after this; 0 when there is nothing more to look at.
  bool cut = false;   ///< The budget or a stop ended the search: there may be more from `next` on.
};

/// Pages by keyset: the cost does not depend on how far down a page lies. No match is an empty page. A search that is
/// cut off has always looked at something, so going on from `next` comes to the end.
/// @throws Error store_io; bad_query for a regular expression, put together by a program, that RE2 refuses
Page find(const LogStore& store, const Query& query);

/// Which records come around one, oldest first.
struct Surroundings {
  std::size_t before = 10, after = 10;  ///< At most so many.
  Filter filter{};                      ///< Only these; the record itself is always there.
  std::optional<TimeBase> time_base{};  ///< As in a Query.
};
/// Empty when there is no such record. @throws Error as find
RecordBatch around(const LogStore& store, RecordId id, const Surroundings& surroundings = {});

/// The id that a record has here, by its name: Record::origin and origin_id, which it keeps wherever it is passed on
/// to. Nothing when it is not here. @throws Error store_io; bad_record: a run that is not 32 hex digits
std::optional<RecordId> find_by_name(const LogStore& store, std::string_view run, RecordId id);

/// Follows the log: each record that matches once, in order, as it is committed. `now` in the filter is the time of the
/// call that delivers it.
/// Threads: the store's. It ends before the store does.
class Tail {
 public:
  /// Delivers what comes behind `after`. @throws Error as find
  Tail(const LogStore& store, Filter filter, RecordId after, Zone zone = Zone::utc());
  /// What has come, at most `limit` records; empty when there is no more now. Costs next to nothing while nobody
  /// writes.
  /// @throws Error as find
  RecordBatch next(std::size_t limit = 500);

 private:
  const LogStore* store_;
  Filter filter_;
  Zone zone_;
  RecordId position_;
  std::optional<std::pair<std::int64_t, std::int64_t>> seen_{};  // the state of the database that had nothing more
};

// ---- Statistics: what records have in common, rather than the records

/// Which records a statistic is about, and what may be spent on it.
struct Selection {
  Filter filter{};
  std::optional<std::chrono::milliseconds> budget{};  ///< As in a Query.
  std::stop_token cancel{};                           ///< As in a Query.
  std::optional<TimeBase> time_base{};                ///< As in a Query.
  /// Hears now and then which part of the log was looked at, from 0 to 1; not before it takes a while.
  std::function<void(double done)> progress{};
};

/// Statistics are made from the newest records on. One that was cut off says nothing about those before.
struct Coverage {
  bool cut = false;   ///< The budget or a stop ended it.
  RecordId from = 0;  ///< When it was: the oldest id that was looked at.
  friend bool operator==(const Coverage&, const Coverage&) = default;
};

struct Count {
  std::int64_t records = 0;  ///< At least so many, when it was cut off.
  Coverage coverage{};
};
/// How many records match. Where the filter asks only for levels and times, or only for names of one sender or place in
/// the code, the summaries of segments say it without a look at the records.
/// @throws Error store_io; bad_query as find
Count count(const LogStore& store, const Selection& selection = {});

/// The values of a field, and how many records have each.
struct Facet {
  struct Value {
    std::string value;
    std::int64_t records = 0;
    friend bool operator==(const Value&, const Value&) = default;
  };
  std::vector<Value> values{};  ///< The most frequent first.
  std::int64_t others = 0;      ///< Records with values that are not listed.
  std::int64_t absent = 0;      ///< Records without.
};
struct Facets {
  std::vector<Facet> of{};  ///< In the order of the fields.
  Coverage coverage{};
};
/// The `most` most frequent values of each of these fields. A list in an attribute counts with each of its values.
/// Of a field with more than 100,000 values those that are met first are told apart, the newest.
/// @throws Error bad_query: a text, a time or an id is told apart by nothing; store_io
Facets facets(const LogStore& store, const Selection& selection, const std::vector<ast::FieldRef>& fields,
              std::size_t most = 10);

/// How many records were received when, by level.
struct Histogram {
  std::chrono::microseconds width{};                  ///< Of a bar: from a millisecond to weeks.
  Timestamp from{};                                   ///< Where the first bar begins.
  std::vector<std::map<Level, std::int64_t>> bars{};  ///< Without gaps; empty when nothing matches.
  bool estimated = false;  ///< Where a segment of 4096 ids reaches over bars of many times that, it was spread evenly.
  Coverage coverage{};
};
/// At most `most` bars, over the time that the filter says, else the one that the log has. @throws Error as count
Histogram histogram(const LogStore& store, const Selection& selection = {}, std::size_t most = 60);

/// Messages that are the same but for what varies: psherald/fingerprint.hpp. Where more than four of one line of code
/// differ in no more than a quarter of their words, they are one as well.
struct Pattern {
  std::uint64_t fingerprint = 0;  ///< Of several, that of the one that was met first.
  std::int64_t records = 0;
  Timestamp first{}, last{};  ///< Received.
  Level level{};              ///< The highest.
  RecordId example = 0;       ///< The newest of them.
  std::string message{};      ///< The example's, what varies replaced: by <*> where it is a word of the line of code.
  std::string exception{};    ///< The last line of the example's, of at most 512 bytes.
  /// How many were received when, in steps of Patterns::width that end with Patterns::to; the newest step first, those
  /// that nothing was received in at its end left out.
  std::vector<std::int64_t> trend{};
};
struct Patterns {
  std::vector<Pattern> patterns{};    ///< The most frequent first.
  Timestamp to{};                     ///< Where the newest step of a trend ends.
  std::chrono::microseconds width{};  ///< Of a step; no trend has more than 72.
  std::int64_t others = 0;            ///< Records of patterns that are not listed.
  Coverage coverage{};
};
/// The `most` most frequent. Of more than 100,000 those that are met first are told apart, the newest.
/// @throws Error as count
Patterns patterns(const LogStore& store, const Selection& selection = {}, std::size_t most = 50);

/// A system, with its last sign of life.
struct HeardSystem {
  std::string product{}, system{}, subsystem{}, subsubsystem{};  ///< Empty for absent.
  std::int64_t records = 0;
  RecordId newest = 0;
  Timestamp last{};  ///< When the newest was received.
};
struct HeardSystems {
  std::vector<HeardSystem> systems{};  ///< Who was heard last comes first.
  Coverage coverage{};
};
/// @throws Error as count
HeardSystems heard_systems(const LogStore& store, const Selection& selection = {});

/// The distinct values of a field that a dictionary or the levels hold, sorted, with this beginning in any case: at
/// most `most`. Does not look at records. @throws Error bad_query: not such a field; store_io
std::vector<std::string> known_values(const LogStore& store, ast::Field field, std::string_view beginning = {},
                                      std::size_t most = 1'000);

/// The distinct names of a store's senders, sorted, for lists to choose from. Absent counts as "None". Of many senders
/// the newest 10,000 count: who puts a random name into each record must not make every page slow.
struct SourceNames {
  std::vector<std::string> produkt_ids{}, system_ids{}, sub_system_ids{}, sub_sub_system_ids{}, user_spec_1s{},
      user_spec_2s{};
};
SourceNames source_names(const LogStore& store);

}  // namespace psherald
