#pragma once

#include <cstddef>

namespace psherald::testing {

/// What this thread took from operator new since the object was made. Memory that was given back still counts.
class Allocations {
 public:
  Allocations();
  std::size_t count() const;
  std::size_t bytes() const;

 private:
  std::size_t count_before_, bytes_before_;
};

}  // namespace psherald::testing
