#pragma once

#include <type_traits>

#include "psherald/log_store.hpp"

namespace psherald::store {

/// Does the step, which gets the store's connection, in a write transaction of its own; none of it is kept when it
/// throws. On the thread that owns the store. @throws Error, and what `step` throws
template <class Step>
auto in_transaction(LogStore& store, Step step) {
  store.begin();
  try {
    if constexpr (std::is_void_v<decltype(step(store.native_handle()))>) {
      step(store.native_handle());
      store.commit();
    } else {
      const auto result = step(store.native_handle());
      store.commit();
      return result;
    }
  } catch (...) {
    store.rollback();
    throw;
  }
}

}  // namespace psherald::store
