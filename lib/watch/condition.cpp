#include "watch/condition.hpp"

#include <algorithm>

#include "query/times.hpp"
#include "record/number.hpp"
#include "record/sha256.hpp"
#include "watch/redact.hpp"

namespace psherald {
namespace watch {
namespace {

using namespace std::chrono_literals;
using Kind = Rule::Kind;

constexpr Tau shortest = 1ms, longest = 24h * 36'500;

std::string in_quotes(std::string_view text) { return "\"" + std::string{text} + "\""; }

Fault wrong(std::string text) { return {Errc::bad_config, std::move(text)}; }

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t from = 0; (from = text.find_first_not_of(' ', from)) != text.npos;) {
    const auto end = std::min(text.find(' ', from), text.size());
    all.push_back(text.substr(from, end - from));
    from = end;
  }
  return all;
}

std::optional<double> number(std::string_view text) {
  const auto value = parse_number<double>(text);
  return value && *value >= 0 && *value <= 1e15 ? value : std::nullopt;
}

Result<Rate> parse_rate(std::string_view text, Kind kind) {
  const bool gap = kind == Kind::gap;
  const auto fail = [&](const std::string& why) {
    return wrong(in_quotes(text) + why + "; write " +
                 (gap ? "\"> 0 in 1h\"" : "\"> 100 in 5m\", \"< 3 in 10m\" or \"> 3x in 1h\""));
  };
  std::string spread;
  for (const char c : text) spread += (c == '<' || c == '>') ? std::string{' ', c, ' '} : std::string{c};
  const auto said = words(spread);
  if (said.size() != 4 || said[2] != "in" || (said[0] != ">" && said[0] != "<")) return fail(" is no rate");
  Rate rate;
  rate.above = said[0] == ">";
  auto limit = said[1];
  rate.relative = limit.ends_with('x');
  if (rate.relative) limit.remove_suffix(1);
  const auto count = number(limit);
  if (!count) return fail(" names no number");
  rate.limit = *count;
  const auto window = parse_span(said[3]);
  if (!window) return window.error();
  rate.window = *window;
  constexpr Tau least = 1s, most = 24h * 7, least_relative = 5min, most_relative = 24h;
  if (rate.window < least || rate.window > most) return fail(": the time must be between 1s and 7d");
  if (gap && (rate.relative || !rate.above)) return fail(" says nothing about missing records");
  if (!rate.above && (rate.relative || rate.limit == 0)) return fail(" would never hold");
  if (rate.relative && (rate.window < least_relative || rate.window > most_relative))
    return fail(": to compare with other days the time must be between 5m and 1d");
  return rate;
}

Result<Fullness> parse_fullness(std::string_view text) {
  std::string close;
  for (const char c : text)
    if (c != ' ') close += c;
  std::string_view rest{close};
  const auto fail = [&] {
    return wrong(in_quotes(text) + " says not how full a disk is; write \"> 90%\" or \"< 2G\"");
  };
  if (rest.size() < 3) return fail();
  const bool above = rest.front() == '>';
  if (!above && rest.front() != '<') return fail();
  rest.remove_prefix(1);
  double unit = 1;
  const char last = rest.back();
  rest.remove_suffix(1);
  switch (last) {
    case '%': break;
    case 'M': unit = 1024.0 * 1024; break;
    case 'G': unit = 1024.0 * 1024 * 1024; break;
    case 'T': unit = 1024.0 * 1024 * 1024 * 1024; break;
    default: return fail();
  }
  const auto value = number(rest);
  if (!value || above != (last == '%') || (last == '%' && *value >= 100)) return fail();
  return Fullness{last == '%', *value * unit};
}

Result<Filter> parse_query(std::string_view text, const char* which) {
  auto filter = parse_filter(text);
  if (filter) return *filter;
  return wrong(std::string{which} + " " + in_quotes(text) + ": column " + std::to_string(filter.error().column) + ": " +
               filter.error().text);
}

Filter both(Filter a, Filter b) {
  if (a == Filter{}) return b;
  if (b == Filter{}) return a;
  ast::And all;
  all.of = {std::move(a.root), std::move(b.root)};
  Filter filter;
  filter.root.is = std::move(all);
  return filter;
}

Tau usual_keep(const Condition& condition) {
  switch (condition.rule.kind) {
    case Kind::pattern: return 15min;
    case Kind::rate: return condition.rate.window;
    case Kind::lag:
    case Kind::disk: return 5min;
    case Kind::gap:
    case Kind::first_seen: return 1h;
    default: return 0s;
  }
}

std::string hash_of(const Condition& condition) {
  const auto& rule = condition.rule;
  std::string text{name_of(rule.kind)};
  const auto add = [&](std::string_view part) { text.append(1, '\0').append(part); };
  add(print(condition.filter));
  for (const auto& field : condition.by) add(print(field));
  // Ages and limits may change without another thing being looked for; what a counter or a profile counts may not.
  if (condition.is_heartbeat()) add(condition.learn ? "learn" : condition.due ? "due" : "age");
  if (rule.kind == Kind::rate || rule.kind == Kind::gap)
    add(std::to_string(condition.rate.window.count()) + (condition.rate.relative ? "x" : "") +
        (condition.rate.above ? ">" : "<"));
  if (rule.kind == Kind::disk) add(condition.fullness.percent ? "%" : "B");
  return base32_digest(sha256(text));
}

/// Reads the texts of a rule one after another.
class Reader {
 public:
  Reader(const Rule& rule, const Watchdog::Options& options) : rule_{rule}, options_{options} { made_.rule = rule; }

  Result<Condition> read() {
    for (const auto step : {&Reader::read_name, &Reader::read_condition, &Reader::read_fields, &Reader::read_filter,
                            &Reader::read_calendar, &Reader::read_telling})
      if (auto done = (this->*step)(); !done) return done.error();
    made_.hash = hash_of(made_);
    return std::move(made_);
  }

 private:
  Result<void> read_name() {
    constexpr std::size_t most = 200;
    if (rule_.name.empty() || rule_.name.size() > most) return wrong("a rule needs a name, of at most 200 bytes");
    return {};
  }

  Result<void> read_condition() {
    const auto& text = rule_.condition;
    switch (rule_.kind) {
      case Kind::heartbeat:
        made_.learn = text == "learn";
        if (made_.learn) return {};
        if (text == "due") {
          const auto due = Due::parse(rule_.due);
          if (!due) return wrong("due: " + due.error().text);
          made_.due = *due;
          return {};
        }
        return read_age("; write a time such as \"2h\", or \"learn\", or \"due\"");
      case Kind::first_seen:
      case Kind::lag:
      case Kind::no_data: return read_age("");
      case Kind::rate:
      case Kind::gap: {
        const auto rate = parse_rate(text, rule_.kind);
        if (!rate) return rate.error();
        made_.rate = *rate;
        return {};
      }
      case Kind::disk: {
        const auto fullness = parse_fullness(text);
        if (!fullness) return fullness.error();
        made_.fullness = *fullness;
        return {};
      }
      case Kind::pattern: return {};
    }
    return {};
  }

  Result<void> read_age(const std::string& hint) {
    const auto age = parse_span(rule_.condition);
    if (!age) return wrong(age.error().text + hint);
    if (*age < shortest) return wrong(in_quotes(rule_.condition) + " is too short" + hint);
    made_.age = *age;
    return {};
  }

  Result<void> read_fields() {
    auto names = rule_.by;
    if (names.empty() && made_.is_heartbeat()) names = {"system"};
    if (!names.empty() && (made_.is_gauge() || rule_.kind == Kind::no_data))
      return wrong("by: a rule of the kind " + std::string{name_of(rule_.kind)} + " has keys of its own");
    for (const auto& name : names) {
      const auto field = parse_field(name);
      if (!field) return wrong("by: " + field.error().text);
      const auto kind = field->field;
      if (kind == ast::Field::text || kind == ast::Field::id || kind == ast::Field::received ||
          kind == ast::Field::created)
        return wrong("by: \"" + name +
                     "\" is another one in each record; write a field such as system, host or logger");
      made_.by.push_back(*field);
    }
    if (!rule_.expect.empty() && !made_.is_watching_for_absence())
      return wrong("expect: only a heartbeat, or a rate with \"<\", can wait for what was never seen");
    return {};
  }

  Result<void> read_filter() {
    const bool is_error = rule_.kind == Kind::first_seen && rule_.where.empty();
    auto where = parse_query(is_error ? "level>=error" : rule_.where, "where");
    if (!where) return where.error();
    if (rule_.kind != Kind::pattern) {
      made_.filter = *std::move(where);
      return {};
    }
    auto pattern = parse_query(rule_.condition, "pattern");
    if (!pattern) return pattern.error();
    if (*pattern == Filter{}) return wrong("pattern: an empty query would match every record");
    made_.filter = both(*std::move(where), *std::move(pattern));
    return {};
  }

  Result<void> read_calendar() {
    const auto zone = TimeZone::find(rule_.zone.empty() ? options_.zone : rule_.zone);
    if (!zone) return wrong("zone: " + zone.error().text);
    made_.calendar.zone = *zone;
    for (const auto& text : options_.holidays) {
      const auto date = parse_date(text);
      if (!date) return wrong("holidays: " + date.error().text);
      made_.calendar.holidays.insert(*date);
    }
    if (!rule_.due.empty() && !made_.due) return wrong("due: it belongs to heartbeat = \"due\"");
    if (rule_.hours.empty()) return {};
    if (!made_.is_heartbeat() || made_.due || made_.learn)
      return wrong("hours: they belong to a heartbeat with an age");
    const auto hours = Hours::parse(rule_.hours);
    if (!hours) return wrong("hours: " + hours.error().text);
    made_.hours = *hours;
    return {};
  }

  Result<void> read_telling() {
    const bool first_seen = rule_.kind == Kind::first_seen;
    made_.keep = rule_.keep.value_or(usual_keep(made_));
    made_.interval = rule_.interval.value_or(first_seen ? Tau{30min} : options_.interval);
    made_.remind = rule_.remind.value_or(first_seen ? std::vector<Tau>{} : options_.remind);
    made_.resolve = rule_.resolve.value_or(!first_seen);
    made_.context = rule_.context.value_or(options_.context);
    for (const auto& step : made_.remind)
      if (step < 1s) return wrong("remind: there must be a second at least between two reminders");
    if (rule_.escalate.empty() != (rule_.escalate_after == Tau{}))
      return wrong("escalate: write { after = \"1h\", notify = [\"NAME\"] }");
    return {};
  }

  const Rule& rule_;
  const Watchdog::Options& options_;
  Condition made_{};
};

}  // namespace

bool Condition::is_event() const noexcept {
  return rule.kind == Kind::pattern || (rule.kind == Kind::rate && rate.above) || rule.kind == Kind::gap ||
         rule.kind == Kind::first_seen;
}

Result<Condition> understand(const Rule& rule, const Watchdog::Options& options) {
  return Reader{rule, options}.read();
}

Result<Tau> parse_span(std::string_view text) {
  const auto nanoseconds = query::parse_duration(text);
  if (nanoseconds && *nanoseconds >= 0 && std::chrono::nanoseconds{*nanoseconds} <= longest)
    return std::chrono::duration_cast<Tau>(std::chrono::nanoseconds{*nanoseconds});
  return wrong(in_quotes(text) + " is no duration; write \"90s\", \"15m\", \"2h\", \"1h30m\" or \"30d\"");
}

std::string join_key(const std::vector<std::string>& values) {
  std::string name;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) name += '/';
    for (const char c : values[i])
      if (c == '/' || c == '%')
        name += c == '/' ? "%2F" : "%25";
      else
        name += c;
  }
  return name;
}

std::vector<std::string> split_key(std::string_view key) {
  std::vector<std::string> values(1);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto escape = key.substr(i, 3);
    if (key[i] == '/') {
      values.emplace_back();
    } else if (escape == "%2F" || escape == "%25") {
      values.back() += escape == "%2F" ? '/' : '%';
      i += 2;
    } else {
      values.back() += key[i];
    }
  }
  return values;
}

}  // namespace watch

Result<void> check_rule(const Rule& rule) {
  const auto read = watch::understand(rule, {});
  if (!read) return read.error();
  return {};
}

Result<void> check_maintenance(const Maintenance& maintenance) {
  if (const auto hours = watch::Hours::parse(maintenance.hours); !hours) return hours.error();
  if (maintenance.zone.empty()) return {};
  if (const auto zone = watch::TimeZone::find(maintenance.zone); !zone) return zone.error();
  return {};
}

Result<void> check_holidays(const std::vector<std::string>& dates) {
  for (const auto& text : dates)
    if (const auto date = watch::parse_date(text); !date) return date.error();
  return {};
}

Result<void> check_redaction(const std::vector<std::string>& patterns) try {
  const watch::Redactor redact{patterns, false};
  return {};
} catch (const Error& error) {
  return Fault{Errc::bad_config, error.what()};
}

std::string_view name_of(Rule::Kind kind) noexcept {
  switch (kind) {
    case Rule::Kind::heartbeat: return "heartbeat";
    case Rule::Kind::pattern: return "pattern";
    case Rule::Kind::rate: return "rate";
    case Rule::Kind::first_seen: return "first_seen";
    case Rule::Kind::lag: return "lag";
    case Rule::Kind::disk: return "disk";
    case Rule::Kind::gap: return "gap";
    case Rule::Kind::no_data: return "no_data";
  }
  return {};
}

}  // namespace psherald
