#include "page/traffic.hpp"

#include <algorithm>

#include "psherald/sql.hpp"

namespace psherald::page {
namespace {

std::int64_t number(const SqlValue& value) {
  const auto* found = std::get_if<std::int64_t>(&value);
  return found ? *found : 0;
}
std::string text(const SqlValue& value) {
  const auto* found = std::get_if<std::string_view>(&value);
  return found ? std::string{*found} : std::string{};
}

}  // namespace

void write_refused(Html& html, const LogStore& store) {
  Html rows;
  select(store, {.text = "SELECT at, reason, peer FROM dead_letter ORDER BY id DESC LIMIT 5"}, [&](const SqlRow& row) {
    const Timestamp at{std::chrono::microseconds{number(row.values[0])}};
    rows << R"(<tr><td class="mono">)" << format_local(at).substr(0, 19) << "</td><td>" << text(row.values[1])
         << R"(</td><td class="mono">)" << text(row.values[2]) << "</td></tr>";
  });
  if (rows.size() == 0) return;
  html
      << R"(<table class="t refused"><thead><tr><th scope="col">Not read</th><th scope="col">Why</th><th scope="col">From</th></tr></thead><tbody>)"
      << rows << "</tbody></table>";
}

void write_destinations(Html& html, const LogStore& store) {
  Html rows;
  const auto newest = store.newest_id();
  select(store, {.text = "SELECT name, url, id, skipped, refused FROM cursor ORDER BY name"}, [&](const SqlRow& row) {
    const auto name = text(row.values[0]), url = text(row.values[1]);
    rows << R"(<tr data-name=")" << Value{name} << R"("><td class="mono">)" << name
         << R"(</td><td class="mono p-hide">)" << (url == name ? std::string{} : url) << R"(</td><td class="num">)"
         << Count{std::max<std::int64_t>(newest - number(row.values[2]), 0)} << R"(</td><td class="num p-hide">)"
         << Count{number(row.values[3])} << R"(</td><td class="num p-hide">)" << Count{number(row.values[4])}
         << R"(</td><td class="link-state"></td></tr>)";
  });
  if (rows.size() == 0) return;
  html
      << R"(<section class="card" id="going"><h2>Going on to <small>each a cursor over the log</small></h2><table class="t"><thead><tr>)"
      << R"(<th scope="col">Destination</th><th scope="col" class="p-hide">Address</th><th scope="col" class="num">Behind</th>)"
      << R"(<th scope="col" class="num p-hide">Skipped</th><th scope="col" class="num p-hide">Refused</th><th scope="col">State</th></tr></thead><tbody>)"
      << rows << "</tbody></table></section>";
}

}  // namespace psherald::page
