#include "page/layout.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "page/assets.hpp"

namespace psherald::page {
namespace {

// Line icons and the five marks of the levels: shape, colour and word say the same thing.
constexpr Markup sprite{
    R"(<svg class="sprite" aria-hidden="true" focusable="false">)"
    R"(<symbol id="lv-debug" viewBox="0 0 12 12"><circle cx="6" cy="6" r="2" class="fill"/></symbol>)"
    R"(<symbol id="lv-info" viewBox="0 0 12 12"><circle cx="6" cy="6" r="3.6" class="ring"/></symbol>)"
    R"(<symbol id="lv-warning" viewBox="0 0 12 12"><path d="M6 1.2 11.3 10.8H.7z" class="fill"/></symbol>)"
    R"(<symbol id="lv-error" viewBox="0 0 12 12"><rect x="1.2" y="1.2" width="9.6" height="9.6" rx="1" class="fill"/></symbol>)"
    R"(<symbol id="lv-critical" viewBox="0 0 12 12"><path d="M3.7.2h4.6l3.5 3.5v4.6l-3.5 3.5H3.7L.2 8.3V3.7z" class="fill"/><path d="M5.2 2.4h1.6V7H5.2zM5.2 8.1h1.6v1.6H5.2z" class="cut"/></symbol>)"
    R"(<symbol id="i-search" viewBox="0 0 16 16"><path class="line" d="M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM11 11l3.8 3.8"/></symbol>)"
    R"(<symbol id="i-filter" viewBox="0 0 16 16"><path class="line" d="M2 3h12L9.5 8.5V13l-3 1V8.5z"/></symbol>)"
    R"(<symbol id="i-x" viewBox="0 0 16 16"><path class="line" d="m4 4 8 8M12 4l-8 8"/></symbol>)"
    R"(<symbol id="i-star" viewBox="0 0 16 16"><path class="line" d="M8 1.8 9.9 5.9l4.4.5-3.3 3 .9 4.4L8 11.6l-3.9 2.2.9-4.4-3.3-3 4.4-.5z"/></symbol>)"
    R"(<symbol id="i-form" viewBox="0 0 16 16"><path class="line" d="M2 4h12M2 8h12M2 12h7"/></symbol>)"
    R"(<symbol id="i-left" viewBox="0 0 16 16"><path class="line" d="M10 3 5 8l5 5"/></symbol>)"
    R"(<symbol id="i-right" viewBox="0 0 16 16"><path class="line" d="m6 3 5 5-5 5"/></symbol>)"
    R"(<symbol id="i-down" viewBox="0 0 16 16"><path class="line" d="m4 6 4 4 4-4"/></symbol>)"
    R"(<symbol id="i-clock" viewBox="0 0 16 16"><path class="line" d="M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM8 4.5V8l2.5 1.8"/></symbol>)"
    R"(<symbol id="i-play" viewBox="0 0 16 16"><path class="solid" d="M4 2.5v11l9-5.5z"/></symbol>)"
    R"(<symbol id="i-pause" viewBox="0 0 16 16"><path class="solid" d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z"/></symbol>)"
    R"(<symbol id="i-copy" viewBox="0 0 16 16"><path class="line" d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"/></symbol>)"
    R"(<symbol id="i-stack" viewBox="0 0 16 16"><path class="line" d="M3 4h10M3 8h7M3 12h4"/></symbol>)"
    R"(<symbol id="i-ok" viewBox="0 0 16 16"><path class="line" d="m3 8.5 3.4 3.4L13 4.5"/></symbol>)"
    R"(<symbol id="i-theme" viewBox="0 0 16 16"><path class="line" d="M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12z"/><path class="solid" d="M8 2a6 6 0 0 1 0 12z"/></symbol>)"
    R"(<symbol id="logo" viewBox="0 0 20 20"><path class="solid" d="M2 1h2.2v18H2z"/><path class="solid" d="M6 2h12l-3 2.8L18 7.6H6z"/><path class="line" d="M7 11.5h9M7 14.7h6.5M7 17.9h8"/></symbol></svg>)"};

bool is_class_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

struct View {
  Markup path, name;
};
constexpr std::array views{View{"/", "Logs"}, View{"/patterns", "Patterns"}, View{"/systems", "Systems"}};

void write_badge(Html& html, const Frame& frame) {
  if (frame.open_incidents == 0) return;
  html << R"(<span class="badge)" << when(frame.new_incidents == 0, " known") << R"(" title=")" << frame.open_incidents
       << " open, " << frame.new_incidents << R"( not acknowledged">)";
  write_level_mark(html, frame.new_incidents > 0 ? Level::error : Level::warning);
  html << frame.open_incidents << R"(<span class="unseen"> open incidents</span></span>)";
}

void write_views(Html& html, const Frame& frame) {
  html << R"(<nav class="views" aria-label="Views">)";
  for (const auto& view : views) {
    html << R"(<a href=")" << view.path << Value{frame.query} << R"(")"
         << when(view.path.text() == frame.view, R"( aria-current="page")") << ">" << view.name;
    if (view.path.text() == "/systems") write_badge(html, frame);
    html << "</a>";
  }
  html << "</nav>";
}

}  // namespace

std::string asset_address(std::string_view name) {
  const auto all = assets();
  const auto path = "/static/" + std::string{name};
  const auto found = std::find_if(all.begin(), all.end(), [&](const Asset& asset) { return asset.path == path; });
  return path + "?v=" + std::string{found->etag.substr(1, found->etag.size() - 2)};
}

void begin_page(Html& html, const Frame& frame) {
  html
      << R"(<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">)"
      << R"(<meta name="color-scheme" content="light dark"><title>)" << frame.title << "</title>"
      << R"(<link rel="icon" type="image/svg+xml" href=")" << Value{asset_address("favicon.svg")}
      << R"("><link rel="stylesheet" href=")" << Value{asset_address("page.css")} << R"("><script type="module" src=")"
      << Value{asset_address(frame.script.text())} << R"("></script>)";
  if (frame.look_again) html << R"(<noscript><meta http-equiv="refresh" content="3"></noscript>)";
  html
      << "</head><body>" << sprite << R"(<a class="skip" href="#contents">Skip to the contents</a><header class="top">)"
      << R"(<a class="brand" href="/"><svg class="logo" aria-hidden="true"><use href="#logo"/></svg><span>psherald</span></a>)";
  write_views(html, frame);
  html << R"(<p class="pulse">)";
  if (frame.records >= 0) html << "<b>" << Count{frame.records} << "</b> records";
  if (frame.records_a_second > 0) html << ", <b>" << Count{frame.records_a_second} << "</b>/s";
  html << "</p>";
  if (frame.clean_after_days >= 0)
    html << R"(<a class="btn quiet" href="/rm_logs">Clean &gt; )" << frame.clean_after_days << " days</a>";
  if (!frame.user.empty())
    html << R"(<form class="user" action="/logout" method="post"><button class="btn quiet" title="Logged in as )"
         << Value{frame.user} << R"(">Log out</button></form>)";
  html << R"(</header><main>)";
}

void end_page(Html& html) { html << "</main></body></html>\n"; }

Html message_page(std::string_view title, std::string_view sentence, std::string_view advice) {
  Html html;
  begin_page(html, {title});
  html << R"(<div class="hello" id="contents"><h1>)" << sentence << "</h1><p>" << advice
       << R"(</p><div class="acts"><a class="btn" href="/">To the records</a></div></div>)";
  end_page(html);
  return html;
}

Markup level_band(Level level) {
  if (level >= Level::critical) return "critical";
  if (level >= Level::error) return "error";
  if (level >= Level::warning) return "warning";
  if (level >= Level::info) return "info";
  return "debug";
}

std::string level_text(std::string_view name, Level level) {
  return name.empty() ? level_name(level) : std::string{name};
}

std::string level_classes(std::string_view name, Level level) {
  constexpr std::size_t longest = 32;
  const std::string word = lower(level_text(name, level)), band{level_band(level).text()};
  const bool safe = word.size() <= longest && std::all_of(word.begin(), word.end(), is_class_char);
  return safe && word != band ? word + ' ' + band : band;
}

void write_level_mark(Html& html, Level level) {
  html << R"(<svg class="lv" aria-hidden="true"><use href="#lv-)" << level_band(level) << R"("/></svg>)";
}

std::string day_text(std::string_view local_time) {
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto date = local_time.substr(0, 10);
  std::size_t month = 0;
  if (date.size() == 10) std::from_chars(date.data() + 5, date.data() + 7, month);
  if (month < 1 || month > months.size()) return std::string{date};
  const auto day = date.substr(date[8] == '0' ? 9 : 8);
  return std::string{day} + ' ' + months[month - 1] + ' ' + std::string{date.substr(0, 4)};
}

}  // namespace psherald::page
