#include "forward/destination_filter.hpp"

#include <string>

#include "psherald/error.hpp"
#include "store/gap_records.hpp"

namespace psherald::forward {

Filter parse_where(std::string_view where) {
  auto filter = parse_filter(where);
  if (filter) return std::move(*filter);
  const auto& fault = filter.error();
  throw Error{Errc::bad_query,
              "where = \"" + std::string{where} + "\", column " + std::to_string(fault.column) + ": " + fault.text};
}

// They are known by their logger, so segments can be passed over by what the filter asks for.
Filter or_gaps(const Filter& filter) {
  if (std::holds_alternative<ast::All>(filter.root.is)) return {};
  const ast::Term gaps{{ast::Field::logger, {}}, ast::Op::equal, {ast::Text{store::forward_logger}}};
  return {ast::Node{ast::Or{{filter.root, ast::Node{gaps}}}}, {}};
}

}  // namespace psherald::forward
