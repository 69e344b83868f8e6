#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exchange/json_scanner.hpp"
#include "psherald/record.hpp"
#include "store/legacy_time.hpp"

namespace psherald::exchange {

/// What a name in a file means.
enum class Meaning : std::uint8_t {
  attribute,  ///< Nothing that a record has a field for.
  ignored,
  id,
  received,
  created,
  time,  ///< The sender's, unless `created` says it.
  level,
  level_name,
  product,
  system,
  subsystem,
  subsubsystem,
  user1,
  user2,
  api_version,
  version,
  logger,
  module,
  function,
  file,
  filename,
  line,
  process,
  process_name,
  thread,
  thread_name,
  message,
  msg,  ///< The message, unless `message` says it.
  exception,
  stack,
  relative_us,
  relative_ms,
  flags,
  origin,
  origin_id,
  attributes,
  legacy
};

/// Gathers named values into a record. What does not fit the field that its name means becomes an attribute.
class RecordDraft {
 public:
  /// After append_to, or as the first.
  void set(std::string_view name, const JsonValue& value);
  void set_text(std::string_view name, std::string_view text);
  void set_time(Timestamp time) { created_ = time; }
  /// Adds a line to a text.
  void add_exception(std::string_view line) { add_line(record_.exc_text, exception_, line); }
  void add_stack(std::string_view line) { add_line(record_.stack_info, stack_, line); }
  void add_message(std::string_view line) { add_line(record_.message, message_, line); }

  bool empty() const noexcept { return !anything_; }
  /// Whether what was set is a name that a store gave.
  bool has_name() const noexcept { return present(record_.origin) && origin_id_; }
  /// The name is for records without. Clears.
  void append_to(RecordBatch& batch, std::string_view run, RecordId id);
  void clear();

 private:
  Meaning meaning_of(std::string_view name);
  bool fits(Meaning meaning, const JsonValue& value, std::string_view text);
  bool fits_number(Meaning meaning, std::string_view text);
  bool set_level(std::string_view text);
  bool set_level_name(std::string_view text);
  bool set_moment(Meaning meaning, const JsonValue& value, std::string_view text);
  bool set_object(Meaning meaning, const JsonValue& value);
  bool set_origin(std::string_view text);
  std::string_view* text_field(Meaning meaning);
  void add_attribute(std::string_view name, std::string_view json);
  static void add_line(std::string_view& field, std::string& kept, std::string_view line);
  void complete();
  void give_up_name();

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, Meaning, Hash, std::equal_to<>> known_{};  // names that were met
  store::LegacyClock clock_{};
  detail::Arena texts_{};

  // Of the record.
  Record record_{};
  Source source_{};
  Site site_{};
  Process process_{};
  std::optional<Timestamp> received_{}, created_{}, time_{};
  std::optional<std::int64_t> origin_id_{}, flags_{};
  bool anything_ = false, has_level_ = false, has_attributes_ = false;
  std::string_view msg_{}, id_json_{};
  std::string extra_{}, message_{}, exception_{}, stack_{};
};

}  // namespace psherald::exchange
