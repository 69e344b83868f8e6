#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/known_types.hpp"
#include "decode/pickle_value.hpp"

namespace psherald::pickle {

/// Writes values for people, in one of two languages. A value may contain itself, or a small pickle describe a text as
/// long as the world: what is too deep or too long is cut off, and says so in its place.
class ValueWriter {
 public:
  enum class Language {
    json,    ///< What JSON has no type for becomes a text.
    python,  ///< As Python's str() and repr() would write it.
  };
  ValueWriter(const Heap& heap, Language language, std::size_t max_depth)
      : heap_{heap}, language_{language}, max_depth_{max_depth} {}

  /// Appends the value: valid UTF-8, and valid JSON in that language; of about `most` bytes.
  void append(std::string& out, const Value& value, std::size_t most);

 private:
  // What is left to be done, the next on top.
  struct Task {
    enum class What { write, value, items, pairs, leave } what;
    std::string_view text{};  // to write; or between two items
    Value value{};
    Sequence rest{};
    bool first = true, in_pairs = false;
  };

  bool full() const noexcept { return out_->size() >= end_; }
  std::size_t room() const noexcept { return full() ? 0 : end_ - out_->size(); }
  bool is_json() const noexcept { return language_ == Language::json; }
  void perform(const Task& task);
  void write_value(const Value& value);
  void write_next_item(Task task);
  void write_next_pair(Task task);
  std::pair<Value, Value> next_pair(const Task& task) const;
  void write_key(const Value& key);
  std::string as_python(const Value& value) const;
  bool enter(const Value& value);
  void write_content(const Content& content);
  void write_instance(const Value& value);
  void write_name(std::string_view name);
  void write_call(const Instance& instance, const Construction& made);
  void write_scalar(const Value& value);
  void write_text(std::string_view text);
  void write_plain(std::string_view text);
  void write_real(double number);
  void write_bytes(std::string_view bytes);

  const Heap& heap_;
  Language language_;
  std::size_t max_depth_;
  std::string* out_ = nullptr;
  std::size_t end_ = 0;
  std::vector<Task> tasks_;
  std::vector<Value> open_;  // the containers that are being written
};

/// Appends text, which has to be UTF-8, as a JSON string of about `most` bytes; what is cut off says so.
void append_json_text(std::string& out, std::string_view text, std::size_t most);

}  // namespace psherald::pickle
