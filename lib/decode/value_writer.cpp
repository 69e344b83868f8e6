#include "decode/value_writer.hpp"

#include <algorithm>
#include <array>

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

// How many bytes at the beginning take no more than `room` bytes as a JSON string.
std::size_t fitting_in_json(std::string_view text, std::size_t room) {
  constexpr std::size_t longest_escape = 6;
  if (text.size() <= room / longest_escape) return text.size();
  std::size_t fitting = 0;
  for (std::size_t size = 0; fitting < text.size(); ++fitting) {
    size += static_cast<unsigned char>(text[fitting]) < 0x20 ? longest_escape : 1;
    if (size > room) break;
  }
  return fitting;
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

void append_text(std::string& out, std::string_view text, std::size_t most) {
  const std::size_t begin = out.size();
  append_utf8(out, text.substr(0, most));
  const std::size_t size = out.size() - begin;  // U+FFFD is longer than what it replaces
  if (size <= most && text.size() <= most) return;
  out.resize(begin + cut_utf8(std::string_view{out}.substr(begin), std::min(most, size)).size());
  out += cut_mark;
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
  if (const auto content = content_of(heap_, value)) return write_content(value, *content);
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
  const auto& pair = task.in_pairs ? heap_.sequence(heap_.cell(task.rest.first).value) : task.rest;
  const auto& key = heap_.cell(pair.first);
  const auto& value = heap_.cell(key.next);
  task.rest = heap_.without_first(task.rest, task.in_pairs ? 1 : 2);
  task.first = false;
  tasks_.push_back(task);
  tasks_.push_back({.what = Task::What::value, .value = value.value});
  if (task.text == " ") {  // key=value of a call
    append_text(*out_, key.value.is(Kind::text) ? key.value.text() : "?", room());
    *out_ += '=';
  } else if (is_json()) {
    write_key(key.value);
    *out_ += ':';
  } else {
    tasks_.push_back({.what = Task::What::write, .text = ": "});
    tasks_.push_back({.what = Task::What::value, .value = key.value});
  }
}

// JSON's keys are texts.
void ValueWriter::write_key(const Value& key) {
  if (key.is(Kind::text)) return write_text(key.text());
  std::string text;
  ValueWriter{heap_, Language::python, max_depth_ - open_.size()}.append(text, key, room());
  append_json_string(*out_, text);
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

void ValueWriter::write_content(const Value& value, const Content& content) {
  if (!enter(value)) return;
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
  if (const auto content = content_of(heap_, instance, made)) return write_content(value, *content);
  std::string text;
  if (const auto bytes = bytes_of(heap_, value)) return write_scalar(Value::of_text(*bytes, Kind::bytes));
  if (append_known(text, heap_, instance, made, room())) return write_plain(text);
  if (!is_json()) return write_call(value, made);
  ValueWriter{heap_, Language::python, max_depth_ - open_.size()}.append(text, value, room());
  append_json_string(*out_, text);
}

// <module.Name argument ... name=value ...>
void ValueWriter::write_call(const Value& value, const Construction& made) {
  if (!enter(value)) return;
  const auto& instance = heap_.instance(value);
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
    case Kind::global: {
      Instance named;
      named.callable = value;
      write_plain(std::string{'<'}.append(construction_of(heap_, named).type) + '>');
      break;
    }
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
  std::string sound, cut;
  if (!is_utf8(text)) {
    append_utf8(sound, text.substr(0, room() + 1));  // one more than fits, so that what is cut shows
    text = sound;
  }
  const std::size_t most = is_json() ? fitting_in_json(text, room()) : room();
  if (text.size() > most) {
    append_text(cut, text, most);
    text = cut;
  }
  if (is_json()) return append_json_string(*out_, text);
  append_literal(*out_, text, false);
}

void ValueWriter::write_bytes(std::string_view bytes) {
  std::string literal;
  append_literal(literal, bytes.substr(0, room()), true);
  if (bytes.size() > room()) literal += cut_mark;
  write_plain(literal);
}

// Text that is sound already and stands for itself: in JSON it needs quotes.
void ValueWriter::write_plain(std::string_view text) {
  if (is_json()) return append_json_string(*out_, text);
  *out_ += text;
}

}  // namespace psherald::pickle
