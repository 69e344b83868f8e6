#include "page/patterns_page.hpp"

#include <algorithm>

#include "page/head.hpp"
#include "page/search_form.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t most_patterns = 100;
constexpr std::chrono::milliseconds first_look{150};

void write_pattern(Html& html, const Pattern& pattern) {
  html << R"(<tr class=")" << level_band(pattern.level) << R"("><td class="num mono">)" << Count{pattern.records}
       << R"(</td><td class="p-hide"><span class="state">)";
  write_level_mark(html, pattern.level);
  html << level_text({}, pattern.level) << R"(</span></td><td class="pat"><a href="/record/)" << pattern.example
       << R"(">)" << pattern.message << "</a>";
  if (!pattern.exception.empty()) html << R"( <span class="tag">)" << pattern.exception << "</span>";
  html << R"(</td><td class="mono c-hide">)" << format_local(pattern.first).substr(0, 19)
       << R"(</td><td class="mono c-hide">)" << format_local(pattern.last).substr(0, 19) << "</td></tr>";
}

void write_sum(Html& html, const Patterns& found, const PatternsAsked& asked, std::string_view query) {
  std::int64_t records = found.others;
  for (const auto& pattern : found.patterns) records += pattern.records;
  html << R"(<div class="bar"><p class="sum"><b>)" << Count{static_cast<std::int64_t>(found.patterns.size())}
       << either(found.patterns.size() == 1, " pattern", " patterns") << "</b> of "
       << either(found.coverage.cut, "the newest ", "") << "<b>" << Count{records}
       << either(records == 1, "</b> record", "</b> records");
  if (found.coverage.cut && asked.far)
    html << ": cut off after " << asked.budget.count() / 1000 << " s";
  else if (found.coverage.cut)
    html << R"(: <a href="/patterns)" << query << either(query.empty(), "?", "&amp;") << R"(far=1">look further</a>)";
  html << "</p></div>";
}

void write_table(Html& html, const Patterns& found) {
  html << R"(<div class="page" id="contents"><div class="card">)";
  if (found.patterns.empty()) {
    html << "<p>No record matches, so there are no patterns.</p>";
  } else {
    html
        << R"(<table class="t patterns"><colgroup><col class="c-records"><col class="c-level p-hide"><col><col class="c-time c-hide"><col class="c-time c-hide"></colgroup>)"
        << R"(<thead><tr><th scope="col" class="num">Records</th><th scope="col" class="p-hide">Level</th><th scope="col">Pattern</th>)"
        << R"(<th scope="col" class="c-hide">First</th><th scope="col" class="c-hide">Last</th></tr></thead><tbody>)";
    for (const auto& pattern : found.patterns) write_pattern(html, pattern);
    html << "</tbody></table>";
  }
  html << "</div></div>";
}

}  // namespace

Html patterns_page(const LogStore& store, const Search& search, const PatternsAsked& asked, Frame frame) {
  const auto query = search.view_query();
  frame.title = "Patterns - psherald";
  tell_state(frame, store);
  frame.view = "/patterns";
  frame.script = "patterns.js";
  frame.query = query;
  Html html;
  begin_page(html, frame);
  html << R"(<h1 class="unseen">Patterns</h1>)";
  write_form(html, search, source_names(store), "/patterns");
  if (search.problems.empty()) {
    const auto log = search.query();
    const auto budget = asked.far ? asked.budget : std::min(asked.budget, first_look);
    const auto found =
        patterns(store, {.filter = log.filter, .budget = budget, .time_base = log.time_base}, most_patterns);
    write_sum(html, found, asked, query);
    write_table(html, found);
  }
  end_page(html);
  return html;
}

}  // namespace psherald::page
