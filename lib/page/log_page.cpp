#include "page/log_page.hpp"

#include "page/head.hpp"
#include "page/log_rows.hpp"
#include "page/search_form.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t most_bytes = 16u << 20;  // of records in one page

// What to read and show, and where the pages beside it begin.
struct Found {
  Page page{};
  bool reversed = false;
  RecordId older = 0, newer = 0;  // cursors; 0: there is nothing
  std::int64_t total = 0;
};

// The place of the record that everything is wanted around: some rows above it.
RecordId above(const LogStore& store, RecordId id) {
  const auto page = find(store, {.order = Order::oldest_first, .limit = 12, .cursor = id});
  return (page.batch.records().empty() ? id : page.batch.records().back().id) + 1;
}

Found search_store(const LogStore& store, Search search, std::chrono::milliseconds budget) {
  if (search.around != 0 && search.before == 0 && search.after == 0) search.before = above(store, search.around);
  auto query = search.query();
  query.budget = budget;
  query.max_bytes = most_bytes;
  Found found{find(store, query), search.reversed()};
  const auto back_to_start = [&] {
    search.before = search.after = 0;
    query.order = search.order, query.cursor = 0;
    found = Found{find(store, query), false};
  };
  // Paging back to the first page: show it whole, not only the rest that was left.
  if (found.reversed && found.page.next == 0 && !found.page.cut) back_to_start();
  found.total = store.count();

  const auto records = found.page.batch.records();
  const bool downwards = query.order == Order::newest_first;
  (downwards ? found.older : found.newer) = found.page.next;
  if (query.cursor != 0) (downwards ? found.newer : found.older) = records.empty() ? query.cursor : records.front().id;
  return found;
}

void write_count(Html& html, const Found& found, const Search& search, std::chrono::milliseconds elapsed) {
  const auto shown = static_cast<std::int64_t>(found.page.batch.size());
  const bool last = found.older == 0 && found.newer == 0 && !found.page.cut;
  html << R"(<p class="sum"><b>)" << Count{shown} << "</b>";
  if (search.all_records()) {
    html << " of <b>" << Count{found.total} << "</b> records";
  } else {
    const bool one = shown == 1;
    html << (last ? either(one, " record matches", " records match")
                  : either(one, " matching record", " matching records"))
         << ", of " << Count{found.total};
  }
  if (shown > 1) html << either(search.order == Order::newest_first, ", newest first", ", oldest first");
  html << R"(<span class="wide">, )" << elapsed.count() << " ms</span></p>";
}

void write_link(Html& html, Markup text, const std::string& url, bool there) {
  if (there) {
    html << R"(<a class="btn" href=")" << Value{url} << R"(">)" << text << "</a>";
  } else {
    html << R"(<span class="btn off">)" << text << "</span>";
  }
}

std::string with_cursor(const Search& search, std::string_view name, RecordId cursor) {
  auto url = search.url();
  url += url.size() == 1 ? '?' : '&';
  ((url += name) += '=') += std::to_string(cursor);
  return url;
}

void write_pager(Html& html, const Found& found, const Search& search) {
  if (found.newer == 0 && found.older == 0) return;
  html << R"(<nav class="group" aria-label="Pages">)";
  write_link(html, "Newer", with_cursor(search, "after", found.newer), found.newer != 0);
  write_link(html, "Older", with_cursor(search, "before", found.older), found.older != 0);
  html << "</nav>";
}

void write_cut(Html& html, const Found& found, const Search& search, const LogStore& store,
               std::chrono::milliseconds budget) {
  const RecordId reached = found.page.next;
  const auto at = find(store, {.limit = 1, .cursor = reached + 1});
  const bool downwards = found.older == reached;
  html << R"(<div class="note" role="status"><p><b>Cut off after )" << budget.count() / 1000 << " s.</b> Searched "
       << either(downwards, "back to ", "up to ");
  if (!at.batch.records().empty()) html << format_local(at.batch.records()[0].received).substr(0, 19);
  html << R"(, complete as far as that.</p><a class="btn" href=")"
       << Value{with_cursor(search, downwards ? "before" : "after", reached)} << R"(">Search on</a></div>)";
}

// The same search without one of its filters, for each.
void write_ways_out(Html& html, const Search& search) {
  const auto offer = [&](Markup label, std::string_view value, auto drop) {
    Search without = search;
    drop(without);
    html << R"(<li><a class="btn" href=")" << Value{without.url()}
         << R"("><svg class="ic" aria-hidden="true"><use href="#i-x"/></svg>)" << label << " <b>" << value
         << "</b></a></li>";
  };
  html << "<ul>";
  if (!search.q.empty()) offer("search", search.q, [](Search& s) { s.q.clear(); });
  if (!search.t.empty()) offer("time", search.t, [](Search& s) { s.t.clear(); });
  if (!search.criteria.pattern.empty())
    offer("text", search.criteria.pattern, [](Search& s) { s.criteria.pattern.clear(); });
  for (const auto& field : name_fields)
    if (const auto& chosen = search.criteria.*field.criterion)
      offer(field.label, *chosen, [&](Search& s) { (s.criteria.*field.criterion).reset(); });
  if (search.criteria.level)
    offer("level at least", level_name(*search.criteria.level), [](Search& s) { s.notify_level.clear(); });
  if (search.criteria.since) offer("received since", search.starting_at, [](Search& s) { s.starting_at.clear(); });
  html << "</ul>";
}

void write_empty(Html& html, const Found& found, const Search& search) {
  html << R"(<div class="empty"><h2>)";
  if (search.all_records()) {
    html << "There is no record here</h2><p>The log has " << Count{found.total}
         << " records, none of them beyond this.</p>";
  } else if (found.older != 0 || found.newer != 0) {
    html << "No further record matches</h2><p>The search has come to the end of the log.</p>";
  } else {
    html << "No record matches</h2><p>Of " << Count{found.total}
         << " records none has all that was asked for. Leave one out:</p>";
    write_ways_out(html, search);
  }
  html << R"(<p class="acts"><a href="/">All records</a></p></div>)";
}

void write_problems(Html& html, const Search& search) {
  html << R"(<div class="results" id="contents"><div class="empty"><h2>Nothing was searched</h2>)";
  for (const auto& problem : search.problems) html << "<p>" << problem.text << "</p>";
  html << "</div></div>";
}

void write_results(Html& html, const Found& found, const Search& search, const LogStore& store,
                   std::chrono::milliseconds budget, std::chrono::milliseconds elapsed) {
  html << R"(<div class="bar">)";
  write_count(html, found, search, elapsed);
  write_pager(html, found, search);
  html << R"(</div><div class="results" id="contents" tabindex="0" role="region" aria-label="Records">)";
  if (found.page.cut) write_cut(html, found, search, store, budget);
  if (!found.page.batch.records().empty()) {
    write_table(html, found.page.batch, found.reversed);
  } else if (!found.page.cut) {
    write_empty(html, found, search);
  }
  const RecordId onwards = search.order == Order::newest_first ? found.older : found.newer;
  if (onwards != 0 && !found.page.cut) {
    const bool down = search.order == Order::newest_first;
    html << R"(<a class="onwards" href=")" << Value{with_cursor(search, down ? "before" : "after", onwards)} << R"(">)"
         << either(down, "Older records", "Newer records") << "</a>";
  }
  html << "</div>";
}

}  // namespace

Html log_page(const LogStore& store, const Search& search, std::chrono::milliseconds budget, Frame frame) {
  const auto start = std::chrono::steady_clock::now();
  const bool understood = search.problems.empty();
  const auto found = understood ? search_store(store, search, budget) : Found{};
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);

  const auto& asked = search.q.empty() ? search.criteria.pattern : search.q;
  const std::string title = asked.empty() ? "psherald" : asked + " - psherald";
  frame.title = title;
  tell_state(frame, store);
  if (understood) frame.records = found.total;
  frame.view = "/";
  frame.script = "logs.js";
  const auto query = search.view_query();
  frame.query = query;
  Html html;
  begin_page(html, frame);
  html << R"(<h1 class="unseen">Log records</h1>)";
  write_form(html, search, source_names(store));
  understood ? write_results(html, found, search, store, budget, elapsed) : write_problems(html, search);
  end_page(html);
  return html;
}

}  // namespace psherald::page
