#pragma once

/// What a sender's week looks like, and how long its silences were: so a silence that is longer than it ever was can be
/// told, without anybody saying what is too long. About 510 bytes for a sender.
///
/// Rhythm: a silence is measured in the minutes in which records were to be expected, so nights and weekends are short;
/// the largest ones give the tail, after Hill. Timetable: whole hours without a record in which there usually is one,
/// an hour of tolerance on both sides. The earlier of both is the alarm. docs/alerting.md tells more.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "watch/calendar.hpp"
#include "watch/hearing.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

class Profile {
 public:
  enum class Phase {
    learning,     ///< Not yet for seven days and on three of them.
    report_only,  ///< Would-be alarms are noted, not told.
    watched
  };
  struct Verdict {
    bool alarm = false;    ///< To be told.
    bool changed = false;  ///< The profile has noted something.
    Tau again_in{};        ///< Ask again then.
    std::string why{};  ///< "by now 14 active minutes were to be expected (Monday 08-10), the most ever missed was 3"
  };

  /// A record. `heard` empty: somebody always could hear it.
  void note(Timestamp received, std::span<const Heard> heard, const Calendar& calendar);
  /// The silence since the last record.
  Verdict judge(Timestamp last, Timestamp now, std::span<const Heard> heard, const Calendar& calendar, Tau learn_min);

  Phase phase(Timestamp now, Tau learn_min) const;
  Tau usual_interval() const;
  /// The longest silence that would not be told, if it began now. At most four weeks.
  Tau longest_silence(Timestamp now, const Calendar& calendar) const;
  /// Alarms within 28 days that were none, or would have been none.
  std::size_t false_alarms(Timestamp now) const;

  std::string save() const;
  static Profile load(std::string_view bytes);

 private:
  static constexpr int week_hours = 168;
  static constexpr std::size_t tail = 8;
  struct Hour {
    std::uint8_t minutes = 0;  ///< Mean occupied ones, log coded.
    std::uint8_t share = 0;    ///< Of weeks with a record, in 255ths.
    std::uint8_t weeks = 0;    ///< Up to 15.
  };
  using Tail = std::array<float, tail>;

  struct Expected {
    double minutes = 0;   ///< Active ones.
    double surprise = 0;  ///< Of whole silent hours.
  };
  Expected expected(Timestamp from, Timestamp to, std::span<const Heard> heard, const Calendar& calendar) const;
  double minutes_of(int hour) const;
  double share_of(int hour) const;
  void refresh() const;
  void fold(std::int64_t hour, int occupied, std::span<const Heard> heard, const Calendar& calendar);
  void note_gap(double minutes, Timestamp at);
  double rhythm_limit() const;
  double timetable_limit() const;
  Tail whole_tail() const;

  std::array<Hour, week_hours> hours_{};
  Tail gaps_{}, gaps_before_{};  ///< The largest of this fortnight and the last, in expected minutes.
  std::int64_t fortnight_ = 0;   ///< Which one `gaps_` are of.
  std::uint64_t gap_count_ = 0;
  double largest_surprise_ = 0;
  std::int64_t first_minute_ = 0, last_minute_ = 0;  ///< UTC.
  std::int64_t hour_ = 0;                            ///< Local hour since 1970 that is being lived through.
  std::uint64_t occupied_ = 0;                       ///< Its minutes.
  std::int64_t last_day_ = 0;
  std::uint32_t days_ = 0;              ///< Different ones with a record.
  bool alarming_ = false;               ///< In the present silence it was noted already.
  std::vector<std::int64_t> alarms_{};  ///< Minutes.

  mutable bool fresh_ = false;
  mutable std::array<float, week_hours> minutes_{}, shares_{};
  mutable double active_hours_ = 0;
};

}  // namespace psherald::watch
