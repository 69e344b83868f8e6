#include <algorithm>
#include <array>
#include <limits>

#include "query/survey.hpp"
#include "query/times.hpp"

namespace psherald {
namespace {

using std::chrono::microseconds;
using By = query::SegmentJudge::By;

// Widths that people read well, each a multiple of the one before, in milliseconds: to an hour, to a day, to weeks.
constexpr std::array<std::int64_t, 20> widths{1,          10,          100,           1'000,          5'000,
                                              10'000,     30'000,      60'000,        300'000,        600'000,
                                              1'800'000,  3'600'000,   7'200'000,     21'600'000,     43'200'000,
                                              86'400'000, 604'800'000, 2'419'200'000, 29'030'400'000, 290'304'000'000};

std::int64_t floor_to(std::int64_t time, std::int64_t width) noexcept {
  const auto over = time % width;
  return time - over - (over < 0 ? width : 0);
}

// The times that the records have, as far as summaries and both ends of the log say it.
std::optional<query::Interval> times_of(sqlite3* db) {
  sqlite::Statement times{db,
                          "SELECT min(a), max(b) FROM (SELECT min(received_min) a, max(received_max) b FROM segment"
                          " UNION ALL SELECT received, received FROM entry WHERE id = (SELECT min(id) FROM entry)"
                          " UNION ALL SELECT received, received FROM entry WHERE id = (SELECT max(id) FROM entry))"};
  times.step();
  if (times.is_null(0)) return {};
  return query::Interval{times.integer(0), times.integer(1)};
}

// Bars over a span of time.
struct Axis {
  std::int64_t from = 0, width = 0, count = 0;

  Axis(query::Interval span, std::int64_t zone, std::size_t most) {
    for (const auto milliseconds : widths) {
      width = milliseconds * 1'000;
      // A day begins where its zone says so, a week on a Monday.
      const auto offset = zone - (milliseconds >= 604'800'000 ? 4 * std::int64_t{86'400'000'000} : 0);
      from = floor_to(span.low + offset, width) - offset;
      count = (span.high - from) / width + 1;
      if (count <= static_cast<std::int64_t>(most)) break;
    }
  }
  /// Nothing outside.
  std::optional<std::size_t> bar_of(std::int64_t time) const noexcept {
    if (time < from || time - from >= count * width) return {};
    return static_cast<std::size_t>((time - from) / width);
  }
};

class Bars {
 public:
  Bars(Axis axis, bool estimate) : axis_{axis}, estimate_{estimate}, bars_(static_cast<std::size_t>(axis.count)) {}

  /// What a clock that was set gave a time before or behind all bars is in the first or the last.
  void add(std::int64_t time, std::int64_t level, std::int64_t records = 1) {
    const auto bar = axis_.bar_of(std::clamp(time, axis_.from, axis_.from + axis_.count * axis_.width - 1));
    bars_[*bar][static_cast<Level>(level)] += records;
  }

  bool add_segment(const store::SegmentSummary& summary, query::SegmentJudge& judge) {
    const auto first = axis_.bar_of(summary.received_min), last = axis_.bar_of(summary.received_max);
    if (!first || !last || (first != last && !estimate_)) return false;
    const auto levels = judge.matching(By::level);
    if (!levels) return false;
    for (const auto& level : *levels) spread(level, summary.received_min, summary.received_max);
    estimated_ |= first != last && !levels->empty();
    return true;
  }

  bool estimated() const noexcept { return estimated_; }
  std::vector<std::map<Level, std::int64_t>> take() { return std::move(bars_); }

 private:
  // Evenly, and all of them.
  void spread(const store::Share& level, std::int64_t low, std::int64_t high) {
    std::int64_t given = 0;
    const double span = static_cast<double>(high - low) + 1;
    for (auto at = low; given < level.records; at = floor_to(at - axis_.from, axis_.width) + axis_.from + axis_.width) {
      const auto end = floor_to(at - axis_.from, axis_.width) + axis_.from + axis_.width;
      const auto until =
          end > high
              ? level.records
              : static_cast<std::int64_t>(static_cast<double>(end - low) / span * static_cast<double>(level.records));
      if (until > given) add(at, level.number, until - given);
      given = std::max(given, until);
    }
  }

  Axis axis_;
  bool estimate_, estimated_ = false;
  std::vector<std::map<Level, std::int64_t>> bars_;
};

std::int64_t zone_offset(const Selection& selection, std::int64_t time) {
  const auto zone = selection.time_base ? selection.time_base->zone : Zone::utc();
  return query::to_local(time, zone) - time;
}

}  // namespace

Histogram histogram(const LogStore& store, const Selection& selection, std::size_t most) {
  query::Survey survey{store, selection, "e.received, e.level"};
  Histogram histogram;
  auto span = times_of(survey.native_handle());
  if (!span) return histogram;
  const auto asked = survey.received();
  using Limits = std::numeric_limits<std::int64_t>;
  constexpr std::int64_t farthest = Limits::max() / 4;  // so that sums fit
  if (asked.low != Limits::min()) span->low = asked.low;
  if (asked.high != Limits::max()) span->high = asked.high;
  span = {std::clamp(span->low, -farthest, farthest), std::clamp(span->high, -farthest, farthest)};
  if (span->low > span->high) return histogram;

  const Axis axis{*span, zone_offset(selection, span->low), std::max<std::size_t>(most, 1)};
  // Exact is what it takes some ten milliseconds for, a segment for each border of a bar. In a log that is longer, one
  // segment spread over its neighbours is hard to see.
  constexpr std::int64_t many = 512, many_in_bar = 16;
  const auto segments = sqlite::integer(survey.native_handle(), "SELECT count(*) FROM segment").value_or(0);
  Bars bars{axis, segments >= std::max(many, many_in_bar * axis.count)};
  histogram.coverage = survey.run([&](const auto& summary, auto& judge) { return bars.add_segment(summary, judge); },
                                  [&](const auto& row) { bars.add(row.integer(0), row.integer(1)); });
  histogram.from = Timestamp{microseconds{axis.from}};
  histogram.width = microseconds{axis.width};
  histogram.estimated = bars.estimated();
  histogram.bars = bars.take();
  if (std::all_of(histogram.bars.begin(), histogram.bars.end(), [](const auto& bar) { return bar.empty(); }))
    histogram.bars.clear();
  return histogram;
}

}  // namespace psherald
