#pragma once

#include <vector>

#include "psherald/record.hpp"

/// What watching costs: so many rules over log that is new, beside reading it alone; and many systems that fall silent
/// at once.
struct WatchFigures {
  double read_rate = 0;      ///< Records a second that are read.
  double judged_rate = 0;    ///< And judged by all rules.
  double silent_ms = 0;      ///< To find ten thousand systems silent, and to word the message.
  std::size_t messages = 0;  ///< That this makes.
};
WatchFigures measure_watching(const std::vector<psherald::RecordBatch>& batches, std::size_t rules);
