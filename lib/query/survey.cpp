#include "query/survey.hpp"

namespace psherald::query {

Survey::Survey(const LogStore& store, const Selection& selection, std::string_view columns)
    : db_{store.native_handle()},
      left_{search_range(db_)},
      plan_{db_, selection.filter, selection.time_base.value_or(TimeBase{now(), Zone::utc()})},
      rows_{plan_.columns(columns)},
      windows_{db_, plan_, Order::newest_first},
      pace_{selection.budget, selection.cancel} {
  narrow(left_, plan_);
}

Coverage Survey::run(const TakeSegment& take_segment, const TakeRow& take_row) {
  while (!left_.empty() && windows_.enter(left_)) {
    if (const auto* summary = windows_.summary(); summary && take_segment(*summary, windows_.judge())) {
      windows_.skip(left_);
    } else if (const auto window = windows_.next(left_, pace_.window()); !window.empty()) {
      bind_window(rows_, window.from, window.to);
      while (rows_.step()) take_row(rows_);
    }
    if (!left_.empty() && pace_.is_over()) return {true, left_.to + 1};
  }
  return {};
}

}  // namespace psherald::query
