#pragma once

/// Result<T>: a value or the Fault that stands in its place, with the member names of std::expected, which replaces it
/// one day. A fault that says more than that is a class of its own, derived from Fault: Result<T, ItsClass>.

#include <cassert>
#include <utility>
#include <variant>

#include "psherald/error.hpp"

namespace psherald {

template <class T, class F = Fault>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
  Result(F fault) : state_{std::in_place_index<1>, std::move(fault)} {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return throw_unless_value(), std::get<0>(state_); }
  const T& value() const& { return throw_unless_value(), std::get<0>(state_); }
  T&& value() && { return throw_unless_value(), std::get<0>(std::move(state_)); }
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// Only when there is no value.
  const F& error() const noexcept {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  void throw_unless_value() const {
    if (!has_value()) throw Error{error().code, error().text};
  }

  std::variant<T, F> state_;
};

/// Success has nothing to say.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Fault fault) : state_{std::in_place_index<1>, std::move(fault)} {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  void value() const {
    if (!has_value()) throw Error{error().code, error().text};
  }
  const Fault& error() const noexcept {
    assert(!has_value());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<std::monostate, Fault> state_;
};

}  // namespace psherald
