#pragma once

#include <vector>

#include "psherald/record.hpp"

/// From one store to another, each in a process of its own: a backlog that is caught up with, the way of a lone record,
/// and what receiving costs meanwhile. Writes into the folder.
struct ForwardFigures {
  double backlog_rate = 0;       ///< Records a second, sent, stored and confirmed.
  double answer_ms = 0;          ///< From the commit of a lone record to its confirmation, the median.
  double append_alone = 0;       ///< Records a second.
  double append_forwarding = 0;  ///< The same, while they are sent on to another process.
};
ForwardFigures measure_forwarding(const std::vector<psherald::RecordBatch>& batches, const char* folder);
