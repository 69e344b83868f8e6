#include "decode/pickle_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "decode/binary_numbers.hpp"
#include "decode/pickle_text.hpp"

namespace psherald::pickle {
namespace {

constexpr unsigned newest_protocol = 5;
constexpr std::size_t most_conversions = 4;  // of the longest integer that is written out

// Of at most eight bytes, two's complement.
std::int64_t signed_number(std::string_view little_endian) noexcept {
  if (little_endian.empty()) return 0;
  std::uint64_t bits = (little_endian.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (auto byte = little_endian.rbegin(); byte != little_endian.rend(); ++byte)
    bits = bits << 8 | static_cast<unsigned char>(*byte);
  return static_cast<std::int64_t>(bits);
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// How many digits a decimal number has. 0: it is none; as Python writes them there are no zeros in front.
std::size_t digits_in(std::string_view number) noexcept {
  if (number.starts_with('-')) number.remove_prefix(1);
  const bool is_number =
      number == "0" || (!number.starts_with('0') && std::all_of(number.begin(), number.end(), is_digit));
  return is_number ? number.size() : 0;
}

std::string in_quotes(std::string_view text) { return std::string{'"'}.append(text.substr(0, 40)) + '"'; }

}  // namespace

Result<Value> Reader::read(std::string_view pickle) {
  begin_ = at_ = opcode_at_ = pickle.data();
  end_ = begin_ + pickle.size();
  code_ = Errc::bad_frame;
  conversion_left_ = most_conversions * options_.max_integer_digits * options_.max_integer_digits;
  if (pickle.size() > std::numeric_limits<Index>::max())
    return Fault{Errc::bad_record, "a pickle of " + std::to_string(pickle.size()) + " bytes is too long to be read"};
  for (std::size_t opcodes = 0; at_ != end_; ++opcodes) {
    opcodes += step_quickly(options_.max_opcodes - opcodes);
    if (at_ == end_) break;
    opcode_at_ = at_;
    if (opcodes == options_.max_opcodes) {
      code_ = Errc::bad_record;
      fail("there are more than " + std::to_string(options_.max_opcodes) + " opcodes");
      return fault();
    }
    const auto opcode = static_cast<Opcode>(*at_++);
    if (opcode == Opcode::stop) {
      if (!need(1)) return fault();
      return stack_.back();
    }
    if (!step(opcode)) return fault();
  }
  return Fault{Errc::bad_frame, "the pickle ends after " + std::to_string(pickle.size()) + " bytes without a STOP"};
}

void Reader::clear() {
  heap_.clear();
  texts_.clear();
  stack_.clear();
  marks_.clear();
  memo_.clear();
  floor_ = memo_holes_ = 0;
}

bool Reader::fail(std::string why) {
  why_ = std::move(why);
  return false;
}

Fault Reader::fault() const {
  const auto opcode = static_cast<Opcode>(*opcode_at_);
  std::string text = name_of(opcode).empty() ? "byte " + std::to_string(static_cast<unsigned>(opcode))
                                             : "opcode " + std::string{name_of(opcode)};
  return {code_, "pickle: " + text + " at offset " + std::to_string(opcode_at_ - begin_) + ": " + why_};
}

bool Reader::step(Opcode opcode) {
  switch (opcode) {
    // what a record consists of comes first
    case Opcode::binunicode: return push_counted<std::uint32_t>(Kind::text);
    case Opcode::short_binunicode: return push_counted<std::uint8_t>(Kind::text);
    case Opcode::binput: return with_place<std::uint8_t, &Reader::put>();
    case Opcode::memoize: return put(memo_.size() - memo_holes_);
    case Opcode::binget: return with_place<std::uint8_t, &Reader::get>();
    case Opcode::none: return push(Value::of(Kind::none));
    case Opcode::binint1: return push_number<std::uint8_t>();
    case Opcode::binint2: return push_number<std::uint16_t>();
    case Opcode::binint: return push_number<std::int32_t>();
    case Opcode::long1: return push_long<std::uint8_t>();
    case Opcode::binfloat: return push_double();
    case Opcode::mark: return open_mark();
    case Opcode::setitems: return set_marked();

    case Opcode::newtrue: return push(Value::of_integer(1, Kind::boolean));
    case Opcode::newfalse: return push(Value::of_integer(0, Kind::boolean));
    case Opcode::int_: return push_line_number(true);
    case Opcode::long_: return push_line_number(false);
    case Opcode::long4: return push_long<std::int32_t>();
    case Opcode::float_: return push_line_double();

    case Opcode::string: return push_line_string();
    case Opcode::unicode: return push_line_unicode();
    case Opcode::short_binstring: return push_counted<std::uint8_t>(Kind::text);
    case Opcode::binstring: return push_counted<std::int32_t>(Kind::text);
    case Opcode::binunicode8: return push_counted<std::uint64_t>(Kind::text);
    case Opcode::short_binbytes: return push_counted<std::uint8_t>(Kind::bytes);
    case Opcode::binbytes: return push_counted<std::uint32_t>(Kind::bytes);
    case Opcode::binbytes8:
    case Opcode::bytearray8: return push_counted<std::uint64_t>(Kind::bytes);

    case Opcode::empty_list: return push(heap_.add_sequence(Kind::list, {}));
    case Opcode::empty_tuple: return push(heap_.add_sequence(Kind::tuple, {}));
    case Opcode::empty_dict: return push(heap_.add_sequence(Kind::dict, {}));
    case Opcode::empty_set: return push(heap_.add_sequence(Kind::set, {}));
    case Opcode::list: return push_marked(Kind::list);
    case Opcode::tuple: return push_marked(Kind::tuple);
    case Opcode::dict: return push_marked(Kind::dict);
    case Opcode::frozenset: return push_marked(Kind::frozenset);
    case Opcode::tuple1: return push_tuple(1);
    case Opcode::tuple2: return push_tuple(2);
    case Opcode::tuple3: return push_tuple(3);
    case Opcode::append: return need(2) && append({&stack_.back(), 1});
    case Opcode::appends:
    case Opcode::additems: return append_marked();
    case Opcode::setitem: return need(3) && set({&stack_.back() - 1, 2});

    case Opcode::pop: return pop();
    case Opcode::pop_mark: return pop_mark();
    case Opcode::dup: return need(1) && push(Value{stack_.back()});
    case Opcode::put: return with_line_place<&Reader::put>();
    case Opcode::long_binput: return with_place<std::uint32_t, &Reader::put>();
    case Opcode::get: return with_line_place<&Reader::get>();
    case Opcode::long_binget: return with_place<std::uint32_t, &Reader::get>();

    case Opcode::global: return push_line_global();
    case Opcode::stack_global: return stack_global();
    case Opcode::ext1: return push_extension<std::uint8_t>();
    case Opcode::ext2: return push_extension<std::uint16_t>();
    case Opcode::ext4: return push_extension<std::int32_t>();
    case Opcode::reduce:
    case Opcode::newobj: return call(2);
    case Opcode::newobj_ex: return call(3);
    case Opcode::inst: return inst();
    case Opcode::obj: return obj();
    case Opcode::build: return build();
    case Opcode::persid: return push_persistent_line();
    case Opcode::binpersid: return need(1) && push_made("pickle", "persistent_id", {&stack_.back(), 1}, 1);
    case Opcode::next_buffer: return push_made("pickle", "next_buffer", {}, 0);
    case Opcode::readonly_buffer: return need(1);

    case Opcode::proto: return protocol();
    case Opcode::frame: return frame();
    case Opcode::stop: break;  // read() has ended there
  }
  return fail("there is no such opcode");
}

// -- operands

template <class Number>
bool Reader::take(Number& number) {
  if (left() < sizeof number) return fail("its operand is cut off");
  number = number_at<Number>(at_);
  at_ += sizeof number;
  return true;
}

bool Reader::fail_for_length(std::uint64_t size) {
  return fail("it announces " + std::to_string(size) + " bytes, and " + std::to_string(left()) + " are left");
}

template <class Length>
bool Reader::take_counted(std::string_view& bytes) {
  Length length{};
  if (!take(length)) return false;
  if (std::is_signed_v<Length> && length < 0) return fail("its length is negative");
  return take_bytes(static_cast<std::uint64_t>(length), bytes);
}

bool Reader::take_line(std::string_view& line) {
  const void* newline = std::memchr(at_, '\n', left());
  if (newline == nullptr) return fail("its line has no end");
  const auto size = static_cast<std::size_t>(static_cast<const char*>(newline) - at_);
  line = {at_, size};
  at_ += size + 1;
  return true;
}

// -- the stack

bool Reader::fail_for_want(std::size_t count) {
  return fail("it needs " + std::to_string(count) + (count == 1 ? " value" : " values") + " on the stack, there are " +
              std::to_string(reach()));
}

bool Reader::open_mark() {
  floor_ = stack_.size();
  marks_.push(static_cast<Index>(floor_));
  return true;
}

// What lies above the mark, good until something is pushed.
bool Reader::close_mark(std::span<const Value>& above) {
  if (marks_.empty()) return fail("there is no MARK");
  above = stack_.from(floor_);
  marks_.drop(1);
  floor_ = marks_.empty() ? 0 : marks_.back();
  return true;
}

bool Reader::replace(std::size_t count, const Value& value) {
  drop(count);
  return push(value);
}

bool Reader::pop() {
  if (reach() > 0) return drop(1), true;
  std::span<const Value> nothing;
  return close_mark(nothing);
}

bool Reader::pop_mark() {
  std::span<const Value> above;
  return close_mark(above) && (drop(above.size()), true);
}

// -- numbers and texts

template <class Length>
bool Reader::push_counted(Kind kind) {
  std::string_view bytes;
  return take_counted<Length>(bytes) && push(Value::of_text(bytes, kind));
}

template <class Number>
bool Reader::push_number() {
  Number number{};
  return take(number) && push(Value::of_integer(number));
}

template <class Length>
bool Reader::push_long() {
  std::string_view bytes;
  if (!take_counted<Length>(bytes)) return false;
  if (bytes.size() <= sizeof(std::int64_t)) return push(Value::of_integer(signed_number(bytes)));
  const auto digits = count_digits(bytes), work = digits * digits;
  if (digits > options_.max_integer_digits || work > conversion_left_) return push_long_integer(digits);
  conversion_left_ -= work;
  scratch_.clear();
  append_digits(scratch_, bytes);
  return push_decimal(texts_.keep(scratch_));
}

bool Reader::push_double() {
  std::string_view bytes;
  return take_bytes(sizeof(double), bytes) && push(Value::of_real(double_of(bytes)));
}

// `I01` is how protocols 0 and 1 write True.
bool Reader::push_line_number(bool with_booleans) {
  std::string_view line;
  if (!take_line(line)) return false;
  if (with_booleans && (line == "00" || line == "01")) return push(Value::of_integer(line[1] - '0', Kind::boolean));
  auto number = line;
  if (number.ends_with('L')) number.remove_suffix(1);
  if (digits_in(number) == 0) return fail(in_quotes(line) + " is no number");
  return push_decimal(number);
}

bool Reader::push_decimal(std::string_view number) {
  std::int64_t small = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), small);
  if (error == std::errc{} && end == number.data() + number.size()) return push(Value::of_integer(small));
  if (const auto digits = digits_in(number); digits > options_.max_integer_digits) return push_long_integer(digits);
  return push(Value::of_text(number, Kind::digits));
}

bool Reader::push_long_integer(std::size_t digits) {
  return push(Value::of_text(texts_.keep("<int of " + std::to_string(digits) + " digits>"), Kind::digits));
}

bool Reader::push_line_double() {
  std::string_view line;
  if (!take_line(line)) return false;
  double number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc{} || end != line.data() + line.size()) return fail(in_quotes(line) + " is no number");
  return push(Value::of_real(number));
}

bool Reader::push_line_string() {
  std::string_view line;
  if (!take_line(line)) return false;
  if (line.size() < 2 || line.front() != line.back() || (line.front() != '\'' && line.front() != '"'))
    return fail("its text has no quotes");
  line = line.substr(1, line.size() - 2);
  if (line.find('\\') == line.npos) return push(Value::of_text(line));
  scratch_.clear();
  append_unescaped(scratch_, line);
  return push(Value::of_text(texts_.keep(scratch_)));
}

bool Reader::push_line_unicode() {
  std::string_view line;
  if (!take_line(line)) return false;
  const bool plain =
      std::all_of(line.begin(), line.end(), [](char c) { return c != '\\' && static_cast<unsigned char>(c) < 0x80; });
  if (plain) return push(Value::of_text(line));
  scratch_.clear();
  append_raw_unicode(scratch_, line);
  return push(Value::of_text(texts_.keep(scratch_)));
}

// -- containers

bool Reader::push_marked(Kind kind) {
  std::span<const Value> values;
  if (!close_mark(values)) return false;
  if (kind == Kind::dict && values.size() % 2 != 0) return fail("a key has no value");
  return replace(values.size(), heap_.add_sequence(kind, values));
}

bool Reader::push_tuple(std::size_t count) {
  return need(count) && replace(count, heap_.add_sequence(Kind::tuple, stack_.from(stack_.size() - count)));
}

// `values` are the last on the stack; what they go into lies below them.
bool Reader::append(std::span<const Value> values) {
  const Value& to = *(values.data() - 1);
  switch (to.kind) {
    case Kind::list:
    case Kind::set: heap_.extend(heap_.sequence(to), values); break;
    case Kind::instance: heap_.extend(heap_.instance(to).items, values); break;
    default: return fail("there is no list to append to");
  }
  drop(values.size());
  return true;
}

bool Reader::set(std::span<const Value> pairs) {
  const Value& to = *(pairs.data() - 1);
  switch (to.kind) {
    case Kind::dict: heap_.extend(heap_.sequence(to), pairs); break;
    case Kind::instance: heap_.extend(heap_.instance(to).pairs, pairs); break;
    default: return fail("there is no dict to set an item of");
  }
  drop(pairs.size());
  return true;
}

bool Reader::append_marked() {
  std::span<const Value> values;
  return close_mark(values) && need(values.size() + 1) && append(values);
}

bool Reader::set_marked() {
  std::span<const Value> pairs;
  if (!close_mark(pairs) || !need(pairs.size() + 1)) return false;
  return pairs.size() % 2 == 0 ? set(pairs) : fail("a key has no value");
}

// -- the memo

// Each entry takes at least a byte to write, so that a few bytes cannot make us fill a big table.
std::size_t Reader::most_memo() const noexcept {
  return std::min(options_.max_memo, static_cast<std::size_t>(end_ - begin_));
}

bool Reader::put(std::uint64_t place) {
  if (!need(1)) return false;
  if (place >= most_memo()) {
    code_ = Errc::bad_record;
    return fail("memo entry " + std::to_string(place) + " is beyond the bound of " + std::to_string(options_.max_memo) +
                ", or of a pickle of " + std::to_string(end_ - begin_) + " bytes");
  }
  const auto entry = static_cast<std::size_t>(place);
  if (entry >= memo_.size()) {
    const std::size_t holes = entry - memo_.size();
    std::fill_n(memo_.grow(holes + 1), holes + 1, Value{});
    memo_holes_ += holes + 1;
  }
  if (memo_[entry].is(Kind::unset)) --memo_holes_;
  memo_[entry] = stack_.back();
  return true;
}

bool Reader::get(std::uint64_t place) {
  if (place >= memo_.size() || memo_[static_cast<std::size_t>(place)].is(Kind::unset))
    return fail("memo entry " + std::to_string(place) + " was never put");
  return push(Value{memo_[static_cast<std::size_t>(place)]});
}

template <class Number, bool (Reader::*use)(std::uint64_t)>
bool Reader::with_place() {
  Number place{};
  return take(place) && (this->*use)(place);
}

template <bool (Reader::*use)(std::uint64_t)>
bool Reader::with_line_place() {
  std::string_view line;
  std::uint64_t place = 0;
  if (!take_line(line)) return false;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), place);
  if (error != std::errc{} || end != line.data() + line.size()) return fail(in_quotes(line) + " is no memo entry");
  return (this->*use)(place);
}

// -- what Python would import and call

Value Reader::global(std::string_view module, std::string_view name) {
  const Value parts[] = {Value::of_text(module), Value::of_text(name)};
  return heap_.add_sequence(Kind::global, parts);
}

bool Reader::take_line_global(Value& named) {
  std::string_view module, name;
  if (!take_line(module) || !take_line(name)) return false;
  named = global(module, name);
  return true;
}

bool Reader::push_line_global() {
  Value named;
  return take_line_global(named) && push(named);
}

bool Reader::stack_global() {
  if (!need(2)) return false;
  const auto& name = stack_.back();
  const auto& module = stack_[stack_.size() - 2];
  if (!module.is(Kind::text) || !name.is(Kind::text)) return fail("module and name have to be texts");
  return replace(2, global(module.text(), name.text()));
}

// An inert stand-in for what only the sender's process knows. `dropped` values of the stack become part of it.
bool Reader::push_made(std::string_view module, std::string_view name, std::span<const Value> arguments,
                       std::size_t dropped) {
  Instance made;
  made.callable = global(module, name);
  heap_.extend(made.arguments, arguments);
  return replace(dropped, heap_.add_instance(made));
}

template <class Number>
bool Reader::push_extension() {
  Number code{};
  if (!take(code)) return false;
  const Value argument = Value::of_integer(code);
  return push_made("copyreg", "extension", {&argument, 1}, 0);
}

bool Reader::push_persistent_line() {
  std::string_view line;
  if (!take_line(line)) return false;
  const Value argument = Value::of_text(line);
  return push_made("pickle", "persistent_id", {&argument, 1}, 0);
}

// Callable, arguments and, as third operand, keywords.
bool Reader::call(std::size_t operands) {
  if (!need(operands)) return false;
  const auto given = stack_.from(stack_.size() - operands);
  if (!given[1].is(Kind::tuple)) return fail("the arguments are no tuple");
  if (operands == 3 && !given[2].is(Kind::dict)) return fail("the keywords are no dict");
  Instance made;
  made.callable = given[0];
  made.arguments = heap_.sequence(given[1]);
  if (operands == 3) made.keywords = heap_.sequence(given[2]);
  return replace(operands, heap_.add_instance(made));
}

bool Reader::inst() {
  Instance made;
  std::span<const Value> arguments;
  if (!take_line_global(made.callable) || !close_mark(arguments)) return false;
  heap_.extend(made.arguments, arguments);
  return replace(arguments.size(), heap_.add_instance(made));
}

bool Reader::obj() {
  std::span<const Value> values;
  if (!close_mark(values)) return false;
  if (values.empty()) return fail("there is no class after the MARK");
  Instance made;
  made.callable = values.front();
  heap_.extend(made.arguments, values.subspan(1));
  return replace(values.size(), heap_.add_instance(made));
}

bool Reader::build() {
  if (!need(2)) return false;
  const auto& built = stack_[stack_.size() - 2];
  if (!built.is(Kind::instance)) return fail("there is no object to give a state to");
  heap_.instance(built).state = stack_.back();
  drop(1);
  return true;
}

// -- framing

bool Reader::protocol() {
  std::uint8_t number = 0;
  if (!take(number)) return false;
  return number <= newest_protocol || fail("protocol " + std::to_string(number) + " is not known");
}

bool Reader::frame() {
  std::uint64_t length = 0;
  if (!take(length)) return false;
  return length <= left() || fail_for_length(length);
}

}  // namespace psherald::pickle
