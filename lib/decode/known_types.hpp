#pragma once

#include <optional>
#include <string>

#include "decode/pickle_value.hpp"

namespace psherald::pickle {

/// "datetime.datetime" of a class or function, under Python 3's name of its module; Python reaches what is within a
/// class by calling getattr. Empty when it has no name.
std::string name_of_callable(const Heap& heap, Value callable);

/// How an instance was to be made, with the detours of Python's copyreg taken away.
struct Construction {
  std::string type;  ///< The name of what makes it. "?" when that has none.
  Sequence arguments{};
};
Construction construction_of(const Heap& heap, const Instance& instance);

/// Appends a datetime, Decimal, UUID, path ... as people read it, at most about `most` bytes of it. False, and nothing
/// appended, when it is none of these or not what Python would have made of one.
bool append_known(std::string& out, const Heap& heap, const Instance& instance, const Construction& made,
                  std::size_t most);
/// Of bytes, and of the ways to write them before protocol 3: encode("text", "latin1"), bytearray("text", "latin-1")
/// ... The first `most` of them.
std::optional<std::string> bytes_of(const Heap& heap, Value value, std::size_t most);

/// What a container holds: list, tuple, set and dict, and the well-known classes that are one of them.
struct Content {
  Kind kind{};            ///< list, tuple, dict, set or frozenset
  Sequence values{};      ///< A dict's are key, value, key, value ...
  bool in_pairs = false;  ///< ... or, with this, tuples or lists of key and value; but any may be something else.
};
std::optional<Content> content_of(const Heap& heap, const Value& value);
std::optional<Content> content_of(const Heap& heap, const Instance& instance, const Construction& made);
/// Whether it is one of those classes.
bool is_container(const Construction& made) noexcept;
/// Whether it is a tuple or list of two.
bool is_pair(const Heap& heap, const Value& value) noexcept;

}  // namespace psherald::pickle
