#include "page/incidents_page.hpp"

#include <algorithm>
#include <array>

#include "page/head.hpp"
#include "psherald/incidents.hpp"
#include "psherald/query.hpp"
#include "record/utf8.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t most_open = 100, longest_remark = 500, longest_evidence = 300, most_deliveries = 50;

struct SilenceTime {
  std::string_view name;
  Markup text;
  std::chrono::hours duration;
};
constexpr std::array silence_times{SilenceTime{"1h", "1 hour", std::chrono::hours{1}},
                                   SilenceTime{"4h", "4 hours", std::chrono::hours{4}},
                                   SilenceTime{"1d", "1 day", std::chrono::hours{24}}};

std::string time_text(Timestamp time) { return format_local(time).substr(0, 16); }

bool is_open(const IncidentInfo& info) { return info.phase == "pending" || info.phase == "firing"; }

void write_state(Html& html, const IncidentInfo& info) {
  const bool bad = info.phase == "firing" && !info.acknowledged_by;
  html << R"(<span class="state )" << either(bad, "bad", either(is_open(info), "meh", "good")) << R"(">)";
  if (is_open(info)) {
    write_level_mark(html, bad ? Level::error : Level::warning);
    html << either(info.phase == "pending", "pending since ", either(bad, "open since ", "taken care of, since "))
         << time_text(info.opened);
  } else {
    html << "over since " << time_text(info.ended.value_or(info.last_true));
  }
  html << "</span>";
}

void write_told(Html& html, const IncidentInfo& info) {
  if (info.told.empty()) {
    html << ". Nobody was told";
    return;
  }
  html << ". Told: ";
  for (const auto& receiver : info.told) html << when(&receiver != &info.told.front(), ", ") << receiver;
  if (info.reminders > 0) html << ", reminded " << info.reminders << either(info.reminders == 1, " time", " times");
  if (info.escalated) html << ", escalated";
}

void write_story(Html& html, const IncidentInfo& info) {
  html << "<p>Rule <b>" << info.rule << "</b>";
  if (!info.key.empty() && info.key != info.title) html << R"(, key <span class="mono">)" << info.key << "</span>";
  html << ", " << Count{info.count} << either(info.count == 1, " record", " records");
  if (info.openings > 1) html << ", opened " << Count{info.openings} << " times within a day";
  if (!info.detail.empty()) html << ": " << info.detail;
  write_told(html, info);
  if (info.acknowledged_by) {
    html << ". <b>" << *info.acknowledged_by << "</b> takes care of it";
    if (!info.note.empty()) html << ": " << info.note;
  }
  html << ".</p>";
}

// The last record that it is about, as a line.
void write_evidence(Html& html, const LogStore& store, RecordId id) {
  if (id == 0) return;
  const auto page = find(store, {.order = Order::oldest_first, .limit = 1, .cursor = id - 1});
  if (page.batch.size() == 0 || page.batch.records()[0].id != id) return;
  const auto& record = page.batch.records()[0];
  const auto& source = page.batch.source(record);
  html << R"(<p class="evidence"><a href="/record/)" << id << R"(">)" << time_text(record.received) << "</a> "
       << level_text(page.batch.site(record).levelname, record.level) << " " << source.system_id << " "
       << source.sub_system_id << " " << without_ansi(cut_utf8(record.message, longest_evidence)) << "</p>";
}

void write_forms(Html& html, const IncidentInfo& info, std::string_view token) {
  const auto begin = [&](Markup action) {
    html << R"(<form method="post" class="acts" action="/incident/)" << info.id << "/" << action
         << R"("><input type="hidden" name="token" value=")" << Value{token} << R"(">)";
  };
  if (!info.acknowledged_by) {
    begin("ack");
    html
        << R"(<input name="note" maxlength="500" placeholder="What is being done" aria-label="Note"><button class="btn small">Acknowledge</button></form>)";
  }
  begin("silence");
  html << R"(<select name="for" aria-label="For how long">)";
  for (const auto& time : silence_times)
    html << R"(<option value=")" << Value{time.name} << R"(">)" << time.text << "</option>";
  html
      << R"(</select><input name="reason" maxlength="500" placeholder="Why" aria-label="Reason"><button class="btn small">Silence</button></form>)";
}

void write_incident(Html& html, const LogStore& store, const IncidentInfo& info, std::string_view token) {
  html << R"(<li class="inc" data-id=")" << info.id << R"(">)";
  write_state(html, info);
  html << R"(<div><h3><a href="/incident/)" << info.id << R"(">)" << (info.title.empty() ? info.rule : info.title)
       << "</a></h3>";
  write_story(html, info);
  write_evidence(html, store, info.last_id);
  html << "</div>";
  if (!token.empty() && is_open(info)) {
    html << R"(<div class="inc-acts">)";
    write_forms(html, info, token);
    html << "</div>";
  }
  html << "</li>";
}

void write_deliveries(Html& html, const std::vector<DeliveryInfo>& all) {
  if (all.empty()) return;
  html
      << R"(<section class="card"><h2>Messages</h2><table class="t"><thead><tr><th scope="col">Time</th><th scope="col">Receiver</th>)"
      << R"(<th scope="col" class="p-hide">Way</th><th scope="col">Subject</th><th scope="col">State</th></tr></thead><tbody>)";
  for (const auto& info : all)
    html << "<tr><td>" << time_text(info.at) << "</td><td>" << info.receiver << R"(</td><td class="p-hide">)"
         << info.channel << "</td><td>" << info.subject << "</td><td>" << info.state << " " << info.detail
         << "</td></tr>";
  html << "</tbody></table></section>";
}

void write_times(Html& html, const IncidentInfo& info) {
  html << R"(<section class="card"><h2>When</h2><dl class="attrs"><dt>opened</dt><dd>)" << format_local(info.opened)
       << "</dd><dt>last true</dt><dd>" << format_local(info.last_true) << "</dd>";
  if (info.ended) html << "<dt>ended</dt><dd>" << format_local(*info.ended) << "</dd>";
  if (!info.end_reason.empty()) html << "<dt>why</dt><dd>" << info.end_reason << "</dd>";
  if (info.first_id > 0)
    html << R"(<dt>first record</dt><dd><a href="/record/)" << info.first_id << R"(">)" << Count{info.first_id}
         << R"(</a>, <a href="/?around=)" << info.first_id << R"(">the log around it</a></dd>)";
  html << "</dl></section>";
}

std::optional<IncidentInfo> find_incident(const LogStore& store, std::int64_t id) {
  auto found = incidents(store, {.open_only = false, .id = id, .limit = 1});
  if (found.empty()) return {};
  return std::move(found.front());
}

std::string remark(const HttpRequest& request, std::string_view name) {
  return std::string{cut_utf8(request.parameter(name).value_or(""), longest_remark)};
}

}  // namespace

void write_incidents(Html& html, const LogStore& store, std::string_view token) {
  const auto open = incidents(store, {.limit = most_open});
  html << R"(<section class="card" id="incidents"><h2>Incidents <small>)"
       << either(open.empty(), "none is open", "open, the newest first") << "</small></h2><ul>";
  for (const auto& info : open) write_incident(html, store, info, token);
  html << "</ul></section>";
}

std::optional<Html> incident_page(const LogStore& store, std::int64_t id, std::string_view token, Frame frame) {
  const auto info = find_incident(store, id);
  if (!info) return {};
  const std::string title = "Incident " + grouped(id) + " - psherald";
  frame.title = title;
  tell_state(frame, store);
  Html html;
  begin_page(html, frame);
  html << R"(<h1 class="unseen">Incident )" << Count{id}
       << R"(</h1><div class="page" id="contents"><section class="card"><h2>Incident )" << Count{id} << "</h2><ul>";
  write_incident(html, store, *info, token);
  html << "</ul></section>";
  write_times(html, *info);
  write_deliveries(html, deliveries(store, most_deliveries, id));
  html << "</div>";
  end_page(html);
  return html;
}

bool acknowledge_as_asked(LogStore& store, std::int64_t id, const HttpRequest& request, const std::string& who) {
  return acknowledge(store, id, who, remark(request, "note"));
}

bool silence_as_asked(LogStore& store, std::int64_t id, const HttpRequest& request, const std::string& who) {
  const auto info = find_incident(store, id);
  const auto asked = request.parameter("for").value_or("");
  const auto time = std::find_if(silence_times.begin(), silence_times.end(),
                                 [&](const SilenceTime& one) { return one.name == asked; });
  if (!info || time == silence_times.end()) return false;
  SilenceInfo what;
  what.rule = info->rule;
  what.key = info->key;
  what.author = who;
  what.reason = remark(request, "reason");
  silence_for(store, what, time->duration);
  return true;
}

}  // namespace psherald::page
