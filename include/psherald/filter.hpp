#pragma once

/// The filter language: one text that says which records are meant, the same in the page's box, on the command line,
/// for a forwarder and in a watch rule. docs/query-language.md teaches it.
///
///     level>=warning system:ch2eu "connection refused" -module:health since:2h attr.order_id:4711 /time(d)? ?out/
///
/// parse_filter reads it into a Filter, a plain value; print gives its canonical text; a Matcher judges one record. A
/// filter is two-valued: every record matches or does not, and `-x` is exactly the rest of `x`. It never becomes SQL
/// text.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// What a filter consists of. parse_filter makes these; a program may put them together itself.
namespace ast {

enum class Field : std::uint8_t {
  text,  ///< Message, exception and stack, each by itself.
  message,
  exception,
  stack,
  product,
  system,
  subsystem,
  subsubsystem,
  user1,
  user2,
  level,
  level_name,
  logger,
  module,
  function,
  file,  ///< What the sender gave as path, else as file name.
  line,
  version,
  process,
  process_name,
  thread,
  thread_name,
  received,
  created,
  origin,
  id,
  attribute  ///< Any other: `FieldRef::name` says which.
};
/// `:` `=` `<` `<=` `>` `>=`; `!=` is Not of equal. Numbers, levels and times have no `equal`: theirs is `match`.
enum class Op : std::uint8_t { match, equal, less, less_equal, greater, greater_equal };
enum class Wild : std::uint8_t { any_run, any_one };  ///< `*` and `?`.
enum class Named : std::uint8_t { now, today, yesterday };

struct FieldRef {
  Field field{};
  std::string name{};  ///< For attributes only, as typed; it may be a path.
  friend bool operator==(const FieldRef&, const FieldRef&) = default;
};

/// Literal. For an attribute it is also the number, duration or size that it spells.
struct Text {
  std::string value;
  friend bool operator==(const Text&, const Text&) = default;
};
struct Pattern {
  std::vector<std::variant<std::string, Wild>> parts;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};
/// RE2's syntax, unanchored.
struct Regex {
  std::string pattern;
  bool ignore_case = false, multi_line = false, dot_all = false;
  friend bool operator==(const Regex&, const Regex&) = default;
};
/// For number fields and levels.
struct Number {
  std::int64_t value = 0;
  friend bool operator==(const Number&, const Number&) = default;
};
/// For attributes: a number, duration, size or date, as typed.
struct Quantity {
  std::string spelling;
  friend bool operator==(const Quantity&, const Quantity&) = default;
};

/// Before now.
struct Ago {
  std::int64_t microseconds = 0;
  friend bool operator==(const Ago&, const Ago&) = default;
};
/// Since 1970. The digits behind the point say how long the span is: .5 is a tenth of a second. At most six.
struct Epoch {
  std::int64_t seconds = 0;
  std::string fraction{};
  friend bool operator==(const Epoch&, const Epoch&) = default;
};
/// Of today.
struct ClockTime {
  int hour = 0, minute = 0;
  std::optional<int> second{};
  std::string fraction{};
  friend bool operator==(const ClockTime&, const ClockTime&) = default;
};
/// Parts that are absent make the span longer: a day, an hour, a minute, a second.
struct Civil {
  int year = 1970, month = 1, day = 1;
  std::optional<int> hour{}, minute{}, second{};
  std::string fraction{};
  std::optional<int> zone_minutes{};  ///< East of UTC; absent: the zone of the judging.
  friend bool operator==(const Civil&, const Civil&) = default;
};
/// Becomes a span of time by now and zone, not before.
using Time = std::variant<Ago, Named, Epoch, ClockTime, Civil>;

using Scalar = std::variant<Number, Quantity, Time>;
/// Both ends belong to it. At least one is there.
struct Range {
  std::optional<Scalar> low{}, high{};
  friend bool operator==(const Range&, const Range&) = default;
};
using Value = std::variant<Text, Pattern, Regex, Scalar, Range>;

struct All {
  friend bool operator==(const All&, const All&) = default;
};
struct Exists {
  FieldRef field;
  friend bool operator==(const Exists&, const Exists&) = default;
};
struct Term {
  FieldRef field;
  Op op = Op::match;
  std::vector<Value> any_of;
  friend bool operator==(const Term&, const Term&) = default;
};
struct Node;
struct And {
  std::vector<Node> of;
  friend bool operator==(const And& a, const And& b);
};
struct Or {
  std::vector<Node> of;
  friend bool operator==(const Or& a, const Or& b);
};
struct Not {
  std::vector<Node> of;  ///< Exactly one.
  friend bool operator==(const Not& a, const Not& b);
};
struct Node {
  std::variant<All, Exists, Term, And, Or, Not> is = All{};
  friend bool operator==(const Node&, const Node&) = default;
};
inline bool operator==(const And& a, const And& b) { return a.of == b.of; }
inline bool operator==(const Or& a, const Or& b) { return a.of == b.of; }
inline bool operator==(const Not& a, const Not& b) { return a.of == b.of; }

/// SQL's LIKE '%pattern%': % is any run of characters, _ exactly one, all else is meant literally.
Pattern like(std::string_view pattern);

}  // namespace ast

/// A remark on how a text was read that may have been meant otherwise.
struct Note {
  std::size_t column = 1, length = 0;  ///< In code points; the first column is 1.
  std::string message{};
};

/// Which records are meant. The default matches everything.
struct Filter {
  ast::Node root{};
  std::vector<Note> notes{};  ///< Of the text that it was read from; no part of the value.
  friend bool operator==(const Filter& a, const Filter& b) { return a.root == b.root; }
};

/// What is wrong with a filter's text: its first mistake. `code` is bad_query, `text` the sentence without the column.
struct QueryFault : Fault {
  std::size_t column = 1, length = 0;   ///< In code points; the first column is 1. A missing thing has length 0.
  std::vector<std::string> expected{};  ///< What could stand there.
  std::vector<std::string> nearest{};   ///< The known names that are most like what was found; at most three.
};

/// At most 16,384 bytes, 500 terms, 50 levels deep, 20 regular expressions of 1,000 bytes. Time and memory are linear
/// in the text.
Result<Filter, QueryFault> parse_filter(std::string_view text);
/// A field's name alone: one of the language's, in any case, or an attribute's, "attr.NAME" or with a dot in it.
Result<ast::FieldRef, QueryFault> parse_field(std::string_view name);
/// Canonical text: parses to the same filter and prints the same again.
std::string print(const Filter& filter);
std::string print(const ast::FieldRef& field);

/// The zone in which times without one are read.
struct Zone {
  enum class Kind : std::uint8_t { fixed, local } kind = Kind::fixed;
  int minutes = 0;  ///< East of UTC, for `fixed`.
  static Zone utc() noexcept { return {}; }
  static Zone offset(int minutes) noexcept { return {Kind::fixed, minutes}; }
  static Zone local() noexcept { return {Kind::local, 0}; }  ///< As TZ says, or the system.
  friend bool operator==(const Zone&, const Zone&) = default;
};
/// What `now`, `2h`, `today` and times without a zone refer to.
struct TimeBase {
  Timestamp now{};
  Zone zone{};
  friend bool operator==(const TimeBase&, const TimeBase&) = default;
};

/// Judges records one by one, as find() does in the store. Compiled once.
/// Threads: const calls from several at once.
class Matcher {
 public:
  /// @throws Error bad_query for a regular expression, put together by a program, that RE2 refuses
  Matcher(const Filter& filter, const TimeBase& base);
  Matcher(Matcher&&) noexcept;
  Matcher& operator=(Matcher&&) noexcept;
  ~Matcher();

  /// The record is one of the batch.
  bool operator()(const RecordBatch& batch, const Record& record) const;
  /// Goes on with another now; cheap.
  void rebind(const TimeBase& base);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// What ps.herald's page and /angular/list ask for: all of it. A field left alone matches everything.
struct Criteria {
  /// Equal to, letter by letter; "None" and absent are the same.
  std::optional<std::string> produkt_id{}, system_id{}, sub_system_id{}, sub_sub_system_id{}, user_spec_1{},
      user_spec_2{};
  /// SQL's LIKE '%pattern%' on message, function or module: % and _ are wildcards, letters match in any case.
  std::string pattern{};
  std::optional<Timestamp> since{};  ///< Received at this time or later.
  std::optional<Level> level{};      ///< This level or above.
  friend bool operator==(const Criteria&, const Criteria&) = default;
};
Filter to_filter(const Criteria& criteria);

}  // namespace psherald
