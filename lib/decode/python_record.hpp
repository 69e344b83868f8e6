#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/pickle_value.hpp"
#include "decode/value_writer.hpp"
#include "psherald/decode.hpp"
#include "record/utf8.hpp"

namespace psherald {

/// The attributes that a record has fields for, or that say nothing more than its fields do.
enum class Attribute : std::uint8_t {
  name,
  msg,
  message,
  args,
  levelname,
  levelno,
  pathname,
  filename,
  module,
  exc_info,
  exc_text,
  stack_info,
  lineno,
  func_name,
  created,
  msecs,
  relative_created,
  thread,
  thread_name,
  process_name,
  process,
  task_name,
  asctime,
  produkt_id,
  system_id,
  sub_system_id,
  sub_sub_system_id,
  user_spec_1,
  user_spec_2,
  api_version,
  package_version,
  other,  ///< Any other: kept in `extra`.
};

/// Values to Record: the dict of a LogRecord's attributes becomes a record of a batch.
class RecordBuilder {
 public:
  RecordBuilder(const pickle::Heap& heap, const PythonDecoder::Options& options)
      : heap_{heap},
        options_{options},
        json_{heap, pickle::ValueWriter::Language::json, options.max_depth},
        python_{heap, pickle::ValueWriter::Language::python, options.max_depth} {}

  /// After clear(), or as the first.
  Result<void> append(const pickle::Value& attributes, RecordBatch& batch);
  /// Forgets the record; its views are invalid afterwards.
  void clear();

 private:
  struct Slot {
    pickle::Value value{};
    std::uint32_t position = 0;
  };
  struct Extra {
    std::string_view name;
    pickle::Value value;
    std::uint32_t position;  // in the order received
  };

  static std::uint32_t bit_of(Attribute attribute) noexcept { return 1u << static_cast<unsigned>(attribute); }
  const pickle::Value& value_of(Attribute attribute) const noexcept {
    return (given_ & bit_of(attribute)) != 0 ? slots_[static_cast<std::size_t>(attribute)].value : unset_;
  }
  void collect(const pickle::Sequence& pairs);
  std::string_view name_of(const pickle::Value& key);
  void add_extra(std::string_view name, const pickle::Value& value, std::uint32_t position);
  void leave(Attribute attribute);
  void leave_what_says_more(bool has_created);

  /// The value as text of the record, as much of it as there is room for.
  std::string_view text_of(const pickle::Value& value) {
    if (!value.is(pickle::Kind::text) || value.number > room_ || !is_ascii(value.text())) return make_text_of(value);
    room_ -= value.number;
    return value.text();
  }
  std::string_view make_text_of(const pickle::Value& value);
  std::string_view text(Attribute attribute);
  std::string_view message();
  Source make_source();
  Site make_site();
  Process make_process();

  std::optional<std::int64_t> integer(Attribute attribute);
  Level level();
  std::optional<std::chrono::microseconds> microseconds(Attribute attribute, double unit, double least, double most);
  std::optional<Timestamp> created();
  std::optional<std::chrono::microseconds> relative();

  void keep_last_of_each_name();
  std::string_view extra();
  std::string beginning(const pickle::Value& value);

  const pickle::Heap& heap_;
  PythonDecoder::Options options_;
  pickle::ValueWriter json_, python_;
  const pickle::Value unset_{};
  std::uint32_t given_ = 0;  // a bit for each attribute: clearing all slots for each record takes time
  std::array<Slot, static_cast<std::size_t>(Attribute::other)> slots_{};
  static_assert(static_cast<std::size_t>(Attribute::other) <= 32);
  std::vector<Extra> extras_;
  std::size_t room_ = 0;        // for text of this record
  std::size_t names_room_ = 0;  // for names in `extra`
  detail::Arena texts_;
  std::string scratch_, extra_;
};

}  // namespace psherald
