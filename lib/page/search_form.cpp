#include "page/search_form.hpp"

#include <algorithm>
#include <string>

namespace psherald::page {
namespace {

// Beyond it nobody finds a name in a list, and the page would be longer than its records.
constexpr std::size_t most_options = 200;

// The beginning of a cell. `chosen` marks the fields that narrow the search.
void begin_cell(Html& html, Markup cell, Markup field, Markup label, bool chosen, std::string_view problem) {
  html << R"(<div class="field)" << when(!problem.empty(), " bad") << when(chosen, " on") << R"(" id=")" << cell
       << R"("><label for=")" << field << R"(">)" << label << "</label>";
}

void end_cell(Html& html, Markup field, std::string_view problem) {
  if (!problem.empty())
    html << R"(<p class="problem" role="alert" id="problem_)" << field << R"(">)" << problem << "</p>";
  html << "</div>";
}

// What ties a field to the sentence about it.
void write_problem_attributes(Html& html, Markup field, std::string_view problem) {
  if (!problem.empty()) html << R"( aria-invalid="true" aria-describedby="problem_)" << field << R"(")";
}

void write_input(Html& html, Markup field, std::string_view value, Markup attributes, std::string_view problem) {
  html << R"(<input id=")" << field << R"(" name=")" << field << R"(" value=")" << Value{value} << R"(")" << attributes;
  write_problem_attributes(html, field, problem);
  html << ">";
}

void write_option(Html& html, std::string_view value, std::string_view text, bool chosen) {
  html << R"(<option value=")" << Value{value} << R"(")" << when(chosen, " selected") << ">" << text << "</option>";
}

void write_name_field(Html& html, const NameField& field, const Search& search, const SourceNames& names) {
  const auto& chosen = search.criteria.*field.criterion;
  const auto& all = names.*field.names;
  begin_cell(html, field.cell, field.field, field.label, chosen.has_value(), {});
  if (all.size() > most_options) {
    write_input(html, field.field, chosen.value_or(""), R"( placeholder="any" autocomplete="off")", {});
  } else {
    html << R"(<select id=")" << field.field << R"(" name=")" << field.field << R"(">)";
    write_option(html, not_selected, "any", !chosen);
    if (chosen && std::find(all.begin(), all.end(), *chosen) == all.end()) write_option(html, *chosen, *chosen, true);
    for (const auto& name : all) write_option(html, name, name, name == chosen);
    html << "</select>";
  }
  end_cell(html, field.field, {});
}

void write_level_field(Html& html, const Search& search) {
  constexpr std::array levels{Level::debug, Level::info, Level::warning, Level::error, Level::critical};
  const Markup field{"notify_level"};
  const auto level = search.criteria.level;
  const auto problem = search.problem("notify_level");
  const bool any = search.notify_level.empty() || level == Level::notset;
  const bool listed = any || (level && std::find(levels.begin(), levels.end(), *level) != levels.end());
  begin_cell(html, "form_notify_level", field, "Level at least", !any, problem);
  html << R"(<select id="notify_level" name="notify_level")";
  write_problem_attributes(html, field, problem);
  html << ">";
  write_option(html, not_selected, "any", any);
  for (const Level known : levels)
    write_option(html, std::to_string(static_cast<int>(known)), level_name(known), known == level);
  if (!listed) write_option(html, search.notify_level, level ? level_name(*level) : search.notify_level, true);
  html << "</select>";
  end_cell(html, field, problem);
}

void write_text_field(Html& html, Markup cell, Markup field, Markup label, std::string_view value, Markup attributes,
                      std::string_view problem) {
  begin_cell(html, cell, field, label, !value.empty(), problem);
  write_input(html, field, value, attributes, problem);
  end_cell(html, field, problem);
}

void write_order_field(Html& html, const Search& search) {
  begin_cell(html, "form_order", "old_row_first", "Order", search.order == Order::oldest_first, {});
  html << R"(<select id="old_row_first" name="old_row_first">)";
  write_option(html, "desc", "newest first", search.order == Order::newest_first);
  write_option(html, "asc", "oldest first", search.order == Order::oldest_first);
  html << "</select>";
  end_cell(html, "old_row_first", {});
}

bool narrowed(const Search& search) {
  return std::any_of(name_fields.begin(), name_fields.end(),
                     [&](const NameField& field) { return (search.criteria.*field.criterion).has_value(); }) ||
         !search.criteria.pattern.empty() || !search.starting_at.empty() || !search.notify_level.empty() ||
         !search.max_rows.empty();
}

}  // namespace

void write_form(Html& html, const Search& search, const SourceNames& names, Markup action) {
  html << R"(<form class="search" action=")" << action << R"(" method="get" role="search")";
  if (search.criteria != Criteria{}) html << R"( data-q=")" << Value{search.as_text()} << R"(")";
  html
      << R"(><div class="query"><svg class="ic" aria-hidden="true"><use href="#i-search"/></svg><input id="q" name="q" type="search" aria-label="Search the log")"
      << R"( placeholder="Words, or fields as in level&gt;=warning system:ch2eu" autocomplete="off" spellcheck="false" value=")"
      << Value{search.q} << R"(")";
  write_problem_attributes(html, "q", search.problem("q"));
  html
      << R"(></div><div class="when"><input id="t" name="t" aria-label="Time" title="6h, yesterday, 2026-11-22..2026-11-23" placeholder="any time" autocomplete="off" value=")"
      << Value{search.t} << R"(")";
  write_problem_attributes(html, "t", search.problem("t"));
  html << R"(></div>)";
  for (const Markup field : {Markup{"q"}, Markup{"t"}})
    if (const auto problem = search.problem(field.text()); !problem.empty())
      html << R"(<p class="problem" role="alert" id="problem_)" << field << R"(">)" << problem << "</p>";
  html
      << R"(<div id="form_input"><input class="btn main" type="submit" value="Search"></div>)"
      << R"(<input class="more" type="checkbox" id="filters")" << when(narrowed(search), " checked")
      << R"(><label class="btn more" for="filters"><svg class="ic" aria-hidden="true"><use href="#i-filter"/></svg>Filters</label><div class="fields">)";
  for (const auto& field : name_fields) write_name_field(html, field, search, names);
  write_text_field(
      html, "form_pattern", "pattern", "Text", search.criteria.pattern,
      R"( title="In message, function or module: % stands for any text, _ for any letter" autocomplete="off")", {});
  write_level_field(html, search);
  write_text_field(html, "form_starting_at", "starting_at", "Received since", search.starting_at,
                   R"( placeholder="any time" autocomplete="off" title="2026-11-22 14:30, or only its beginning")",
                   search.problem("starting_at"));
  write_text_field(html, "form_num_records", "max_rows", "Records", search.max_rows,
                   R"( placeholder="50" inputmode="numeric" autocomplete="off")", search.problem("max_rows"));
  write_order_field(html, search);
  html << "</div></form>";
}

}  // namespace psherald::page
