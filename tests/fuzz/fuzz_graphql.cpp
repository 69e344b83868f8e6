// A document is refused with a reason, or executed within its bounds into JSON. The first line is the variables.

#include "graphql/execute.hpp"
#include "support/data.hpp"
#include "support/json.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

namespace {

class Anything : public graphql::Object {
 public:
  explicit Anything(int depth) : depth_{depth} {}
  void resolve(const graphql::Field& field, graphql::Out& out) const override {
    const auto write = [&](graphql::Out& value) { one(field, value); };
    if (!field.definition->type.nullable().list()) return write(out);
    out.list([&](graphql::Out::Items& items) {
      items.add(write);
      items.add(write);
    });
  }

 private:
  void one(const graphql::Field& field, graphql::Out& out) const {
    using Scalar = graphql::TypeDefinition::Scalar;
    const auto& type = *field.definition->of;
    if (type.kind == graphql::TypeDefinition::Kind::object) {
      if (depth_ < 8) out.object(Anything{depth_ + 1});
    } else if (type.scalar == Scalar::integer) {
      out.number(std::int64_t{1} << (field.name.size() * 5 % 40));
    } else if (type.scalar == Scalar::real) {
      out.number(0.5);
    } else if (field.name.size() % 7 == 3) {
      throw graphql::FieldFault{"no"};
    } else {
      out.text(print(field.arguments));
    }
  }

  int depth_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const graphql::Schema schema{read_data("graphql/test.graphql")};
  const auto text = text_of(data, size);
  const auto line = std::min(text.find('\n'), text.size());
  const graphql::Request request{
      std::string{text.substr(std::min(line + 1, text.size()))}, {}, std::string{text.substr(0, line)}};
  const auto prepared = prepare(schema, request);
  if (!prepared) {
    require(!prepared.error().empty(), "refused without a reason");
    std::string json = "{";
    append_errors(json, prepared.error());
    parse_json(json + '}');
    return 0;
  }
  constexpr std::size_t most = 1u << 20;
  const auto answer = execute(schema, *prepared, Anything{0}, {.bytes = most});
  require(answer.size() < 2 * most, "an answer above its bound");
  const auto json = parse_json(answer);
  require(json.members.contains("data"), "an answer without data");
  return 0;
}
