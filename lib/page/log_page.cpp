#include "page/log_page.hpp"

#include <algorithm>
#include <ranges>
#include <vector>

#include "page/json_members.hpp"
#include "page/search_form.hpp"
#include "record/utf8.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t most_message = 2'048, most_trace = 16'384, most_attributes = 160;

// The last part of a dotted name.
std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// "CarrierUnavailable" of a traceback that ends with "shop.errors.CarrierUnavailable: no answer".
std::string_view exception_type(std::string_view trace) {
  const auto end = trace.find_last_not_of(" \t\r\n");
  if (end == trace.npos) return "Exception";
  auto line = trace.substr(0, end + 1);
  line.remove_prefix(line.rfind('\n') + 1);
  return cut_utf8(last_part(line.substr(0, line.find_first_of(": "))), 60);
}

class Rows {
 public:
  Rows(Html& html, const RecordBatch& batch) : html_{html}, batch_{batch} {}

  void write(const Record& record) {
    const auto received = format_local(record.received);
    const auto& site = batch_.site(record);
    if (!day_.empty() && day_ != received.substr(0, 10))
      html_ << R"(<tr class="day"><th colspan="8">)" << day_text(received) << "</th></tr>";
    day_ = received.substr(0, 10);
    html_ << R"(<tr class=")" << level_classes(site.levelname, record.level) << R"(">)";
    write_date(record, received);
    html_ << R"(<td class="lvl">)";
    write_level_mark(html_, record.level);
    html_ << "<span>" << level_text(site.levelname, record.level) << "</span></td>";
    write_names(batch_.source(record));
    write_module(site);
    write_message(record);
    write_trace("exc", record.exc_text, record.exc_text.empty() ? std::string_view{} : exception_type(record.exc_text),
                record.id);
    write_trace("stk", record.stack_info, "Stack", record.id);
    html_ << "</tr>\n";
  }

 private:
  void write_date(const Record& record, std::string_view received) {
    html_ << R"(<td class="date"><a href="/record/)" << record.id << R"("><span class="d">)" << received.substr(0, 11)
          << "</span>" << received.substr(11, 8) << "<i>" << received.substr(19, 4) << R"(</i><span class="d">)"
          << received.substr(23) << "</span></a></td>";
  }

  void write_cell_of_three(Markup name, std::string_view first, std::string_view second, std::string_view third) {
    html_ << R"(<td class=")" << name << R"(">)" << first;
    for (const auto part : {second, third})
      if (!part.empty()) html_ << " <i>" << part << "</i>";
    html_ << "</td>";
  }

  void write_names(const Source& source) {
    write_cell_of_three("sys", source.system_id, source.sub_system_id, source.sub_sub_system_id);
    write_cell_of_three("app", source.produkt_id, source.user_spec_1, source.user_spec_2);
  }

  void write_module(const Site& site) {
    html_ << R"(<td class="mod">)" << last_part(site.module);
    if (!site.funcname.empty() && site.funcname != "<module>") html_ << "." << site.funcname;
    if (site.lineno) html_ << ":" << *site.lineno;
    if (!site.package_version.empty() && site.package_version != "undef")
      html_ << " <i>" << site.package_version << "</i>";
    html_ << "</td>";
  }

  void write_message(const Record& record) {
    const auto message = without_ansi(record.message);
    const auto shown = cut_utf8(message, most_message);
    html_ << R"(<td class="msg">)" << shown;
    if (shown.size() < message.size())
      html_ << R"( <a href="/record/)" << record.id << R"(">all )" << Count{static_cast<std::int64_t>(message.size())}
            << " bytes</a>";
    write_attributes(record.extra);
    if (!record.exc_text.empty()) html_ << R"( <span class="tag">)" << exception_type(record.exc_text) << "</span>";
    html_ << "</td>";
  }

  void write_attributes(std::string_view extra) {
    std::string text;
    for (const auto& member : json_members(extra)) {
      if (text.size() > most_attributes) break;
      ((text += ' ') += member.name) += '=';
      text += cut_utf8(member.value, most_attributes);
    }
    if (!text.empty()) html_ << "<i>" << cut_utf8(text, most_attributes) << "</i>";
  }

  void write_trace(Markup name, std::string_view trace, std::string_view summary, RecordId id) {
    html_ << R"(<td class=")" << name << R"(">)";
    if (!trace.empty()) {
      const auto shown = cut_utf8(trace, most_trace);
      html_ << "<details><summary>" << summary << "</summary><pre>" << shown << "</pre>";
      if (shown.size() < trace.size()) html_ << R"(<a href="/record/)" << id << R"(">All of it</a>)";
      html_ << "</details>";
    }
    html_ << "</td>";
  }

  Html& html_;
  const RecordBatch& batch_;
  std::string day_{};
};

// What to read and show, and where the pages beside it begin.
struct Found {
  Page page{};
  bool reversed = false;
  RecordId older = 0, newer = 0;  // cursors; 0: there is nothing
  std::int64_t total = 0;
};

Found search_store(const LogStore& store, Search search, std::chrono::milliseconds budget) {
  auto query = search.query();
  query.budget = budget;
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
  const bool all = search.criteria == Criteria{};
  const bool last = found.older == 0 && found.newer == 0 && !found.page.cut;
  html << R"(<p class="sum"><b>)" << Count{shown} << "</b>";
  if (all) {
    html << " of <b>" << Count{found.total} << "</b> records";
  } else {
    html << either(last, " records match", " matching records") << ", of " << Count{found.total};
  }
  html << either(search.order == Order::newest_first, ", newest first", ", oldest first") << R"(<span class="wide">, )"
       << elapsed.count() << " ms</span></p>";
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
  if (!search.criteria.pattern.empty())
    offer("text", search.criteria.pattern, [](Search& s) { s.criteria.pattern.clear(); });
  for (const auto& field : name_fields)
    if (const auto& chosen = search.criteria.*field.criterion)
      offer(field.label, *chosen, [&](Search& s) { (s.criteria.*field.criterion).reset(); });
  if (search.criteria.level)
    offer("level at least", level_name(*search.criteria.level), [](Search& s) { s.notify_level.clear(); });
  if (search.criteria.since) offer("received since", search.starting_at, [](Search& s) { s.starting_at.clear(); });
  html << R"(</ul><p class="acts"><a href="/">All records</a></p>)";
}

void write_empty(Html& html, const Found& found, const Search& search) {
  html << R"(<div class="empty"><h2>No record matches</h2><p>)" << Count{found.total}
       << " records are there, and none of those searched has all that was asked for. Leave one out:</p>";
  write_ways_out(html, search);
  html << "</div>";
}

void write_table(Html& html, const Found& found) {
  const auto& batch = found.page.batch;
  std::vector<const Record*> shown;
  for (const auto& record : batch.records()) shown.push_back(&record);
  if (found.reversed) std::reverse(shown.begin(), shown.end());
  html
      << R"(<table class="htable"><thead><tr class="heading"><th class="date">Date <small>)"
      << day_text(format_local(shown.front()->received))
      << R"(</small></th><th class="lvl">Level</th><th class="sys">System</th><th class="app">App</th><th class="mod">Module</th>)"
      << R"(<th class="msg">Message</th><th class="exc">Exception</th><th class="stk">Stack info</th></tr></thead><tbody>)";
  Rows rows{html, batch};
  for (const auto* record : shown) rows.write(*record);
  html << "</tbody></table>";
}

void write_results(Html& html, const Found& found, const Search& search, const LogStore& store,
                   std::chrono::milliseconds budget, std::chrono::milliseconds elapsed) {
  html << R"(<div class="bar">)";
  write_count(html, found, search, elapsed);
  write_pager(html, found, search);
  html << R"(</div><div class="results">)";
  if (found.page.cut) write_cut(html, found, search, store, budget);
  if (!found.page.batch.records().empty()) {
    write_table(html, found);
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
  const auto names = source_names(store);
  Html html;
  const std::string title = search.criteria.pattern.empty() ? "psherald" : search.criteria.pattern + " - psherald";
  frame.title = title;
  if (!search.problems.empty()) {
    frame.records = store.count();
    begin_page(html, frame);
    write_form(html, search, names);
    html << R"(<div class="bar"></div><div class="results"><div class="empty"><h2>Nothing was searched</h2><p>)";
    for (const auto& problem : search.problems) html << problem.text << " ";
    html << "</p></div></div>";
  } else {
    const auto found = search_store(store, search, budget);
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    frame.records = found.total;
    begin_page(html, frame);
    write_form(html, search, names);
    write_results(html, found, search, store, budget, elapsed);
  }
  end_page(html);
  return html;
}

Html first_run_page(const std::string& ingest, Frame frame) {
  Html html;
  frame.title = "psherald is waiting";
  frame.records = 0;
  frame.look_again = true;
  begin_page(html, frame);
  html
      << R"(<div class="hello"><h1>psherald is running and has no record yet</h1><p>Send one from any program you have. It appears here by itself.</p>)"
      << R"(<div class="wait" role="status"><span class="ring2"></span><p>)";
  const bool is_unix = ingest.starts_with("unix:");
  const auto colon = ingest.rfind(':');
  if (ingest.empty()) {
    html << "<b>Waiting</b> for what ps_bridge receives";
  } else {
    html << "<b>Listening on " << ingest << "</b> for Python's SocketHandler";
  }
  html << R"(</p><a class="btn" href="/">Look again</a></div>)";
  if (!ingest.empty()) {
    const std::string host = is_unix ? ingest.substr(5) : ingest.substr(0, colon),
                      port = is_unix ? "None" : ingest.substr(colon + 1);
    html
        << R"(<h2>From Python</h2><pre class="code"><i># nothing to install: the handler is in the standard library</i>)"
        << "\nimport logging, logging.handlers\n\nlog = "
           "logging.getLogger(<b>\"hello\"</b>)\nlog.addHandler(logging.handlers.SocketHandler(<b>\""
        << host << "\"</b>, " << port
        << "))\nlog.setLevel(logging.INFO)\nlog.info(<b>\"first record\"</b>, extra={<b>\"SYSTEM_ID\"</b>: "
           "<b>\"my-program\"</b>})</pre>";
  }
  html << R"(<h2>From a shell</h2><pre class="code">psherald emit <b>"first record"</b></pre>)"
       << R"(<p class="dim">A click into a box selects all of it.</p></div>)";
  end_page(html);
  return html;
}

}  // namespace psherald::page
