#include "page/first_run_page.hpp"

#include <algorithm>

#include "psherald/query.hpp"

namespace psherald::page {
namespace {

/// Where a program on this machine sends its records.
struct Destination {
  std::string host, port;
  bool is_unix = false;
};

Destination destination(const std::string& ingest) {
  constexpr std::string_view unix_prefix = "unix:";
  if (ingest.starts_with(unix_prefix)) return {ingest.substr(unix_prefix.size()), "None", true};
  const auto colon = ingest.rfind(':');
  auto host = ingest.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  return {host, ingest.substr(colon + 1)};
}

void write_python(Html& html, const Destination& to) {
  html << R"(<h2>From Python</h2><pre class="code"><i># nothing to install: the handler is in the standard library</i>)"
       << "\nimport logging, logging.handlers\n\nlog = logging.getLogger(<b>\"hello\"</b>)\n"
       << "log.addHandler(logging.handlers.SocketHandler(<b>\"" << to.host << "\"</b>, " << to.port << "))\n"
       << "log.setLevel(logging.INFO)\n"
       << "log.info(<b>\"first record\"</b>, extra={<b>\"SYSTEM_ID\"</b>: <b>\"my-program\"</b>})</pre>";
}

void write_shell(Html& html, const Destination& to) {
  const bool v6 = to.host.find(':') != std::string::npos;
  html << R"(<h2>From a shell</h2><pre class="code">psherald emit --to )" << (v6 ? '[' + to.host + ']' : to.host) << ":"
       << to.port << R"( <b>"first record"</b></pre>)";
}

void write_own_records(Html& html, std::int64_t count) {
  if (count == 0) return;
  html << R"(<p class="dim">psherald itself has written )" << Count{count} << either(count == 1, " record", " records")
       << R"( about its start: <a href="/?max_rows=50">show )" << either(count == 1, "it", "them") << "</a>.</p>";
}

}  // namespace

bool waits_for_first_record(const LogStore& store) {
  const auto page = find(store, {});
  const auto records = page.batch.records();
  return page.next == 0 &&
         std::all_of(records.begin(), records.end(), [](const Record& record) { return has(record.flags, Flag::own); });
}

Html first_run_page(const LogStore& store, const std::string& ingest, Frame frame) {
  Html html;
  frame.title = "psherald is waiting";
  frame.records = store.count();
  frame.look_again = true;
  begin_page(html, frame);
  html
      << R"(<div class="hello" id="contents" data-after=")" << store.newest_id()
      << R"("><h1>psherald is running, and nobody has sent a record yet</h1>)"
      << R"(<p>Send one from any program you have. It appears here by itself.</p><div class="wait" role="status"><span class="ring2"></span><p>)";
  if (ingest.empty()) {
    html << "<b>Waiting</b> for what ps_bridge receives";
  } else {
    html << "<b>Listening on " << ingest << "</b> for Python's SocketHandler";
  }
  html << R"(</p><a class="btn" href="/">Look again</a></div>)";
  if (!ingest.empty()) {
    const auto to = destination(ingest);
    write_python(html, to);
    if (!to.is_unix) write_shell(html, to);
    html << R"(<p class="dim">A click into a box selects all of it.</p>)";
  }
  write_own_records(html, frame.records);
  html << "</div>";
  end_page(html);
  return html;
}

}  // namespace psherald::page
