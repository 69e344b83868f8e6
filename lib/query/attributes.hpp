#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/fields.hpp"
#include "query/quantity.hpp"
#include "query/text_tests.hpp"

namespace psherald::query {

/// Bounds of a quantity; an end that is absent is open.
struct MeasureRange {
  struct End {
    Amount amount;
    bool included;
  };
  Measure::Kind kind;
  std::optional<End> low{}, high{};
};

/// A term on an attribute, made ready.
struct AttributeTests {
  std::string path;       ///< Folded.
  std::int64_t unit = 0;  ///< Nanoseconds that a plain number stands for.
  bool presence = false;  ///< That it is there is enough.
  bool dated = false;     ///< Depends on the zone.
  struct Test {
    std::optional<TextTest> text{};
    std::optional<MeasureRange> measure{};
  };
  std::vector<Test> any_of{};
};
AttributeTests attribute_tests(const ast::Term& term, const TimeBase& base);
AttributeTests attribute_presence(const ast::FieldRef& field);

/// Looks into the JSON of a record's extra attributes. Keeps its memory from one record to the next.
class AttributeReader {
 public:
  AttributeReader();
  AttributeReader(AttributeReader&&) noexcept;
  ~AttributeReader();
  /// Whether some value at the path fits. What is no JSON object has no attributes.
  bool fits(const AttributeTests& tests, std::string_view extra);
  /// The text of each value at this path, folded, that has one: of lists, of all that is in them.
  void each(std::string_view path, std::string_view extra, const std::function<void(std::string_view)>& visit);
  /// The first value at this path, folded: a string, or JSON.
  FieldValue first(std::string_view path, std::string_view extra);

 private:
  struct Impl;
  Impl& impl();
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald::query
