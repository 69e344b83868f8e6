#include "query/range.hpp"

#include "query/times.hpp"

namespace psherald::query {

Result<std::string> range_query(std::string_view range) {
  const auto dots = range.find("..");
  const auto since = range.substr(0, dots), until = dots == range.npos ? std::string_view{} : range.substr(dots + 2);
  for (const auto end : {since, until})
    if (!end.empty() && !parse_time(end))
      return Fault{Errc::bad_query, '"' + std::string{end} +
                                        "\" is no time; write 2h, today, 2026-11-22, 2026-11-22T14:30Z, or two of "
                                        "them with .. between"};
  std::string text;
  if (!since.empty()) text += "since:\"" + std::string{since} + "\" ";
  if (!until.empty()) text += "until:\"" + std::string{until} + '"';
  return text;
}

}  // namespace psherald::query
