#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "psherald/record.hpp"

namespace psherald::exchange {

/// Names for the records of a file that have none: the run is made of its first line, the id of all lines up to the
/// record. So the beginning of a file has the same names however far it has grown and whatever it is called, and two
/// files have the same ones only as far as they are the same.
class Identity {
 public:
  void add(std::string_view line);
  const std::string& run() const noexcept { return run_; }  ///< 32 hex digits.
  RecordId id() const noexcept { return id_; }              ///< Above 0.

 private:
  std::string run_{}, chain_{};
  RecordId id_ = 0;
};

/// Names records that were read out of a database of ps.herald: by what they say and the ids that they have there, so
/// that a row has the same name each time.
void name_rows(RecordBatch& batch);

}  // namespace psherald::exchange
