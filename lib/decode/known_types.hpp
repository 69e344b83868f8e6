#pragma once

#include <optional>
#include <string>

#include "decode/pickle_value.hpp"

namespace psherald::pickle {

/// How an instance was to be made, with the detours of Python's copyreg taken away.
struct Construction {
  std::string type;  ///< "datetime.datetime": Python 3's name of it. "?" when it is made by something without a name.
  Sequence arguments{};
};
Construction construction_of(const Heap& heap, const Instance& instance);

/// Appends a datetime, Decimal, UUID, path ... as people read it, at most about `most` bytes of it. False, and nothing
/// appended, when it is none of these or not what Python would have made of one.
bool append_known(std::string& out, const Heap& heap, const Instance& instance, const Construction& made,
                  std::size_t most);
/// Of bytes, and of the ways to write them before protocol 3: encode("text", "latin1"), bytearray("text", "latin-1").
std::optional<std::string> bytes_of(const Heap& heap, const Value& value);

/// What a container holds: list, tuple, set and dict, and the well-known classes that are one of them.
struct Content {
  Kind kind{};            ///< list, tuple, dict, set or frozenset
  Sequence values{};      ///< A dict's are key, value, key, value ...
  bool in_pairs = false;  ///< ... or, with this, tuples or lists of key and value.
};
std::optional<Content> content_of(const Heap& heap, const Value& value);
std::optional<Content> content_of(const Heap& heap, const Instance& instance, const Construction& made);

}  // namespace psherald::pickle
