#include "page/graphql_log.hpp"

#include <cmath>
#include <optional>

#include "record/json.hpp"
#include "record/number.hpp"

namespace psherald::page {
namespace {

using graphql::Out;
using Scalar = graphql::TypeDefinition::Scalar;

/// Writes a cell as the type that its field has. A row of ps.herald may hold anything in any column: what cannot be
/// read as that type is null.
class WriteCell {
 public:
  WriteCell(Scalar scalar, Out& out) : scalar_{scalar}, out_{out} {}

  void operator()(std::monostate) const {}
  void operator()(std::int64_t number) const { out_.number(number); }
  void operator()(double number) const {
    constexpr double exact = 9'007'199'254'740'992.0;
    if (scalar_ == Scalar::real) return out_.number(number);
    if (scalar_ != Scalar::integer) {
      std::string digits;
      append_json_double(digits, number);
      return out_.text(digits);
    }
    if (std::floor(number) == number && std::abs(number) < exact) out_.number(static_cast<std::int64_t>(number));
  }
  void operator()(std::string_view text) const {
    if (scalar_ == Scalar::string || scalar_ == Scalar::id) return out_.text(text);
    if (const auto whole = parse_number<std::int64_t>(text)) return (*this)(*whole);
    if (const auto real = parse_number<double>(text)) (*this)(*real);
  }
  void operator()(const std::string& text) const { (*this)(std::string_view{text}); }
  void operator()(const HeraldRow::Kept& kept) const {
    if (kept.json == "null") return;
    if (const auto text = json_string(kept.json)) return (*this)(*text);
    if (const auto real = parse_json_fraction(kept.json)) return (*this)(*real);
    if (const auto whole = parse_number<std::int64_t>(kept.json)) (*this)(*whole);
  }

 private:
  Scalar scalar_;
  Out& out_;
};

}  // namespace

void LogObject::resolve(const graphql::Field& field, Out& out) const {
  const auto cell = row_.cell(static_cast<store::LogColumn>(field.definition->number));
  std::visit(WriteCell{field.definition->of->scalar, out}, cell);
}

}  // namespace psherald::page
