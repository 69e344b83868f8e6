#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "decode/pickle_opcodes.hpp"
#include "decode/pickle_value.hpp"
#include "psherald/decode.hpp"

namespace psherald::pickle {

/// Opcodes to values: the machine of CPython's Lib/pickle.py with the import and the call left out.
class Reader {
 public:
  explicit Reader(const PythonDecoder::Options& options) : options_{options} {}

  /// What the pickle describes. Texts are views onto `pickle`, or onto the reader, until clear(), which has to be
  /// called before the next read.
  Result<Value> read(std::string_view pickle);
  void clear();
  const Heap& heap() const noexcept { return heap_; }

 private:
  std::size_t step_quickly(std::size_t most);
  bool step(Opcode opcode);

  // operands
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  template <class Number>
  bool take(Number& number);
  bool take_bytes(std::uint64_t size, std::string_view& bytes) {
    if (size > left()) return fail_for_length(size);
    bytes = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }
  bool fail_for_length(std::uint64_t size);
  template <class Length>
  bool take_counted(std::string_view& bytes);
  bool take_line(std::string_view& line);

  // the stack; what lies below the last mark is out of reach
  bool push(const Value& value) {
    stack_.push(value);
    return true;
  }
  std::size_t reach() const noexcept { return stack_.size() - floor_; }
  bool need(std::size_t count) { return reach() >= count || fail_for_want(count); }
  bool fail_for_want(std::size_t count);
  bool open_mark();
  bool close_mark(std::span<const Value>& above);
  void drop(std::size_t count) noexcept { stack_.drop(count); }
  bool replace(std::size_t count, const Value& value);

  bool pop();
  bool pop_mark();

  // numbers and texts
  template <class Length>
  bool push_counted(Kind kind);
  template <class Number>
  bool push_number();
  template <class Length>
  bool push_long();
  bool push_double();
  bool push_line_number(bool with_booleans);
  bool push_decimal(std::string_view number);
  bool push_long_integer(std::size_t digits);
  bool push_line_double();
  bool push_line_string();
  bool push_line_unicode();

  // containers
  bool push_marked(Kind kind);
  bool push_tuple(std::size_t count);
  bool append(std::span<const Value> values);
  bool append_marked();
  bool set(std::span<const Value> pairs);
  bool set_marked();

  // the memo
  std::size_t most_memo() const noexcept;
  bool put(std::uint64_t place);
  bool get(std::uint64_t place);
  template <class Number, bool (Reader::*use)(std::uint64_t)>
  bool with_place();
  template <bool (Reader::*use)(std::uint64_t)>
  bool with_line_place();

  // what Python would import and call
  Value global(std::string_view module, std::string_view name);
  bool take_line_global(Value& named);
  bool push_line_global();
  bool stack_global();
  bool push_made(std::string_view module, std::string_view name, std::span<const Value> arguments, std::size_t dropped);
  template <class Number>
  bool push_extension();
  bool push_persistent_line();
  bool call(std::size_t operands);
  bool inst();
  bool obj();
  bool build();

  // framing
  bool protocol();
  bool frame();

  bool fail(std::string why);
  Fault fault() const;

  PythonDecoder::Options options_;
  Heap heap_;
  detail::Arena texts_;
  std::string scratch_;
  Table<Value> stack_, memo_;
  Table<Index> marks_;               // heights of the stack
  std::size_t floor_ = 0;            // the last of them
  std::size_t memo_holes_ = 0;       // entries of the memo that are not set, and have one after them that is
  std::size_t conversion_left_ = 0;  // for integers to decimal: the squares of their digits
  const char *begin_ = nullptr, *at_ = nullptr, *end_ = nullptr, *opcode_at_ = nullptr;
  Errc code_ = Errc::bad_frame;
  std::string why_;
};

}  // namespace psherald::pickle
