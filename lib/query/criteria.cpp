#include <array>

#include "psherald/filter.hpp"

namespace psherald {
namespace {

using ast::Field;
using ast::Op;

ast::Civil civil_of(Timestamp time) {
  const auto date = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day parts{date};
  const std::chrono::hh_mm_ss clock{time - date};
  auto fraction = std::to_string(1'000'000 + clock.subseconds().count()).substr(1);
  return {int{parts.year()},
          static_cast<int>(unsigned{parts.month()}),
          static_cast<int>(unsigned{parts.day()}),
          static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()),
          static_cast<int>(clock.seconds().count()),
          std::move(fraction),
          0};
}

ast::Node term(Field field, Op op, ast::Value value) { return {ast::Term{{field, {}}, op, {std::move(value)}}}; }

ast::Node any_contains(const ast::Pattern& pattern) {
  ast::Or any;
  for (const auto field : {Field::message, Field::function, Field::module})
    any.of.push_back(term(field, Op::match, pattern));
  return {std::move(any)};
}

}  // namespace

ast::Pattern ast::like(std::string_view text) {
  Pattern pattern{{Wild::any_run}};
  for (const char c : text) {
    if (c == '%' || c == '_') {
      pattern.parts.emplace_back(c == '%' ? Wild::any_run : Wild::any_one);
      continue;
    }
    if (std::holds_alternative<Wild>(pattern.parts.back())) pattern.parts.emplace_back(std::string{});
    std::get<std::string>(pattern.parts.back()) += c;
  }
  pattern.parts.emplace_back(Wild::any_run);
  return pattern;
}

Filter to_filter(const Criteria& criteria) {
  const std::array names{
      std::pair{Field::product, &criteria.produkt_id},      std::pair{Field::system, &criteria.system_id},
      std::pair{Field::subsystem, &criteria.sub_system_id}, std::pair{Field::subsubsystem, &criteria.sub_sub_system_id},
      std::pair{Field::user1, &criteria.user_spec_1},       std::pair{Field::user2, &criteria.user_spec_2}};
  ast::And all;
  for (const auto& [field, name] : names)
    if (*name) all.of.push_back(term(field, Op::equal, ast::Text{**name}));
  if (!criteria.pattern.empty()) all.of.push_back(any_contains(ast::like(criteria.pattern)));
  if (criteria.since)
    all.of.push_back(term(Field::received, Op::greater_equal, ast::Scalar{ast::Time{civil_of(*criteria.since)}}));
  if (criteria.level)
    all.of.push_back(
        term(Field::level, Op::greater_equal, ast::Scalar{ast::Number{static_cast<std::int64_t>(*criteria.level)}}));
  if (all.of.empty()) return {};
  if (all.of.size() == 1) return {std::move(all.of.front()), {}};
  return {{std::move(all)}, {}};
}

}  // namespace psherald
