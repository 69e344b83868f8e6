#include "page/head.hpp"

#include "page/removal.hpp"
#include "psherald/incidents.hpp"
#include "psherald/query.hpp"

namespace psherald::page {
namespace {

constexpr std::chrono::seconds rate_span{60};

std::int64_t records_a_second(const LogStore& store) {
  const auto newest = find(store, {.limit = 1});
  const auto since = now() - rate_span;
  if (newest.batch.size() == 0 || newest.batch.records()[0].received < since) return 0;
  return (store.count() - count_before(store, since)) / rate_span.count();
}

}  // namespace

void tell_state(Frame& frame, const LogStore& store) {
  frame.records = store.count();
  frame.records_a_second = records_a_second(store);
  const auto firing = count_firing(store);
  frame.open_incidents = firing.all;
  frame.new_incidents = firing.unattended;
}

}  // namespace psherald::page
