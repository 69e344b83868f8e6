#include <algorithm>

#include "decode/binary_numbers.hpp"
#include "decode/pickle_reader.hpp"

namespace psherald::pickle {

// Texts, numbers and what puts them into the memo are nearly all opcodes. Does as many of them as follow each other, at
// most `most`, and returns how many; whatever is not as usual, growing a table too, is left to step().
// Its variables are the compiler's to keep in registers, which members are not.
std::size_t Reader::step_quickly(std::size_t most) {
  constexpr std::size_t head = 1 + sizeof(std::uint32_t), number_head = 1 + sizeof(double);
  if (left() < number_head) return 0;
  const char* at = at_;
  const char *const end = end_, *const last = end - number_head;  // where an opcode and its operand have room
  const bool is_bare = reach() == 0;
  Value* top = stack_.end();
  const Value* const bottom = top;
  Value* const memo = memo_.begin();
  std::size_t memo_size = memo_.size();
  const std::size_t memo_room = std::min(memo_.capacity(), most_memo());
  // The usual place is the next one.
  const auto puts_next = [&](const char* opcode) {
    return memo_size == static_cast<unsigned char>(opcode[1]) && memo_size < memo_room;
  };
  most = std::min(most, stack_.capacity() - stack_.size());
  std::size_t done = 0;
  for (const char* next = at; done < most && at <= last; at = next, ++done) {
    if (static_cast<Opcode>(*at) == Opcode::binunicode) {
      const std::size_t size = number_at<std::uint32_t>(at + 1);
      const char* const text = at + head;
      if (size > static_cast<std::size_t>(end - text)) break;
      next = text + size;
      *top++ = Value::of_text({text, size});
      if (next > last || static_cast<Opcode>(*next) != Opcode::binput || !puts_next(next) || done + 1 == most) continue;
      // Made twice rather than copied: to read at once what was written in parts stops the processor.
      memo[memo_size++] = Value::of_text({text, size});
      next += 2;
      ++done;
      continue;
    }
    switch (static_cast<Opcode>(*at)) {
      case Opcode::binput:
        if ((is_bare && top == bottom) || !puts_next(at)) break;
        memo[memo_size++] = *(top - 1);
        next = at + 2;
        break;
      case Opcode::binget: {
        const auto place = static_cast<unsigned char>(at[1]);
        if (place >= memo_size || memo[place].is(Kind::unset)) break;
        *top++ = memo[place];
        next = at + 2;
        break;
      }
      case Opcode::none:
        *top++ = Value::of(Kind::none);
        next = at + 1;
        break;
      case Opcode::binint1:
        *top++ = Value::of_integer(static_cast<unsigned char>(at[1]));
        next = at + 2;
        break;
      case Opcode::binint2:
        *top++ = Value::of_integer(number_at<std::uint16_t>(at + 1));
        next = at + 3;
        break;
      case Opcode::binint:
        *top++ = Value::of_integer(number_at<std::int32_t>(at + 1));
        next = at + head;
        break;
      case Opcode::binfloat:
        *top++ = Value::of_real(double_of({at + 1, sizeof(double)}));
        next = at + number_head;
        break;
      default: break;
    }
    if (next == at) break;
  }
  at_ = at;
  stack_.end_at(top);
  memo_.end_at(memo + memo_size);
  return done;
}

}  // namespace psherald::pickle
