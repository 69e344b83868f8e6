#pragma once

#include <chrono>
#include <functional>

#include "store/writer.hpp"

namespace psherald::store {

/// Makes missing summaries, a transaction each, for about `budget`. True when there are more. @throws Error
bool tend(Writer& writer, std::chrono::milliseconds budget);
/// Makes all summaries anew, a transaction each. @throws Error
void rebuild(Writer& writer, const std::function<void(double)>& progress);

}  // namespace psherald::store
