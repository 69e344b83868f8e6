#pragma once

/// A filter made ready for judging: a tree whose leaves are judged in one way, on a record in memory and on a row of
/// the store alike.

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "psherald/filter.hpp"
#include "query/attributes.hpp"
#include "query/fields.hpp"
#include "query/text_tests.hpp"

namespace psherald::query {

struct Interval {
  std::int64_t low, high;  ///< Both belong to it.
};

/// A number, level or time lies in one of these.
struct Numbers {
  ast::Field field;
  std::vector<Interval> any_of;
  bool contains(std::optional<std::int64_t> number) const noexcept;
};
/// A text that a dictionary holds, or the origin.
struct Names {
  ast::Field field;
  Extent extent;
  std::vector<TextTest> any_of;
};
/// Message, exception, stack, or each of them.
struct Texts {
  ast::Field field;
  std::vector<TextTest> any_of;
};
struct Presence {
  ast::Field field;
};
using Leaf = std::variant<Numbers, Names, Texts, Presence, AttributeTests>;

/// What an evaluation needs besides the record; its memory is used again.
struct Scratch {
  Subject name, message, exception, stack;
  AttributeReader attributes;

  void set(const Record& record) noexcept {
    message.set(record.message);
    exception.set(record.exc_text);
    stack.set(record.stack_info);
  }
  /// The record that it was last set to, with its texts at another place.
  void set_again(const Record& record) noexcept {
    message.set_again(record.message);
    exception.set_again(record.exc_text);
    stack.set_again(record.stack_info);
  }
};

/// The table that a leaf looks at.
Place place_of(const Leaf& leaf) noexcept;

/// For leaves of this place only.
bool fits(const Leaf& leaf, const Source& source, Scratch& scratch);
bool fits(const Leaf& leaf, const Site& site, Scratch& scratch);
bool fits(const Leaf& leaf, const Process& process, Scratch& scratch);
/// For leaves of the entry itself. Scratch holds the record's three texts.
bool fits(const Leaf& leaf, const Record& record, Scratch& scratch);

struct Judge {
  enum class Kind { all, leaf, every, any, negation };
  Kind kind = Kind::all;
  std::vector<Judge> of{};  ///< Cheap ones first.
  std::optional<Leaf> leaf{};
  std::optional<ast::Term> timed{};  ///< What the leaf is made from, where it depends on the time.
  int cost = 0;
};
/// `fits_leaf` judges the leaves.
template <class FitsLeaf>
bool evaluate(const Judge& judge, const FitsLeaf& fits_leaf) {
  const auto matches = [&](const Judge& part) { return evaluate(part, fits_leaf); };
  switch (judge.kind) {
    case Judge::Kind::all: return true;
    case Judge::Kind::leaf: return fits_leaf(*judge.leaf);
    case Judge::Kind::every: return std::all_of(judge.of.begin(), judge.of.end(), matches);
    case Judge::Kind::any: return std::any_of(judge.of.begin(), judge.of.end(), matches);
    default: return !matches(judge.of.front());
  }
}

/// Whether `wanted` says so of some leaf.
template <class Wanted>
bool any_leaf(const Judge& judge, const Wanted& wanted) {
  if (judge.leaf) return wanted(*judge.leaf);
  return std::any_of(judge.of.begin(), judge.of.end(), [&](const Judge& part) { return any_leaf(part, wanted); });
}

/// @throws Error bad_query for a regular expression that RE2 refuses
Judge compile(const ast::Node& node, const TimeBase& base);
void rebind(Judge& judge, const TimeBase& base);

}  // namespace psherald::query
