#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/record_draft.hpp"
#include "psherald/result.hpp"

namespace re2 {
class RE2;
}

namespace psherald::exchange {

/// Reads lines that Python's logging wrote by a format string. Time is linear in the line.
/// Source: CPython Lib/logging/__init__.py, class Formatter.
class LogPattern {
 public:
  /// As in RecordReader::Options. A fault is bad_config.
  static Result<LogPattern> make(const std::string& pattern, const std::string& date_format);
  LogPattern(LogPattern&&) noexcept;
  LogPattern& operator=(LogPattern&&) noexcept;
  ~LogPattern();

  /// What a line says, as parts of it.
  struct Match {
    std::vector<std::string_view> values;  ///< One for each name of the pattern.
    std::optional<Timestamp> time{};       ///< By the date format, when there is one.
  };
  /// Nothing when the line is not the first one of a record.
  std::optional<Match> match(std::string_view line) const;
  void fill(const Match& match, RecordDraft& draft) const;
  bool has_time() const noexcept;  ///< asctime

 private:
  LogPattern();

  std::unique_ptr<re2::RE2> expression_;
  std::vector<std::string> names_;  // of the groups
  std::string date_format_;
};

/// What is tried where no pattern is given, in this order.
const std::vector<std::string>& usual_patterns();

}  // namespace psherald::exchange
