#include "page/removal.hpp"

#include <algorithm>

#include "page/head.hpp"
#include "psherald/query.hpp"
#include "sink/waiting.hpp"

namespace psherald::page {
namespace {

std::optional<Record> first_behind(const LogStore& store, RecordId id) {
  const auto page = find(store, {.order = Order::oldest_first, .limit = 1, .cursor = id});
  if (page.batch.records().empty()) return {};
  return page.batch.records()[0];
}

}  // namespace

std::int64_t count_before(const LogStore& store, Timestamp time) {
  const auto oldest = first_behind(store, 0);
  if (!oldest || oldest->received >= time) return 0;
  // Ids and receive times rise together: halve the range between one that is too old and one that is not.
  RecordId old = oldest->id, young = store.newest_id() + 1;
  while (young - old > 1) {
    const RecordId middle = old + (young - old) / 2;
    const auto record = first_behind(store, middle - 1);
    if (record && record->received < time) {
      old = std::max(middle, record->id);
    } else {
      young = middle;
    }
  }
  return std::min(store.count(), old - oldest->id + 1);
}

bool remove_old(LogStore& store, QueuedSink& writer, const std::function<Retention()>& keep,
                std::chrono::milliseconds budget) {
  using std::chrono::milliseconds;
  const auto end = std::chrono::steady_clock::now() + budget;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now());
    const auto kept = keep();
    bool more = false;
    run_on(writer, [&] { more = store.prune(kept, std::clamp(left, milliseconds{0}, milliseconds{20})).more; });
    if (!more) return true;
    if (left <= milliseconds{0}) return false;
  }
}

Html kept_page(std::int64_t records) {
  return message_page("Clean up - psherald",
                      "About " + grouped(records) + (records == 1 ? " old record was" : " old records were") + " kept",
                      "A destination that they are passed on to has not had them yet. Those that it did not wait for "
                      "are removed.");
}

Html confirm_page(const LogStore& store, Timestamp before, std::string_view token, Frame frame) {
  const auto count = count_before(store, before);
  Html html;
  frame.title = "Clean up - psherald";
  tell_state(frame, store);
  begin_page(html, frame);
  html << R"(<div class="hello" id="contents">)";
  if (count == 0) {
    html << "<h1>Nothing to remove</h1><p>None of " << Count{frame.records} << " records is older than "
         << frame.clean_after_days << R"( days.</p><div class="acts"><a class="btn" href="/">To the records</a></div>)";
  } else {
    html
        << "<h1>Remove records older than " << frame.clean_after_days << " days?</h1><p>That is about <b>"
        << Count{count} << "</b> of " << Count{frame.records} << " records: those received before "
        << format_local(before).substr(0, 16)
        << R"(. They cannot be brought back.</p><form class="acts" action="/rm_logs" method="post"><input type="hidden" name="token" value=")"
        << Value{token}
        << R"("><button class="btn danger">Remove them</button><a class="btn" href="/">Keep everything</a></form>)";
  }
  html << "</div>";
  end_page(html);
  return html;
}

}  // namespace psherald::page
