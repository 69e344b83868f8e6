#include "page/systems_page.hpp"

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

}  // namespace

Html systems_page(const LogStore& store, std::chrono::milliseconds budget, Frame frame) {
  const auto heard = heard_systems(store, {.budget = budget});
  frame.title = "Systems - psherald";
  frame.records = store.count();
  frame.view = "/systems";
  Html html;
  begin_page(html, frame);
  html << R"(<h1 class="unseen">Systems</h1><div class="bar"><p class="sum"><b>)"
       << Count{static_cast<std::int64_t>(heard.systems.size())}
       << either(heard.systems.size() == 1, "</b> sender", "</b> senders");
  if (heard.coverage.cut) html << " of the newest records";
  html << R"(</p></div><div class="page" id="contents"><section class="card" id="systems"><h2>Systems</h2>)";
  if (heard.systems.empty()) {
    html << "<p>Nobody has sent a record yet.</p>";
  } else {
    html
        << R"(<table class="t systems"><thead><tr><th scope="col">System</th><th scope="col">Host</th><th scope="col" class="c-hide">Part</th>)"
        << R"(<th scope="col" class="c-hide">Product</th><th scope="col">Last record</th><th scope="col" class="num p-hide">Records</th></tr></thead><tbody>)";
    for (const auto& system : heard.systems) write_system(html, system);
    html << "</tbody></table>";
  }
  html << R"(</section><section class="card" id="coming"><h2>Coming in</h2><p><b>)" << Count{frame.records}
       << "</b> records are kept on <b>" << Count{static_cast<std::int64_t>(store.disk_bytes() >> 20)}
       << R"(</b> MB; <b id="dead">)" << Count{store.dead_letter_count()}
       << "</b> frames could not be read and are kept as dead letters.</p></section></div>";
  end_page(html);
  return html;
}

}  // namespace psherald::page
