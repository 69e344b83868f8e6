#include "decode/value_writer.hpp"

#include <algorithm>
#include <array>

#include "decode/pickle_text.hpp"
#include "record/json.hpp"
#include "record/utf8.hpp"

namespace psherald::pickle {
namespace {

void append_hex_escape(std::string& out, unsigned char byte) {
  constexpr char hex[] = "0123456789abcdef";
  out += "\\x";
  out += hex[byte >> 4];
  out += hex[byte & 15];
}

// One character of a Python literal. Only bytes have others than ASCII escaped.
void append_escaped(std::string& out, char c, char quote, bool is_bytes) {
  const auto byte = static_cast<unsigned char>(c);
  switch (c) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    case '\\': out += "\\\\"; return;
    default: break;
  }
  if (byte < 0x20 || byte == 0x7F || (is_bytes && byte > 0x7F)) return append_hex_escape(out, byte);
  if (c == quote) out += '\\';
  out += c;
}

// As Python's repr(): in double quotes only where that spares escapes.
void append_literal(std::string& out, std::string_view text, bool is_bytes) {
  const bool apostrophe = text.find('\'') != text.npos && text.find('"') == text.npos;
  const char quote = apostrophe ? '"' : '\'';
  if (is_bytes) out += 'b';
  out += quote;
  for (const char c : text) append_escaped(out, c, quote, is_bytes);
  out += quote;
}

// How many bytes a character takes, at most, as it is escaped.
std::size_t size_in_json(unsigned char c) noexcept { return c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : 1; }
std::size_t size_in_text_literal(unsigned char c) noexcept {
  return c < 0x20 || c == 0x7F ? 4 : c == '\'' || c == '\\' ? 2 : 1;
}
std::size_t size_in_bytes_literal(unsigned char c) noexcept { return c > 0x7F ? 4 : size_in_text_literal(c); }

// How many bytes at the beginning take no more than `room` when they are escaped.
std::size_t fitting(std::string_view text, std::size_t room, std::size_t (*size_of)(unsigned char) noexcept) noexcept {
  constexpr std::size_t longest_escape = 6;
  if (text.size() <= room / longest_escape) return text.size();
  std::size_t count = 0;
  for (std::size_t size = 0; count < text.size(); ++count) {
    size += size_of(static_cast<unsigned char>(text[count]));
    if (size > room) break;
  }
  return count;
}

// The beginning that fits, and the mark that says so when that is not the whole.
std::string_view cut(std::string_view text, std::size_t bytes, bool is_whole, std::string& storage) {
  if (is_whole && bytes >= text.size()) return text;
  return storage = std::string{cut_utf8(text, bytes)}.append(cut_mark);
}

struct Brackets {
  std::string_view open, close;
};

Brackets python_brackets(Kind kind, Index count) {
  switch (kind) {
    case Kind::tuple: return {"(", count == 1 ? ",)" : ")"};
    case Kind::set: return count == 0 ? Brackets{"set(", ")"} : Brackets{"{", "}"};
    case Kind::frozenset: return count == 0 ? Brackets{"frozenset(", ")"} : Brackets{"frozenset({", "})"};
    case Kind::dict: return {"{", "}"};
    default: return {"[", "]"};
  }
}

}  // namespace

void append_json_text(std::string& out, std::string_view text, std::size_t most) {
  std::string storage;
  append_json_string(out, cut(text, fitting(text, most, size_in_json), true, storage));
}

void ValueWriter::append(std::string& out, const Value& value, std::size_t most) {
  out_ = &out;
  end_ = out.size() + most;
  tasks_.clear();
  open_.clear();
  tasks_.push_back({.what = Task::What::value, .value = value});
  while (!tasks_.empty()) {
    const Task task = tasks_.back();
    tasks_.pop_back();
    perform(task);
  }
}

void ValueWriter::perform(const Task& task) {
  switch (task.what) {
    case Task::What::write: *out_ += task.text; break;
    case Task::What::value: write_value(task.value); break;
    case Task::What::items: write_next_item(task); break;
    case Task::What::pairs: write_next_pair(task); break;
    case Task::What::leave: open_.pop_back(); break;
  }
}

void ValueWriter::write_value(const Value& value) {
  if (full()) return write_plain(cut_mark);
  if (const auto content = content_of(heap_, value)) {
    if (enter(value)) write_content(*content);
    return;
  }
  if (value.is(Kind::instance)) return write_instance(value);
  write_scalar(value);
}

void ValueWriter::write_next_item(Task task) {
  if (task.rest.count == 0) return;
  if (!task.first) *out_ += task.text;
  if (full()) return write_plain(cut_mark);
  const auto& cell = heap_.cell(task.rest.first);
  task.rest = heap_.without_first(task.rest, 1);
  task.first = false;
  tasks_.push_back(task);
  tasks_.push_back({.what = Task::What::value, .value = cell.value});
}

void ValueWriter::write_next_pair(Task task) {
  if (task.rest.count == 0) return;
  if (!task.first) *out_ += task.text;
  if (full()) {
    if (is_json()) *out_ += "\"...\":";
    return write_plain(cut_mark);
  }
  const auto [key, value] = next_pair(task);
  task.rest = heap_.without_first(task.rest, task.in_pairs ? 1 : 2);
  task.first = false;
  tasks_.push_back(task);
  tasks_.push_back({.what = Task::What::value, .value = value});
  if (task.text == " ") {  // key=value of a call
    append_text(*out_, key.is(Kind::text) ? key.text() : "?", room());
    *out_ += '=';
  } else if (is_json()) {
    write_key(key);
    *out_ += ':';
  } else {
    tasks_.push_back({.what = Task::What::write, .text = ": "});
    tasks_.push_back({.what = Task::What::value, .value = key});
  }
}

std::pair<Value, Value> ValueWriter::next_pair(const Task& task) const {
  const auto& first = heap_.cell(task.rest.first);
  if (!task.in_pairs) return {first.value, heap_.cell(first.next).value};
  if (!is_pair(heap_, first.value)) return {Value::of_text("?"), first.value};
  const auto& pair = heap_.sequence(first.value);
  return {*heap_.at(pair, 0), *heap_.at(pair, 1)};
}

// JSON's keys are texts.
void ValueWriter::write_key(const Value& key) {
  if (key.is(Kind::text)) return write_text(key.text());
  write_plain(as_python(key));
}

// In a text of its own, since JSON has no way to write it.
std::string ValueWriter::as_python(const Value& value) const {
  std::string text;
  ValueWriter{heap_, Language::python, max_depth_ - open_.size()}.append(text, value, room());
  return text;
}

// Whether there is no reason not to go into it.
bool ValueWriter::enter(const Value& value) {
  const auto same = [&](const Value& other) { return other.kind == value.kind && other.number == value.number; };
  if (std::any_of(open_.begin(), open_.end(), same)) return write_plain("..."), false;
  if (open_.size() >= max_depth_) return write_plain("<too deep>"), false;
  open_.push_back(value);
  tasks_.push_back({.what = Task::What::leave});
  return true;
}

void ValueWriter::write_content(const Content& content) {
  const bool pairs = content.kind == Kind::dict;
  const auto brackets = !is_json() ? python_brackets(content.kind, content.values.count)
                        : pairs    ? Brackets{"{", "}"}
                                   : Brackets{"[", "]"};
  *out_ += brackets.open;
  tasks_.push_back({.what = Task::What::write, .text = brackets.close});
  tasks_.push_back({.what = pairs ? Task::What::pairs : Task::What::items,
                    .text = is_json() ? "," : ", ",
                    .rest = content.values,
                    .in_pairs = content.in_pairs});
}

void ValueWriter::write_instance(const Value& value) {
  const auto& instance = heap_.instance(value);
  const auto made = construction_of(heap_, instance);
  if (is_container(made)) {
    if (!enter(value)) return;
    const auto content = content_of(heap_, instance, made);
    if (content) return write_content(*content);
    return is_json() ? write_plain(as_python(value)) : write_call(instance, made);
  }
  if (const auto bytes = bytes_of(heap_, value, room() + 1)) return write_bytes(*bytes);
  std::string text;
  if (append_known(text, heap_, instance, made, room())) return write_plain(text);
  if (const auto name = name_of_callable(heap_, value); !name.empty()) return write_name(name);
  if (is_json()) return write_plain(as_python(value));
  if (enter(value)) write_call(instance, made);
}

void ValueWriter::write_name(std::string_view name) { write_plain(std::string{'<'}.append(name) + '>'); }

// <module.Name argument ... name=value ...>
void ValueWriter::write_call(const Instance& instance, const Construction& made) {
  *out_ += '<';
  *out_ += made.type;
  tasks_.push_back({.what = Task::What::write, .text = ">"});
  const auto then = [&](Task::What what, const Sequence& sequence) {
    if (sequence.count > 0) tasks_.push_back({.what = what, .text = " ", .rest = sequence, .first = false});
  };
  const auto& state = instance.state;
  if (state.is(Kind::dict)) {
    then(Task::What::pairs, heap_.sequence(state));
  } else if (!state.is(Kind::unset) && !state.is(Kind::none)) {
    tasks_.push_back({.what = Task::What::value, .value = state});
    tasks_.push_back({.what = Task::What::write, .text = " "});
  }
  then(Task::What::pairs, instance.pairs);
  then(Task::What::items, instance.items);
  then(Task::What::pairs, instance.keywords);
  then(Task::What::items, made.arguments);
}

void ValueWriter::write_scalar(const Value& value) {
  switch (value.kind) {
    case Kind::boolean:
      *out_ += is_json() ? (value.integer ? "true" : "false") : (value.integer ? "True" : "False");
      break;
    case Kind::integer: *out_ += std::to_string(value.integer); break;
    case Kind::real: write_real(value.real); break;
    case Kind::text: write_text(value.text()); break;
    case Kind::digits: write_plain(value.text()); break;
    case Kind::bytes: write_bytes(value.text()); break;
    case Kind::global: write_name(name_of_callable(heap_, value)); break;
    default: *out_ += is_json() ? "null" : "None";
  }
}

void ValueWriter::write_real(double number) {
  std::string text;
  append_json_double(text, number);
  if (!is_json()) std::erase(text, '"');
  *out_ += text;
}

void ValueWriter::write_text(std::string_view text) {
  std::string sound, storage;
  // before it is looked at: a text may be long, and come again and again
  const bool is_whole = text.size() <= room();
  text = cut_utf8(text, room());
  if (!is_utf8(text)) {
    append_utf8(sound, text);
    text = sound;
  }
  const std::size_t most = fitting(text, room(), is_json() ? size_in_json : size_in_text_literal);
  text = cut(text, most, is_whole, storage);
  is_json() ? append_json_string(*out_, text) : append_literal(*out_, text, false);
}

void ValueWriter::write_bytes(std::string_view bytes) {
  const std::size_t most = fitting(bytes, room(), size_in_bytes_literal);
  std::string literal;
  append_literal(literal, bytes.substr(0, most), true);
  if (bytes.size() > most) literal += cut_mark;
  write_plain(literal);
}

// Text that is sound already and stands for itself: in JSON it needs quotes.
void ValueWriter::write_plain(std::string_view text) {
  if (is_json()) return append_json_text(*out_, text, room());
  *out_ += text;
}

}  // namespace psherald::pickle
