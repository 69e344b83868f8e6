#include "page/systems_page.hpp"

#include <algorithm>
#include <array>

#include "page/head.hpp"
#include "page/incidents_page.hpp"
#include "page/traffic.hpp"
#include "psherald/incidents.hpp"
#include "psherald/query.hpp"

namespace psherald::page {
namespace {

void write_name(Html& html, Markup name, const std::string& value) {
  html << R"(<td class=")" << name << R"(">)" << value << "</td>";
}

void write_system(Html& html, const HeardSystem& system) {
  html << "<tr>";
  write_name(html, "mono", system.system.empty() ? std::string{"None"} : system.system);
  write_name(html, "mono", system.subsystem);
  write_name(html, "mono c-hide", system.subsubsystem);
  write_name(html, "mono c-hide", system.product);
  html << R"(<td class="mono"><a href="/record/)" << system.newest << R"(">)" << format_local(system.last).substr(0, 19)
       << R"(</a></td><td class="num mono p-hide">)" << Count{system.records} << "</td></tr>";
}

void write_systems(Html& html, const std::vector<HeardSystem>& systems) {
  html << R"(<section class="card" id="systems"><h2>Systems</h2>)";
  if (systems.empty()) {
    html << "<p>Nobody has sent a record yet.</p>";
  } else {
    html
        << R"(<table class="t systems"><thead><tr><th scope="col">System</th><th scope="col">Host</th><th scope="col" class="c-hide">Part</th>)"
        << R"(<th scope="col" class="c-hide">Product</th><th scope="col">Last record</th><th scope="col" class="num p-hide">Records</th></tr></thead><tbody>)";
    for (const auto& system : systems) write_system(html, system);
    html << "</tbody></table>";
  }
  html << "</section>";
}

// "12 s", "4 min": what somebody who reads a list wants to know of a time.
void write_span(Html& html, std::chrono::microseconds span) {
  struct Unit {
    std::chrono::microseconds size;
    Markup name;
  };
  constexpr std::array units{Unit{std::chrono::hours{24}, " days"}, Unit{std::chrono::hours{1}, " h"},
                             Unit{std::chrono::minutes{1}, " min"}, Unit{std::chrono::seconds{1}, " s"},
                             Unit{std::chrono::milliseconds{1}, " ms"}};
  const auto unit = std::find_if(units.begin(), units.end() - 1, [&](const Unit& one) { return span >= 2 * one.size; });
  html << Count{span / unit->size} << unit->name;
}

void write_expected(Html& html, const SenderInfo& sender, const std::vector<Rule>& rules) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& one) { return one.name == sender.rule; });
  if (sender.usual_interval) {
    html << "every ";
    write_span(html, *sender.usual_interval);
    html << ", learnt";
  } else if (rule != rules.end() && rule->condition == "due") {
    html << "when " << rule->due << ", listed";
  } else if (rule != rules.end() && rule->condition != "learn") {
    html << "within " << rule->condition << ", listed";
  }
}

void write_senders(Html& html, const LogStore& store, const std::vector<Rule>& rules) {
  const auto all = senders(store, rules);
  if (all.empty()) return;
  html
      << R"(<section class="card" id="senders"><h2>Waited for <small>by rules of heartbeats</small></h2><table class="t"><thead><tr>)"
      << R"(<th scope="col">Sender</th><th scope="col" class="p-hide">Rule</th><th scope="col">State</th><th scope="col">Expected</th>)"
      << R"(<th scope="col" class="c-hide">Last record</th></tr></thead><tbody>)";
  for (const auto& sender : all) {
    html << R"(<tr><td class="mono">)" << sender.key << R"(</td><td class="p-hide">)" << sender.rule << "</td><td>"
         << sender.state << "</td><td>";
    write_expected(html, sender, rules);
    html << R"(</td><td class="mono c-hide">)" << format_local(sender.last).substr(0, 19) << "</td></tr>";
  }
  html << "</tbody></table></section>";
}

void write_coming(Html& html, const LogStore& store, const Frame& frame) {
  html << R"(<section class="card" id="coming"><h2>Coming in <small>)" << Count{frame.records_a_second}
       << " records a second</small></h2><p><b>" << Count{frame.records} << "</b> records are kept on <b>"
       << Count{static_cast<std::int64_t>(store.disk_bytes() >> 20)} << R"(</b> MB; <b id="dead">)"
       << Count{store.dead_letter_count()} << "</b> frames could not be read and are kept as dead letters.</p>";
  write_refused(html, store);
  html << "</section>";
}

}  // namespace

Html systems_page(const LogStore& store, const std::vector<Rule>& rules, std::string_view token,
                  std::chrono::milliseconds budget, Frame frame) {
  const auto heard = heard_systems(store, {.budget = budget});
  frame.title = "Systems - psherald";
  tell_state(frame, store);
  frame.view = "/systems";
  frame.script = "systems.js";
  Html html;
  begin_page(html, frame);
  html << R"(<h1 class="unseen">Systems</h1><div class="bar"><p class="sum"><b>)"
       << Count{static_cast<std::int64_t>(heard.systems.size())}
       << either(heard.systems.size() == 1, "</b> sender", "</b> senders");
  if (heard.coverage.cut) html << " of the newest records";
  html << R"(</p></div><div class="page" id="contents">)";
  write_incidents(html, store, token);
  write_systems(html, heard.systems);
  write_senders(html, store, rules);
  html << R"(<div class="two">)";
  write_coming(html, store, frame);
  write_destinations(html, store);
  html << "</div></div>";
  end_page(html);
  return html;
}

}  // namespace psherald::page
