#include "support/oracle.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "psherald/query.hpp"

namespace psherald::testing {
namespace {

struct Name {
  std::string origin;
  std::int64_t number = 0;
};

std::optional<Name> name_of(std::string_view message) {
  const auto space = message.find(' ');
  if (space == message.npos) return {};
  Name name{std::string{message.substr(0, space)}, 0};
  const auto* end = message.data() + message.size();
  const auto read = std::from_chars(message.data() + space + 1, end, name.number);
  if (read.ec != std::errc{} || read.ptr != end) return {};
  return name;
}

std::int64_t declared_by(std::string_view message) {
  constexpr std::string_view beginning = "gap: at most ";
  std::int64_t count = 0;
  if (message.starts_with(beginning))
    std::from_chars(message.data() + beginning.size(), message.data() + message.size(), count);
  return count;
}

template <class Look>
void each_record(const LogStore& store, Look look) {
  Query query;
  query.order = Order::oldest_first;
  query.limit = 5'000;
  for (;;) {
    const auto page = find(store, query);
    for (const auto& record : page.batch.records()) look(page.batch, record);
    if (page.next == 0) return;
    query.cursor = page.next;
  }
}

}  // namespace

RecordBatch Oracle::issue(const std::string& origin, std::int64_t count) {
  RecordBatch batch;
  for (auto& number = issued_[origin]; count > 0; --count) {
    const auto message = origin + ' ' + std::to_string(++number);
    batch.append({.level = number % 10 == 0 ? Level::error : Level::info, .message = message},
                 {.system_id = std::string_view{origin}}, {.name = logger});
  }
  return batch;
}

std::int64_t Oracle::issued(const std::string& origin) const {
  const auto known = issued_.find(origin);
  return known == issued_.end() ? 0 : known->second;
}

Oracle::Verdict Oracle::judge(const LogStore& store, const Expected& expected) const {
  Verdict verdict;
  const auto example = [&](const std::string& text) {
    if (verdict.examples.size() < 10) verdict.examples.push_back(text);
  };
  const auto is_expected = [&](const std::string& origin, std::int64_t number) {
    return number >= 1 && number <= issued(origin) && (!expected || expected(origin, number));
  };
  std::map<std::string, std::set<std::int64_t>> found;
  each_record(store, [&](const RecordBatch& batch, const Record& record) {
    if (has(record.flags, Flag::gap)) {
      ++verdict.gap_rows;
      verdict.declared += declared_by(record.message);
      return;
    }
    if (batch.site(record).name != logger) return;
    const auto name = name_of(record.message);
    const std::string text = "\"" + std::string{record.message} + "\"";
    if (!name || !is_expected(name->origin, name->number)) {
      ++verdict.unexpected;
      return example(text + " is unexpected");
    }
    auto& numbers = found[name->origin];
    if (!numbers.empty() && name->number < *numbers.rbegin() && !numbers.contains(name->number)) {
      ++verdict.out_of_order;
      example(text + " stands behind " + std::to_string(*numbers.rbegin()));
    }
    if (!numbers.insert(name->number).second) {
      ++verdict.doubled;
      example(text + " is there again");
    }
  });
  for (const auto& [origin, count] : issued_) {
    const auto& numbers = found[origin];
    verdict.stored += static_cast<std::int64_t>(numbers.size());
    for (std::int64_t number = 1; number <= count; ++number) {
      if (!is_expected(origin, number) || numbers.contains(number)) continue;
      ++verdict.lost;
      example("\"" + origin + ' ' + std::to_string(number) + "\" is missing");
    }
  }
  return verdict;
}

std::ostream& operator<<(std::ostream& out, const Oracle::Verdict& verdict) {
  out << verdict.stored << " stored, " << verdict.lost << " lost, " << verdict.doubled << " doubled, "
      << verdict.out_of_order << " out of order, " << verdict.unexpected << " unexpected, " << verdict.gap_rows
      << " gap rows for " << verdict.declared;
  for (const auto& example : verdict.examples) out << "; " << example;
  return out;
}

}  // namespace psherald::testing
