#include "forward/selection.hpp"

#include <chrono>

#include "forward/destination_filter.hpp"

namespace psherald::forward {
namespace {

constexpr std::chrono::milliseconds patience{100};

TimeBase utc_now() { return {now(), Zone::utc()}; }

}  // namespace

Selection::Selection(const LogStore& store, std::string_view where, Origins origins)
    : store_{store},
      origins_{origins},
      candidates_{or_gaps(parse_where(where))},
      matcher_{parse_where(where), utc_now()},
      is_own_{store.native_handle(), "SELECT origin_no = 0 FROM entry WHERE id = ?1"} {}

Selection::Piece Selection::next(RecordId position, std::size_t limit) {
  const RecordId newest = store_.newest_id();
  const auto base = utc_now();
  matcher_.rebind(base);
  Query query;
  query.filter = candidates_;
  query.order = Order::oldest_first;
  query.limit = limit;
  query.cursor = position;
  query.budget = patience;
  query.time_base = base;
  auto page = find(store_, query);
  // What was committed after the first line may be among the candidates already.
  auto to = page.next != 0 ? page.next : std::max(position, newest);
  if (page.batch.size() > 0) to = std::max(to, page.batch.records().back().id);
  return {std::move(page.batch), to};
}

bool Selection::takes(const RecordBatch& batch, const Record& record) {
  if (has(record.flags, Flag::gap)) return true;
  if (!matcher_(batch, record)) return false;
  // find() gives a record of this store its own run as origin: only the row knows.
  return origins_ == Origins::all || is_own_.bind(1, record.id).first_integer().value_or(0) != 0;
}

}  // namespace psherald::forward
