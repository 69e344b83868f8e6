#pragma once

#include <cstddef>
#include <string>

#include "psherald/record.hpp"

namespace psherald::testing {

/// What is wrong with a record that a decoder made, whatever it was made from; empty when nothing is. Texts are UTF-8,
/// `extra` is a JSON object, and all of them together are not much longer than `max_output_bytes`.
std::string fault_of(const RecordBatch& batch, const Record& record, std::size_t max_output_bytes = 1u << 20);

}  // namespace psherald::testing
