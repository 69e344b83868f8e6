#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "psherald/claim.hpp"
#include "psherald/filter.hpp"
#include "psherald/log_store.hpp"

namespace psherald::forward {

/// A part of the log, ready to be sent: what is behind a position, up to another one.
struct LogPart {
  Position prev{}, to{};
  std::vector<Claim::Gap> gaps{};
  std::size_t records = 0;
  std::string lines{};                  ///< Without the head.
  std::vector<RecordId> ids_by_line{};  ///< BatchWriter::ids_by_line.
  std::vector<RecordId> too_large{};    ///< Records that no batch takes: they are in `gaps`.
  bool full = false;                    ///< It ends because it may not be larger.
};

/// Reads the log for one destination, part after part. Threads: the store's.
class LogParts {
 public:
  struct Limits {
    std::size_t records = 5'000, bytes = 4u << 20, record_bytes = 1u << 20;
  };
  /// `reader` outlives this object. Gap records pass the filter, whatever it says. What is before `start` counts as
  /// left out by it, and what is behind `last` is not looked at.
  LogParts(const LogStore& reader, const Filter& where, std::optional<TimeBase> time_base, RecordId start,
           RecordId last);

  /// What comes behind `prev`, at most `most_ids` ids; nothing when there is nothing yet. What is up to `given_up` is
  /// declared missing, for that reason. @throws Error store_io
  std::optional<LogPart> next(const Position& prev, const Limits& limits, RecordId most_ids,
                              const Claim::Gap& given_up);
  /// The last call found that `prev` is not in this log any more: the file was put back to an older copy.
  bool was_put_back() const noexcept { return put_back_; }
  /// A part without records is worth sending from so many ids on; shorter ones add up.
  static constexpr RecordId many_ids = 65'536;
  /// Sends it now, however short.
  void hurry() noexcept { hurried_ = true; }

  /// The record is never sent, but declared missing: no peer takes its size.
  void leave_out(RecordId id) { too_large_.insert(id); }
  /// Forgets how far it has looked in vain.
  void restart() noexcept { looked_to_ = 0; }

  /// The place of a row, with its tag where the row is still there. @throws Error store_io
  Position position_of(RecordId id) const;
  /// The newest id that this run has given in this file; 0: it is not one of this file's. @throws Error store_io
  RecordId last_id_of(std::string_view run) const;
  /// The same for the oldest.
  RecordId first_id_of(std::string_view run) const;

 private:
  bool is_here(const Position& position) const;

  const LogStore& reader_;
  Filter filter_;
  std::optional<TimeBase> time_base_;
  const RecordId start_, last_;
  std::set<RecordId> too_large_{};
  RecordId looked_to_ = 0;  // behind the last part, without a match
  bool hurried_ = false, put_back_ = false;
};

}  // namespace psherald::forward
