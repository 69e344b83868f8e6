#pragma once

#include "page/html.hpp"
#include "psherald/record.hpp"

namespace psherald::page {

/// The records of one page as rows of a table, in the order of the batch or from its end on. There is one at least.
void write_table(Html& html, const RecordBatch& batch, bool from_end);

}  // namespace psherald::page
