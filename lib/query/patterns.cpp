#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "psherald/fingerprint.hpp"
#include "query/survey.hpp"
#include "query/variants.hpp"
#include "record/utf8.hpp"
#include "store/dictionary_rows.hpp"

namespace psherald {
namespace {

constexpr std::size_t most_patterns = 100'000, longest_text = 512;

// The columns of the survey's rows.
enum { id, received, level, site, message, exc_text };

// The places in the code that were met: a fingerprint needs their names for every record.
class Sites {
 public:
  explicit Sites(sqlite3* db) : entries_{db} {}
  Site at(std::int64_t number) {
    constexpr std::size_t most = 10'000;
    if (names_.size() >= most) names_.clear();
    const auto [place, is_new] = names_.try_emplace(number);
    if (is_new)
      place->second = entries_.read(number, [](const Site& site) {
        return Names{std::string{site.name}, std::string{site.funcname}, site.lineno};
      });
    Site site;
    site.name = place->second.logger;
    site.funcname = place->second.function;
    site.lineno = place->second.line;
    return site;
  }

 private:
  struct Names {
    std::string logger{}, function{};
    std::optional<std::int64_t> line{};
  };
  store::EntryReader<Site> entries_;
  std::unordered_map<std::int64_t, Names> names_{};
};

// Steps of time as long as they have to be for all that is added to fit into a trend: they double, and what is counted
// is counted together, whenever it does not. Who adds need not know how far the log goes.
class Steps {
 public:
  using Counts = std::map<std::int64_t, std::int64_t>;

  /// The step that holds this time; `doubled` is called whenever two steps have become one.
  template <class Doubled>
  std::int64_t step(Timestamp time, Doubled doubled) {
    first_ = std::min(first_, time);
    last_ = std::max(last_, time);
    for (; number(last_) - number(first_) >= most; width_ *= 2) doubled();
    return number(time);
  }
  static void halve(Counts& counts) {
    Counts halved;
    for (const auto& [step, count] : counts) halved[floor_half(step)] += count;
    counts = std::move(halved);
  }
  /// The newest first.
  std::vector<std::int64_t> trend(const Counts& counts) const {
    std::vector<std::int64_t> trend;
    for (const auto& [step, count] : counts) {
      const auto back = static_cast<std::size_t>(number(last_) - step);
      if (trend.size() <= back) trend.resize(back + 1);
      trend[back] = count;
    }
    return trend;
  }
  Timestamp end() const { return Timestamp{width_ * (number(last_) + 1)}; }
  std::chrono::microseconds width() const { return width_; }

 private:
  static constexpr std::int64_t most = 72;

  static std::int64_t floor_half(std::int64_t step) { return (step - (step < 0 ? 1 : 0)) / 2; }
  std::int64_t number(Timestamp time) const {
    const auto whole = time.time_since_epoch() / width_;
    return whole - (time.time_since_epoch() < whole * width_ ? 1 : 0);
  }

  Timestamp first_ = Timestamp::max(), last_ = Timestamp::min();
  std::chrono::microseconds width_ = std::chrono::seconds{1};
};

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string{cut_utf8(text.substr(text.rfind('\n') + 1), longest_text)};
}

class Gathered {
 public:
  explicit Gathered(sqlite3* db) : sites_{db} {}

  void add(const sqlite::Statement& row) {
    Record record;
    record.message = row.text(message);
    record.exc_text = row.text(exc_text);
    const auto place = sites_.at(row.integer(site));
    const auto number = fingerprint(record, place);
    auto found = patterns_.find(number);
    if (found == patterns_.end()) {
      if (patterns_.size() >= most_patterns) return void(++others_);
      found = patterns_.emplace(number, Pattern{.fingerprint = number}).first;
      if (const auto here = query::call_site(record, place)) note_variant(number, *here, record.message);
    }
    auto& pattern = found->second;
    const Timestamp time{std::chrono::microseconds{row.integer(received)}};
    pattern.first = pattern.records == 0 ? time : std::min(pattern.first, time);
    pattern.last = pattern.records == 0 ? time : std::max(pattern.last, time);
    pattern.level = std::max(pattern.level, static_cast<Level>(row.integer(level)));
    ++pattern.records;
    const auto step = steps_.step(time, [&] {
      for (auto& [other, counts] : counts_) Steps::halve(counts);
    });
    ++counts_[number][step];
    if (row.integer(id) <= pattern.example) return;
    pattern.example = row.integer(id);
  }

  /// The most frequent ones.
  Patterns take(std::size_t most) {
    Patterns taken;
    taken.others = others_;
    join_variants();
    for (auto& [number, pattern] : patterns_) taken.patterns.push_back(std::move(pattern));
    std::sort(taken.patterns.begin(), taken.patterns.end(), [](const Pattern& a, const Pattern& b) {
      return a.records != b.records ? a.records > b.records : a.example > b.example;
    });
    for (; taken.patterns.size() > most; taken.patterns.pop_back()) taken.others += taken.patterns.back().records;
    if (taken.patterns.empty()) return taken;
    taken.to = steps_.end();
    taken.width = steps_.width();
    for (auto& pattern : taken.patterns) pattern.trend = steps_.trend(counts_[pattern.fingerprint]);
    return taken;
  }

 private:
  struct Variants {
    std::string form{};
    std::vector<std::uint64_t> fingerprints{};
  };

  void note_variant(std::uint64_t number, std::uint64_t call_site, std::string_view text) {
    const auto message = normalised_message(text);
    auto& forms = variants_[call_site];
    for (auto& known : forms) {
      auto form = query::common_form(known.form, message);
      if (!form) continue;
      known.form = std::move(*form);
      return known.fingerprints.push_back(number);
    }
    if (forms.size() < query::most_forms) forms.push_back({message, {number}});
  }

  void join_variants() {
    for (auto& [call_site, forms] : variants_)
      for (auto& variants : forms)
        if (variants.fingerprints.size() > query::variants_told_apart) join(variants);
  }

  void join(Variants& variants) {
    auto& one = patterns_[variants.fingerprints.front()];
    auto& counts = counts_[one.fingerprint];
    one.message = std::move(variants.form);
    for (auto number = variants.fingerprints.begin() + 1; number != variants.fingerprints.end(); ++number) {
      const auto other = patterns_.extract(*number).mapped();
      one.records += other.records;
      one.first = std::min(one.first, other.first);
      one.last = std::max(one.last, other.last);
      one.level = std::max(one.level, other.level);
      one.example = std::max(one.example, other.example);
      for (const auto& [step, count] : counts_[*number]) counts[step] += count;
    }
  }

  Sites sites_;
  Steps steps_;
  std::unordered_map<std::uint64_t, std::vector<Variants>> variants_{};  // by call site
  std::unordered_map<std::uint64_t, Steps::Counts> counts_{};
  std::unordered_map<std::uint64_t, Pattern> patterns_{};
  std::int64_t others_ = 0;
};

}  // namespace

Patterns patterns(const LogStore& store, const Selection& selection, std::size_t most) {
  query::Survey survey{store, selection, "e.id, e.received, e.level, e.site, e.message, e.exc_text"};
  Gathered gathered{survey.native_handle()};
  const auto coverage =
      survey.run([](const auto&, auto&) { return false; }, [&](const auto& row) { gathered.add(row); });
  auto patterns = gathered.take(most);
  patterns.coverage = coverage;
  // Their texts are read last, for those that are listed.
  sqlite::Statement texts{survey.native_handle(), "SELECT message, exc_text FROM entry WHERE id = ?1"};
  for (auto& pattern : patterns.patterns) {
    if (!texts.bind(1, pattern.example).step()) continue;  // removed meanwhile
    if (pattern.message.empty()) pattern.message = normalised_message(texts.text(0));
    pattern.exception = last_line(texts.text(1));
    texts.reset();
  }
  return patterns;
}

}  // namespace psherald
