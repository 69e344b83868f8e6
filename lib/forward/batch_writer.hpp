#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "psherald/record.hpp"

namespace psherald::forward {

/// Writes the lines of one batch behind its head: docs/forward-protocol.md, 3.2. What records share is written before
/// its first use. Lifetime: the records' batch outlives this object.
class BatchWriter {
 public:
  /// `run` is that of all records' rows at this store.
  BatchWriter(const RecordBatch& records, std::string_view run);

  /// False and without effect when the record would make a line of more than `most` bytes.
  bool append(const Record& record, std::size_t most);

  std::string& lines() noexcept { return lines_; }
  std::size_t size() const noexcept { return records_written_; }
  /// The id of the record in each line, from the first one behind the head, which is line 1; 0: it has none.
  const std::vector<RecordId>& ids_by_line() const noexcept { return ids_by_line_; }

 private:
  void begin_line() { ids_by_line_.push_back(0); }
  template <class Entry>
  void need(const Dictionary<Entry>& dictionary, std::uint32_t number, std::vector<bool>& written);
  std::size_t need_origin(const Record& record);
  void append_record(const Record& record, std::size_t origin);

  const RecordBatch& records_;
  const std::string run_;
  std::string lines_{}, line_{};
  std::vector<RecordId> ids_by_line_{};
  std::size_t records_written_ = 0;
  std::vector<bool> sources_, sites_;  // written
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> origins_{};
};

}  // namespace psherald::forward
