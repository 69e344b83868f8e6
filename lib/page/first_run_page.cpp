#include "page/first_run_page.hpp"

#include <algorithm>
#include <filesystem>

#include "page/head.hpp"
#include "psherald/filter.hpp"
#include "psherald/query.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t most_troubles = 5;

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
  html << R"(<h2>Python</h2><pre class="code"><i># nothing to install: the handler is in the standard library</i>)"
       << "\nimport logging, logging.handlers\n\nlog = logging.getLogger(<b>\"hello\"</b>)\n"
       << "log.addHandler(logging.handlers.SocketHandler(<b>\"" << to.host << "\"</b>, " << to.port << "))\n"
       << "log.setLevel(logging.INFO)\n"
       << "log.info(<b>\"first record\"</b>, extra={<b>\"SYSTEM_ID\"</b>: <b>\"my-program\"</b>})</pre>";
}

void write_shell(Html& html, const Destination& to) {
  const bool v6 = to.host.find(':') != std::string::npos;
  html << R"(<h2>Shell</h2><pre class="code">psherald emit --to )" << (v6 ? '[' + to.host + ']' : to.host) << ":"
       << to.port << R"( <b>"first record"</b></pre>)";
}

void write_curl(Html& html, const Doors& doors) {
  html << R"(<h2>curl</h2><pre class="code"><i># any program that speaks HTTP: one JSON object a line</i>)"
       << "\ncurl -H 'Content-Type: application/x-ndjson' ";
  if (doors.guarded) html << R"(-H 'Authorization: Bearer <b>TOKEN</b>' )";
  html << "\\\n  --data-binary '{"
       << R"(<b>"message"</b>:<b>"first record"</b>,<b>"system"</b>:<b>"my-program"</b>}' \)"
       << "\n  " << doors.page << "/api/v1/ingest</pre>";
}

void write_cpp(Html& html, const Destination& to) {
  const bool v6 = to.host.find(':') != std::string::npos;
  html << R"(<h2>C++</h2><pre class="code"><i>// libpsherald: a log of its own, passed on when there is somebody</i>)"
       << "\n#include <b>&lt;psherald/psherald.hpp&gt;</b>\n\npsherald::LogStore store{{.path = "
          "<b>\"my.sqlite\"</b>}};\n"
       << "psherald::QueuedSink queue{store};\n"
       << "psherald::Forwarder forwarder{store, queue, {.name = <b>\"log\"</b>, .url = <b>\"http://"
       << (v6 ? '[' + to.host + ']' : to.host) << ":" << to.port << "\"</b>}};\n\npsherald::Record record;\n"
       << "record.message = <b>\"first record\"</b>;\npsherald::RecordBatch batch;\n"
       << "batch.append(record, {.system_id = <b>\"my-program\"</b>}, {});\nqueue.write(std::move(batch), {});</pre>";
}

void write_old(Html& html, const LogStore& store) {
  html
      << R"(<h2>Old database</h2><pre class="code"><i># the records of a ps.herald 1.4.2, a psherald, or a file of text</i>)"
      << "\npsherald import --database " << store.path() << " <b>old/herald.sqlite</b></pre>";
}

void write_place(Html& html, const LogStore& store) {
  html << R"(<section><h2>Where it is kept</h2><p><span class="mono">)" << store.path() << "</span>";
  std::error_code error;
  const auto disk = std::filesystem::space(std::filesystem::path{store.path()}.parent_path() / ".", error);
  if (!error)
    html << ", on a disk with <b>" << Count{static_cast<std::int64_t>(disk.available >> 30)} << "</b> GB of room";
  html << ". Any sqlite3 can read it while it is written.</p></section>";
}

// What went wrong stands in psherald's own records.
void write_trouble(Html& html, const LogStore& store) {
  const auto page = find(store, {.filter = *parse_filter("level>=warning"), .limit = most_troubles});
  html << R"(<section class="trouble"><h2>Nothing comes?</h2><p)" << when(page.batch.size() > 0, " hidden")
       << ">Nothing was refused. What is stands here with its reason.</p><ul>";
  for (const auto& record : page.batch.records())
    html << "<li><b>" << format_local(record.received).substr(11, 8) << "</b> " << record.message << "</li>";
  html << "</ul></section>";
}

void write_steps(Html& html, const LogStore& store, const Destination& to, const Doors& doors) {
  html << R"(<div class="steps">)";
  if (!doors.ingest.empty() && !to.is_unix)
    html
        << R"(<section><h2>From another machine</h2><p><span class="mono">ssh -R )" << to.port << ":" << to.host << ":"
        << to.port
        << R"( there</span> brings it here, or set <span class="mono">listen</span> and a token in psherald.toml.</p></section>)";
  write_place(html, store);
  write_trouble(html, store);
  html << "</div>";
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

Html first_run_page(const LogStore& store, const Doors& doors, Frame frame) {
  Html html;
  frame.title = "psherald is waiting";
  tell_state(frame, store);
  frame.script = "hello.js";
  frame.look_again = true;
  begin_page(html, frame);
  html
      << R"(<div class="hello" id="contents" data-after=")" << store.newest_id()
      << R"("><h1>psherald is running, and nobody has sent a record yet</h1>)"
      << R"(<p>Send one from any program you have. It appears here by itself.</p><div class="wait" role="status"><span class="ring2"></span><p>)";
  if (doors.ingest.empty()) {
    html << "<b>Waiting</b> for what ps_bridge receives";
  } else {
    html << "<b>Listening on " << doors.ingest << "</b> for Python's SocketHandler, and for other psheralds";
  }
  html << R"(</p><a class="btn" href="/">Look again</a></div>)";
  const auto to = destination(doors.ingest);
  if (!doors.ingest.empty()) write_python(html, to);
  if (!doors.ingest.empty() && !to.is_unix) write_shell(html, to);
  if (!doors.page.empty()) write_curl(html, doors);
  if (!doors.ingest.empty() && !to.is_unix) write_cpp(html, to);
  write_old(html, store);
  write_steps(html, store, to, doors);
  write_own_records(html, frame.records);
  html << "</div>";
  end_page(html);
  return html;
}

}  // namespace psherald::page
