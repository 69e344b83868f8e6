#include "query/survey.hpp"

namespace psherald::query {

Survey::Survey(const LogStore& store, const Selection& selection, std::string_view columns)
    : db_{store.native_handle()},
      left_{search_range(db_)},
      plan_{db_, selection.filter, selection.time_base.value_or(TimeBase{now(), Zone::utc()})},
      rows_{plan_.columns(columns)},
      windows_{db_, plan_, Order::newest_first},
      pace_{selection.budget, selection.cancel},
      progress_{selection.progress} {
  narrow(left_, plan_);
}

Coverage Survey::run(const TakeSegment& take_segment, const TakeRow& take_row) {
  using Clock = std::chrono::steady_clock;
  constexpr auto a_while = std::chrono::milliseconds{200};
  const auto all = static_cast<double>(left_.to - left_.from + 1);
  auto told = Clock::now();
  while (!left_.empty() && windows_.enter(left_)) {
    if (const auto* summary = windows_.summary(); summary && take_segment(*summary, windows_.judge())) {
      windows_.skip(left_);
    } else if (const auto window = windows_.next(left_, pace_.window()); !window.empty()) {
      bind_window(rows_, window.from, window.to);
      while (rows_.step()) take_row(rows_);
    }
    if (progress_ && Clock::now() - told >= a_while) {
      told = Clock::now();
      progress_(1 - static_cast<double>(left_.to - left_.from + 1) / all);
    }
    if (!left_.empty() && pace_.is_over()) return {true, left_.to + 1};
  }
  return {};
}

}  // namespace psherald::query
