#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "decode/table.hpp"

namespace psherald::pickle {

using Index = std::uint32_t;

enum class Kind : std::uint8_t {
  unset,  ///< No value at all: a hole in the memo.
  none,
  boolean,
  integer,
  digits,  ///< An integer beyond 64 bits: the decimal text of it, or `<int of N digits>` beyond the bound.
  real,
  text,   ///< UTF-8 as Python wrote it, or the bytes of a Python 2 str: not checked yet.
  bytes,  ///< Also a bytearray.
  list,
  tuple,
  dict,
  set,
  frozenset,
  global,    ///< A name that Python would import. Its sequence holds module and name.
  instance,  ///< What Python would have made by calling something.
};

/// A small thing by value, or the number of a bigger one in the Heap.
struct Value {
  Kind kind = Kind::unset;
  Index number = 0;  ///< Length of the text; number of the sequence or of the instance.
  union {
    std::int64_t integer = 0;
    double real;
    const char* data;
  };

  static Value of(Kind kind, Index number = 0) noexcept {
    Value value;
    value.kind = kind;
    value.number = number;
    return value;
  }
  static Value of_integer(std::int64_t integer, Kind kind = Kind::integer) noexcept {
    Value value = of(kind);
    value.integer = integer;
    return value;
  }
  static Value of_real(double real) noexcept {
    Value value = of(Kind::real);
    value.real = real;
    return value;
  }
  static Value of_text(std::string_view text, Kind kind = Kind::text) noexcept {
    Value value = of(kind, static_cast<Index>(text.size()));
    value.data = text.data();
    return value;
  }

  /// Of the kinds text, bytes and digits.
  std::string_view text() const noexcept { return {data, number}; }
  bool is(Kind other) const noexcept { return kind == other; }
};

/// Values in a row, linked so that a list can grow by one at any time. A dict's are key, value, key, value ...
struct Sequence {
  Index first = 0, last = 0, count = 0;
};

struct Instance {
  Value callable{};      ///< Mostly a global.
  Sequence arguments{};  ///< Of the call.
  Sequence keywords{};   ///< name, value ... of NEWOBJ_EX.
  Sequence items{};      ///< Appended or added afterwards.
  Sequence pairs{};      ///< Set afterwards: key, value ...
  Value state{};         ///< Of BUILD; unset without one.
};

/// All sequences and instances of one pickle, in flat tables: nothing to free one by one, whatever refers to what.
class Heap {
 public:
  struct Cell {
    Value value;
    Index next;
  };

  void clear() noexcept {
    cells_.clear();
    sequences_.clear();
    instances_.clear();
  }

  Value add_sequence(Kind kind, std::span<const Value> values) {
    sequences_.push({});
    const Value added = Value::of(kind, static_cast<Index>(sequences_.size() - 1));
    extend(sequences_.back(), values);
    return added;
  }
  Value add_instance(const Instance& instance) {
    instances_.push(instance);
    return Value::of(Kind::instance, static_cast<Index>(instances_.size() - 1));
  }
  void extend(Sequence& sequence, std::span<const Value> values) {
    if (values.empty()) return;
    auto next = static_cast<Index>(cells_.size());
    if (sequence.count == 0) {
      sequence.first = next;
    } else {
      cells_[sequence.last].next = next;
    }
    for (auto* cell = cells_.grow(values.size()); const auto& value : values) {
      cell->value = value;
      cell++->next = ++next;
    }
    sequence.last = next - 1;
    sequence.count += static_cast<Index>(values.size());
  }

  Sequence& sequence(const Value& value) noexcept { return sequences_[value.number]; }
  const Sequence& sequence(const Value& value) const noexcept { return sequences_[value.number]; }
  Instance& instance(const Value& value) noexcept { return instances_[value.number]; }
  const Instance& instance(const Value& value) const noexcept { return instances_[value.number]; }
  const Cell& cell(Index number) const noexcept { return cells_[number]; }

  /// The sequence without its first `count` values, of which it has as many.
  Sequence without_first(Sequence sequence, Index count) const noexcept {
    for (; count > 0; --count, --sequence.count) sequence.first = cells_[sequence.first].next;
    return sequence;
  }
  /// The value at a place, nullptr when there are not so many. For short sequences: it walks.
  const Value* at(const Sequence& sequence, Index place) const noexcept {
    return place < sequence.count ? &cells_[without_first(sequence, place).first].value : nullptr;
  }

 private:
  Table<Cell> cells_;
  Table<Sequence> sequences_;
  Table<Instance> instances_;
};

}  // namespace psherald::pickle
