#pragma once

#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace psherald::testing {

/// A JSON value, for tests to compare. An integer is another thing than the same number as a float; the order of an
/// object's members means nothing.
struct Json {
  enum class Kind { null, boolean, integer, real, string, array, object } kind = Kind::null;
  std::string text{};  ///< Of a string: what it says. Of the other scalars: as it was written.
  std::vector<Json> items{};
  std::map<std::string, Json> members{};

  /// The member of an object; null when there is none.
  const Json& operator[](const std::string& name) const;
};
bool operator==(const Json& a, const Json& b);
std::ostream& operator<<(std::ostream& out, const Json& value);

/// Reads one value, of a document that holds nothing else. Strict as RFC 8259. @throws std::runtime_error
Json parse_json(std::string_view text);

}  // namespace psherald::testing
