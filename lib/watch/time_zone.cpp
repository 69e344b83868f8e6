#include "watch/time_zone.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

namespace psherald::watch {
namespace {

using std::chrono::seconds;

/// A day of a year and a time on it at which clocks change, in the local time before the change.
struct Change {
  enum class Kind { month_week_day, day_without_leap, day } kind = Kind::month_week_day;
  int month = 1, week = 1, day = 0;
  seconds at{7200};
};

/// What holds behind the last change that a file lists.
struct Rule {
  seconds standard{}, summer{};
  bool has_summer = false;
  Change begin{}, end{};
};

std::int64_t day_of(const Change& change, int year) {
  using namespace std::chrono;
  const auto january = sys_days{std::chrono::year{year} / 1 / 1};
  if (change.kind != Change::Kind::month_week_day) {
    int day = change.day;
    if (change.kind == Change::Kind::day_without_leap) {
      day -= 1;
      if (std::chrono::year{year}.is_leap() && change.day >= 60) ++day;
    }
    return (january + days{day}).time_since_epoch().count();
  }
  const auto first = sys_days{std::chrono::year{year} / change.month / 1};
  const int shift = (change.day - static_cast<int>(weekday{first}.c_encoding()) + 7) % 7;
  auto found = first + days{shift + 7 * (change.week - 1)};
  const auto month_end = sys_days{std::chrono::year{year} / change.month / last};
  while (found > month_end) found -= days{7};
  return found.time_since_epoch().count();
}

seconds offset_by(const Rule& rule, std::int64_t utc) {
  if (!rule.has_summer) return rule.standard;
  const auto local = utc + rule.standard.count();
  const int year = static_cast<int>(std::chrono::year_month_day{
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds{
          seconds{local}})}.year());
  const auto begin = day_of(rule.begin, year) * 86'400 + rule.begin.at.count() - rule.standard.count();
  const auto end = day_of(rule.end, year) * 86'400 + rule.end.at.count() - rule.summer.count();
  const bool summer = begin < end ? begin <= utc && utc < end : !(end <= utc && utc < begin);
  return summer ? rule.summer : rule.standard;
}

/// Reads a TZ rule.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_{text} {}

  std::optional<Rule> read() {
    Rule rule;
    if (!name()) return {};
    const auto standard = time();
    if (!standard) return {};
    rule.standard = -*standard;
    if (text_.empty()) return rule;
    if (!name()) return {};
    rule.has_summer = true;
    rule.summer = rule.standard + seconds{3600};
    if (!text_.empty() && text_.front() != ',') {
      const auto summer = time();
      if (!summer) return {};
      rule.summer = -*summer;
    }
    if (text_.empty()) return {};
    const auto begin = change(), end = change();
    if (!begin || !end || !text_.empty()) return {};
    rule.begin = *begin;
    rule.end = *end;
    return rule;
  }

 private:
  bool take(char sign) {
    if (text_.empty() || text_.front() != sign) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool name() {
    std::size_t length = 0;
    if (take('<')) {
      length = text_.find('>');
      if (length == text_.npos) return false;
      text_.remove_prefix(length + 1);
    } else {
      while (length < text_.size() && std::isalpha(static_cast<unsigned char>(text_[length]))) ++length;
      text_.remove_prefix(length);
    }
    return length >= 3;
  }

  std::optional<int> number() {
    if (text_.empty() || !std::isdigit(static_cast<unsigned char>(text_.front()))) return {};
    int value = 0;
    while (!text_.empty() && std::isdigit(static_cast<unsigned char>(text_.front()))) {
      value = value * 10 + (text_.front() - '0');
      if (value > 1000) return {};
      text_.remove_prefix(1);
    }
    return value;
  }

  std::optional<seconds> time() {
    const bool negative = take('-');
    if (!negative) take('+');
    const auto hours = number();
    if (!hours) return {};
    int total = *hours * 3600, unit = 60;
    while (unit > 0 && take(':')) {
      const auto part = number();
      if (!part || *part > 59) return {};
      total += *part * unit;
      unit /= 60;
    }
    return seconds{negative ? -total : total};
  }

  std::optional<Change> change() {
    if (!take(',')) return {};
    Change change;
    if (take('M')) {
      const auto month = number();
      if (!month || *month < 1 || *month > 12 || !take('.')) return {};
      const auto week = number();
      if (!week || *week < 1 || *week > 5 || !take('.')) return {};
      const auto day = number();
      if (!day || *day > 6) return {};
      change.month = *month, change.week = *week, change.day = *day;
    } else {
      change.kind = take('J') ? Change::Kind::day_without_leap : Change::Kind::day;
      const auto day = number();
      if (!day || *day > 365) return {};
      change.day = *day;
    }
    if (!take('/')) return change;
    const auto at = time();
    if (!at) return {};
    change.at = *at;
    return change;
  }

  std::string_view text_;
};

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = (static_cast<unsigned char>(bytes[at]) & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(value);
}

constexpr std::size_t head_size = 44;

struct Head {
  std::size_t utc_flags, standard_flags, leaps, times, types, characters;
  std::size_t body(std::size_t time_size) const {
    return times * (time_size + 1) + types * 6 + characters + leaps * (time_size + 4) + standard_flags + utc_flags;
  }
};

std::optional<Head> head_of(std::string_view bytes) {
  if (bytes.size() < head_size || !bytes.starts_with("TZif")) return {};
  const auto count = [&](std::size_t at) { return static_cast<std::size_t>(big_endian(bytes, at, 4)); };
  const Head head{count(20), count(24), count(28), count(32), count(36), count(40)};
  constexpr std::size_t most = 1 << 20;
  if (std::max({head.utc_flags, head.standard_flags, head.leaps, head.times, head.types, head.characters}) > most)
    return {};
  return head;
}

std::optional<std::string> content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return {};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  if (!file.good() && !file.eof()) return {};
  return bytes;
}

/// A name, not a way out of the folder of zones.
bool is_name(std::string_view name) {
  return !name.empty() && name.front() != '/' && name.find("..") == name.npos &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || std::string_view{"/_-+"}.find(c) != std::string::npos;
         });
}

}  // namespace

struct TimeZone::Data {
  std::vector<std::pair<std::int64_t, seconds>> changes{};  // from then on
  seconds before{};
  std::optional<Rule> rule{};
};

Result<TimeZone> TimeZone::find(std::string_view name) {
  constexpr const char* folder = "/usr/share/zoneinfo/";
  std::string wanted{name};
  if (wanted == "UTC") return TimeZone{};
  if (wanted == "local") {
    const char* set = std::getenv("TZ");
    if (!set) {
      const auto bytes = content("/etc/localtime");
      return bytes ? read(*bytes, "/etc/localtime") : TimeZone{};
    }
    wanted = *set == ':' ? set + 1 : set;
    if (wanted.empty() || wanted == "UTC") return TimeZone{};
    if (wanted.front() == '/')
      if (const auto bytes = content(wanted)) return read(*bytes, wanted);
    if (auto zone = from_rule(wanted)) return zone;
  }
  const auto bytes = is_name(wanted) ? content(folder + wanted) : std::nullopt;
  if (bytes && bytes->starts_with("TZif")) return read(*bytes, wanted);
  return Fault{Errc::bad_config, "there is no zone \"" + wanted + "\"; write \"local\", \"UTC\" or a name such as " +
                                     "\"Europe/Berlin\" (the list is " + folder + "tzdata.zi)"};
}

Result<TimeZone> TimeZone::from_rule(std::string_view text) {
  const auto rule = RuleReader{text}.read();
  if (!rule) return Fault{Errc::bad_config, "\"" + std::string{text} + "\" is no rule of a time zone"};
  auto data = std::make_shared<Data>();
  data->rule = *rule;
  TimeZone zone;
  zone.data_ = std::move(data);
  return zone;
}

Result<TimeZone> TimeZone::read(std::string_view bytes, const std::string& name) {
  const Fault none{Errc::bad_config, "\"" + name + "\" is no file of a time zone"};
  auto head = head_of(bytes);
  if (!head) return none;
  std::size_t time_size = 4, at = head_size;
  if (bytes[4] >= '2') {
    at += head->body(4);
    if (at > bytes.size()) return none;
    head = head_of(bytes.substr(at));
    if (!head) return none;
    at += head_size;
    time_size = 8;
  }
  if (at + head->body(time_size) > bytes.size() || head->types == 0) return none;
  const std::size_t indices = at + head->times * time_size, types = indices + head->times;
  auto data = std::make_shared<Data>();
  const auto type = [&](std::size_t index) { return seconds{big_endian(bytes, types + 6 * index, 4)}; };
  data->before = type(0);
  for (std::size_t i = 0; i < head->times; ++i) {
    const auto index = static_cast<unsigned char>(bytes[indices + i]);
    if (index >= head->types) return none;
    data->changes.emplace_back(big_endian(bytes, at + i * time_size, time_size), type(index));
  }
  auto footer = bytes.substr(at + head->body(time_size));
  if (time_size == 8 && footer.size() > 2 && footer.front() == '\n')
    data->rule = RuleReader{footer.substr(1, footer.find('\n', 1) - 1)}.read();
  TimeZone zone;
  zone.data_ = std::move(data);
  return zone;
}

std::chrono::seconds TimeZone::offset(Timestamp time) const {
  if (!data_) return seconds{0};
  const auto utc = std::chrono::floor<seconds>(time).time_since_epoch().count();
  const auto& changes = data_->changes;
  const auto next = std::upper_bound(changes.begin(), changes.end(), utc,
                                     [](std::int64_t value, const auto& change) { return value < change.first; });
  if (next == changes.end() && data_->rule) return offset_by(*data_->rule, utc);
  return next == changes.begin() ? data_->before : std::prev(next)->second;
}

LocalTime TimeZone::to_local(Timestamp time) const { return LocalTime{time.time_since_epoch() + offset(time)}; }

Timestamp TimeZone::to_utc(LocalTime time) const {
  const Timestamp as_utc{time.time_since_epoch()};
  // The offsets a day before and behind are those on both sides of a change.
  const auto before = offset(as_utc - std::chrono::hours{24}), behind = offset(as_utc + std::chrono::hours{24});
  if (to_local(as_utc - before) == time) return as_utc - before;
  if (to_local(as_utc - behind) == time) return as_utc - behind;
  return as_utc - before;
}

}  // namespace psherald::watch
