#include "watch/profile.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

#include "watch/packing.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;

constexpr Tau day = 24h, hour = 1h;
constexpr std::int64_t minute_us = 60'000'000, fortnight_minutes = 14 * 24 * 60;
constexpr double steps = 25, finest = 8;  // of the log code
constexpr double least_share = 0.3;       // hours with fewer are not on the timetable
constexpr std::uint64_t least_gaps = 50;
constexpr Tau least_silence = 5min, look_back = 8 * 7 * day;
constexpr std::size_t most_alarms = 32;

std::uint8_t code(double minutes) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(steps * std::log2(1 + finest * minutes)), 0l, 255l));
}
double decode(std::uint8_t coded) { return (std::exp2(coded / steps) - 1) / finest; }

std::int64_t minutes_since_1970(Timestamp time) { return time.time_since_epoch().count() / minute_us; }

std::int64_t local_hour(Timestamp time, const Calendar& calendar) {
  return std::chrono::floor<std::chrono::hours>(calendar.zone.to_local(time)).time_since_epoch().count();
}

// 1970 began on a Thursday; hours count from Monday.
int week_hour(std::int64_t local_hour) { return static_cast<int>(((local_hour + 3 * 24) % 168 + 168) % 168); }

Timestamp begin_of(std::int64_t local_hour, const Calendar& calendar) {
  return calendar.zone.to_utc(LocalTime{std::chrono::hours{local_hour}});
}

const char* day_name(int week_hour) {
  static constexpr std::array<const char*, 7> names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};
  return names[static_cast<std::size_t>(week_hour / 24)];
}

}  // namespace

// ---- what an hour of the week expects

void Profile::refresh() const {
  if (fresh_) return;
  fresh_ = true;
  active_hours_ = 0;
  for (int h = 0; h < week_hours; ++h) {
    const int of_day = h % 24;
    const bool weekend = h / 24 >= 5;
    double minutes = 0, share = 0;
    int lived = 0;
    for (int d = weekend ? 5 : 0; d < (weekend ? 7 : 5); ++d) {
      const auto& other = hours_[static_cast<std::size_t>(d * 24 + of_day)];
      if (other.weeks == 0) continue;
      minutes += decode(other.minutes);
      share += other.share / 255.0;
      ++lived;
    }
    const auto& own = hours_[static_cast<std::size_t>(h)];
    const auto at = static_cast<std::size_t>(h);
    const double n = own.weeks;
    minutes_[at] = own.weeks == 0 ? 0 : static_cast<float>((n * decode(own.minutes) + minutes / lived) / (n + 1));
    shares_[at] = own.weeks == 0 ? 0 : static_cast<float>((n * own.share / 255.0 + share / lived) / (n + 1));
    active_hours_ += shares_[at];
  }
}

double Profile::minutes_of(int hour) const { return minutes_[static_cast<std::size_t>(hour)]; }

/// Never certain: as if one more week had gone either way.
double Profile::share_of(int hour) const {
  const auto at = static_cast<std::size_t>(hour);
  const double n = std::min<double>(hours_[at].weeks, 15);
  return (n * shares_[at] + 0.5) / (n + 1);
}

Profile::Expected Profile::expected(Timestamp from, Timestamp to, std::span<const Heard> heard,
                                    const Calendar& calendar) const {
  refresh();
  Expected total;
  from = std::max(from, to - look_back);
  const auto first = local_hour(from, calendar), last = local_hour(to, calendar);
  for (auto at = first; at <= last; ++at) {
    const int h = week_hour(at);
    if (minutes_of(h) <= 0 && share_of(h) <= least_share) continue;
    const auto begin = begin_of(at, calendar), end = begin + hour;
    if (calendar.is_holiday(LocalTime{std::chrono::hours{at}})) continue;
    const auto part_begin = std::max(begin, from), part_end = std::min(end, to);
    if (part_begin >= part_end) continue;
    const Tau missed = heard.empty() ? Tau{} : unheard(part_begin, part_end, heard);
    const double part =
        std::chrono::duration<double>(part_end - part_begin - missed) / std::chrono::duration<double>(hour);
    total.minutes += minutes_of(h) * std::max(part, 0.0);
    const bool tolerant = begin - hour >= from && end + hour <= to;
    if (tolerant && missed == Tau{} && share_of(h) > least_share && hours_[static_cast<std::size_t>(h)].weeks > 0)
      total.surprise += -std::log(1 - share_of(h));
  }
  return total;
}

// ---- learning

void Profile::fold(std::int64_t hour_number, int occupied, std::span<const Heard> heard, const Calendar& calendar) {
  if (calendar.is_holiday(LocalTime{std::chrono::hours{hour_number}})) return;
  if (!heard.empty()) {
    const auto begin = begin_of(hour_number, calendar);
    if (unheard(begin, begin + hour, heard) > 1min) return;
  }
  constexpr double latest_weight = 6;
  auto& kept = hours_[static_cast<std::size_t>(week_hour(hour_number))];
  const double weight = 1 / std::min<double>(kept.weeks + 1, latest_weight);
  const double minutes = decode(kept.minutes), share = kept.share / 255.0;
  kept.minutes = code(minutes + (occupied - minutes) * weight);
  kept.share = static_cast<std::uint8_t>(std::lround(255 * (share + ((occupied > 0 ? 1 : 0) - share) * weight)));
  if (kept.weeks < 15) ++kept.weeks;
  fresh_ = false;
}

void Profile::note(Timestamp received, std::span<const Heard> heard, const Calendar& calendar) {
  const auto minute = minutes_since_1970(received);
  const auto now_hour = local_hour(received, calendar);
  if (first_minute_ == 0) {
    first_minute_ = last_minute_ = minute;
    hour_ = now_hour;
  }
  if (minute < last_minute_) return;  // a clock that was set back: nothing is learnt twice
  if (minute > last_minute_) {
    const Timestamp before{std::chrono::minutes{last_minute_}};
    const auto gap = expected(before, received, heard, calendar);
    if (gap_count_ > 0 || now_hour != hour_) note_gap(gap.minutes, received);
    ++gap_count_;
    if (phase(received, 14 * day) != Phase::learning)
      largest_surprise_ = std::max(largest_surprise_ * 0.9999, std::min(gap.surprise, 20.0));
    // What was told as a death, and was long, teaches nothing about usual hours.
    const bool teaches = !alarming_ || received - before < 2 * day;
    if (now_hour - hour_ > 8 * week_hours) {
      hour_ = now_hour;
      occupied_ = 0;
    }
    if (now_hour > hour_) {
      fold(hour_, std::popcount(occupied_), heard, calendar);
      for (auto silent = hour_ + 1; silent < now_hour && teaches; ++silent) fold(silent, 0, heard, calendar);
      hour_ = now_hour;
      occupied_ = 0;
    }
    last_minute_ = minute;
    alarming_ = false;
  }
  occupied_ |= std::uint64_t{1} << (minute % 60);
  const auto today = minute / (24 * 60);
  if (today != last_day_ || days_ == 0) ++days_;
  last_day_ = today;
}

void Profile::note_gap(double minutes, Timestamp at) {
  const auto fortnight = minutes_since_1970(at) / fortnight_minutes;
  if (fortnight != fortnight_) {
    gaps_before_ = fortnight == fortnight_ + 1 ? gaps_ : Tail{};
    if (fortnight > fortnight_ + 1 && fortnight_ != 0) gaps_before_ = gaps_;
    gaps_ = {};
    fortnight_ = fortnight;
  }
  const auto value = static_cast<float>(minutes);
  auto place = std::find_if(gaps_.begin(), gaps_.end(), [&](float known) { return value > known; });
  if (place == gaps_.end()) return;
  std::copy_backward(place, std::prev(gaps_.end()), gaps_.end());
  *place = value;
}

// ---- judging

Profile::Tail Profile::whole_tail() const {
  std::array<float, 2 * tail> all;
  std::merge(gaps_.begin(), gaps_.end(), gaps_before_.begin(), gaps_before_.end(), all.begin(), std::greater{});
  Tail largest;
  std::copy_n(all.begin(), tail, largest.begin());
  return largest;
}

double Profile::rhythm_limit() const {
  constexpr double least = 2.5, most_xi = 3;
  const auto gaps = whole_tail();
  const double smallest = std::max<double>(gaps.back(), 1e-3);
  double xi = 0;
  for (const float gap : gaps) xi += std::log(std::max<double>(gap, smallest) / smallest);
  xi = std::min(xi / tail, most_xi);
  return std::max({smallest * std::pow(tail / 0.02, xi), 1.25 * gaps.front(), least});
}

double Profile::timetable_limit() const {
  refresh();
  return std::max({std::log(6.0), std::log(std::max(12 * active_hours_ / 7, 1.0)), 1.25 * largest_surprise_});
}

Profile::Phase Profile::phase(Timestamp now, Tau learn_min) const {
  const auto known = std::chrono::minutes{last_minute_ - first_minute_};
  if (first_minute_ == 0 || days_ < 3 || known < 7 * day) return Phase::learning;
  const auto alive = Timestamp{std::chrono::minutes{last_minute_}} - Timestamp{std::chrono::minutes{first_minute_}};
  const auto calm_since = minutes_since_1970(now) - 7 * 24 * 60;
  // An alarm of the present silence is no reason to be silent about it.
  const auto last = std::find_if(alarms_.rbegin(), alarms_.rend(), [&](auto at) { return at <= last_minute_; });
  const bool calm = last == alarms_.rend() || *last < calm_since;
  return alive < learn_min || !calm ? Phase::report_only : Phase::watched;
}

Profile::Verdict Profile::judge(Timestamp last, Timestamp now, std::span<const Heard> heard, const Calendar& calendar,
                                Tau learn_min) {
  Verdict verdict;
  verdict.again_in = 1min;
  const auto state = phase(now, learn_min);
  if (state == Phase::learning) verdict.again_in = hour;
  if (state == Phase::learning || now <= last) return verdict;
  const auto missed = expected(last, now, heard, calendar);
  const double rhythm = rhythm_limit(), timetable = timetable_limit();
  const bool by_rhythm = gap_count_ >= least_gaps && missed.minutes > rhythm && now - last >= least_silence;
  const bool by_timetable = missed.surprise > timetable;
  if (!by_rhythm && !by_timetable) return verdict;
  if (!alarming_) {
    alarming_ = verdict.changed = true;
    alarms_.push_back(minutes_since_1970(now));
    if (alarms_.size() > most_alarms) alarms_.erase(alarms_.begin());
  }
  verdict.alarm = state == Phase::watched;
  const int from = week_hour(local_hour(last, calendar)), to = week_hour(local_hour(now, calendar));
  std::array<char, 200> text{};
  std::snprintf(
      text.data(), text.size(),
      "by now %.0f active minutes were to be expected (%s %02d to %s %02d o'clock), the most ever missed was %.0f",
      missed.minutes, day_name(from), from % 24, day_name(to), (to + 1) % 24, whole_tail().front());
  if (!by_rhythm)
    std::snprintf(text.data(), text.size(), "it is usually there on %s until %02d o'clock, and was not", day_name(to),
                  to % 24);
  verdict.why = text.data();
  return verdict;
}

Tau Profile::usual_interval() const {
  refresh();
  double minutes = 0, hours = 0;
  for (int h = 0; h < week_hours; ++h)
    if (share_of(h) > least_share && minutes_of(h) > 0) minutes += minutes_of(h), hours += 1;
  if (minutes <= 0) return {};
  return std::chrono::duration_cast<Tau>(std::chrono::duration<double>{hours * 3600 / minutes});
}

Tau Profile::longest_silence(Timestamp now, const Calendar& calendar) const {
  constexpr Tau most = 28 * day;
  const double rhythm = rhythm_limit(), timetable = timetable_limit();
  const auto tells = [&](Tau silence) {
    const auto missed = expected(now, now + silence, {}, calendar);
    return (gap_count_ >= least_gaps && missed.minutes > rhythm) || missed.surprise > timetable;
  };
  Tau low = least_silence, high = most;
  if (!tells(high)) return high;
  while (high - low > 1min) {
    const Tau middle = low + (high - low) / 2;
    (tells(middle) ? high : low) = middle;
  }
  return high;
}

std::size_t Profile::false_alarms(Timestamp now) const {
  const auto since = minutes_since_1970(now) - 28 * 24 * 60;
  return static_cast<std::size_t>(std::count_if(alarms_.begin(), alarms_.end(), [&](auto at) {
    return at >= since && at <= last_minute_;  // the sender came back
  }));
}

// ---- as bytes

namespace {

constexpr std::uint8_t format = 1;

// A gap in sixteenths, up to 4095.
std::uint64_t gap_code(float gap) { return static_cast<std::uint64_t>(std::lround(std::min(gap, 4095.0f) * 16)); }

}  // namespace

std::string Profile::save() const {
  Packer packer;
  packer.add_byte(format);
  for (const auto& kept : hours_) {
    packer.add_byte(kept.minutes);
    packer.add_byte(kept.share);
  }
  for (std::size_t h = 0; h < hours_.size(); h += 2)
    packer.add_byte(static_cast<std::uint8_t>(hours_[h].weeks << 4 | hours_[h + 1].weeks));
  for (const auto* gaps : {&gaps_, &gaps_before_})
    for (const float gap : *gaps) packer.add(gap_code(gap));
  for (const auto number : {fortnight_, first_minute_, last_minute_ - first_minute_, hour_, last_day_})
    packer.add(static_cast<std::uint64_t>(number));
  for (const auto number : {gap_count_, occupied_, std::uint64_t{days_}, std::uint64_t{alarming_},
                            static_cast<std::uint64_t>(std::lround(largest_surprise_ * 100))})
    packer.add(number);
  packer.add(alarms_.size());
  for (const auto at : alarms_) packer.add(static_cast<std::uint64_t>(at));
  return packer.bytes();
}

Profile Profile::load(std::string_view bytes) {
  Profile profile;
  Unpacker unpacker{bytes};
  if (unpacker.byte() != format) return profile;
  for (auto& kept : profile.hours_) {
    kept.minutes = unpacker.byte();
    kept.share = unpacker.byte();
  }
  for (std::size_t h = 0; h < profile.hours_.size(); h += 2) {
    const auto both = unpacker.byte();
    profile.hours_[h].weeks = both >> 4;
    profile.hours_[h + 1].weeks = both & 15;
  }
  for (auto* gaps : {&profile.gaps_, &profile.gaps_before_})
    for (float& gap : *gaps) gap = static_cast<float>(unpacker.number()) / 16;
  const auto number = [&] { return static_cast<std::int64_t>(unpacker.number()); };
  profile.fortnight_ = number();
  profile.first_minute_ = number();
  profile.last_minute_ = profile.first_minute_ + number();
  profile.hour_ = number();
  profile.last_day_ = number();
  profile.gap_count_ = unpacker.number();
  profile.occupied_ = unpacker.number();
  profile.days_ = static_cast<std::uint32_t>(unpacker.number());
  profile.alarming_ = unpacker.number() != 0;
  profile.largest_surprise_ = static_cast<double>(unpacker.number()) / 100;
  const auto count = std::min<std::uint64_t>(unpacker.number(), most_alarms);
  for (std::uint64_t i = 0; i < count; ++i) profile.alarms_.push_back(number());
  return profile;
}

}  // namespace psherald::watch
