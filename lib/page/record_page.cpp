#include "page/record_page.hpp"

#include <array>
#include <cstdio>
#include <string>

#include "page/head.hpp"
#include "page/json_members.hpp"
#include "psherald/query.hpp"

namespace psherald::page {
namespace {

std::string id_url(RecordId id) { return "/record/" + std::to_string(id); }

// The record beside this one; 0 when there is none.
RecordId neighbour(const LogStore& store, RecordId id, Order order) {
  const auto page = find(store, {.order = order, .limit = 1, .cursor = id});
  return page.batch.records().empty() ? 0 : page.batch.records()[0].id;
}

void write_neighbour(Html& html, Markup text, RecordId id) {
  if (id == 0) {
    html << R"(<span class="btn off">)" << text << "</span>";
  } else {
    html << R"(<a class="btn" href=")" << Value{id_url(id)} << R"(">)" << text << "</a>";
  }
}

std::string seconds(std::chrono::microseconds time) {
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(time.count()) / 1e6);
  return {text.data(), static_cast<std::size_t>(size)};
}

class RecordPage {
 public:
  RecordPage(Html& html, const RecordBatch& batch)
      : html_{html},
        record_{batch.records()[0]},
        source_{batch.source(record_)},
        site_{batch.site(record_)},
        process_{batch.process(record_)} {}

  void write(RecordId newer, RecordId older) {
    html_ << R"(<article id="contents" class="detail )" << level_classes(site_.levelname, record_.level)
          << R"("><header><h1>)";
    write_level_mark(html_, record_.level);
    html_ << level_text(site_.levelname, record_.level) << " <small>record " << Count{record_.id}
          << R"(</small></h1><nav class="group" aria-label="Records beside it">)";
    write_neighbour(html_, "Newer", newer);
    write_neighbour(html_, "Older", older);
    html_ << R"(</nav><a class="btn" href="/?around=)" << record_.id << R"(">In the log</a></header>)";
    html_ << R"(<section><pre class="message">)" << record_.message << "</pre>";
    write_clocks();
    html_ << "</section>";
    write_text("Traceback", "tb", record_.exc_text);
    write_text("Stack info", "tb plain", record_.stack_info);
    write_attributes();
    write_extra();
    html_ << "</article>";
  }

 private:
  void write_clocks() {
    html_ << R"(<dl class="clocks"><dt>received</dt><dd>)" << format_local(record_.received) << R"( <span class="dim">)"
          << format_utc(record_.received) << "</span></dd>";
    if (record_.created) {
      const auto behind = record_.received - *record_.created;
      html_ << "<dt>sent</dt><dd>" << format_local(*record_.created) << R"( <span class="dim">)"
            << seconds(std::chrono::abs(behind))
            << either(behind.count() < 0, " s after it was received, by the sender's clock",
                      " s before, by the sender's clock")
            << "</span></dd>";
    }
    html_ << "</dl>";
  }

  void write_text(Markup title, Markup name, std::string_view text) {
    if (!text.empty())
      html_ << "<section><h2>" << title << R"(</h2><pre class=")" << name << R"(">)" << text << "</pre></section>";
  }

  void attribute(Markup name, std::string_view value) {
    if (!value.empty()) html_ << "<dt>" << name << "</dt><dd>" << value << "</dd>";
  }
  void attribute(Markup name, std::optional<std::int64_t> value) {
    if (value) attribute(name, std::to_string(*value));
  }

  void write_attributes() {
    html_ << R"(<section><h2>Attributes</h2><dl class="attrs">)";
    attribute("system_id", source_.system_id);
    attribute("sub_system_id", source_.sub_system_id);
    attribute("sub_sub_system_id", source_.sub_sub_system_id);
    attribute("produkt_id", source_.produkt_id);
    attribute("user_spec_1", source_.user_spec_1);
    attribute("user_spec_2", source_.user_spec_2);
    attribute("api_version", source_.api_version);
    attribute("logger", site_.name);
    attribute("level", std::to_string(static_cast<int>(record_.level)));
    attribute("module", site_.module);
    attribute("function", site_.funcname);
    attribute("line", site_.lineno);
    attribute("file", site_.pathname.empty() ? site_.filename : site_.pathname);
    attribute("package_version", site_.package_version);
    attribute("process", process_.process);
    attribute("process_name", process_.process_name);
    attribute("thread", process_.thread);
    attribute("thread_name", process_.thread_name);
    if (record_.relative) attribute("since start", seconds(*record_.relative) + " s");
    html_ << "</dl></section>";
  }

  void write_extra() {
    const auto members = json_members(record_.extra);
    if (members.empty()) return;
    html_ << R"(<section><h2>Its own attributes</h2><dl class="attrs extra">)";
    for (const auto& member : members) html_ << "<dt>" << member.name << "</dt><dd>" << member.value << "</dd>";
    html_ << "</dl></section>";
  }

  Html& html_;
  const Record& record_;
  const Source& source_;
  const Site& site_;
  const Process& process_;
};

}  // namespace

std::optional<Html> record_page(const LogStore& store, RecordId id, Frame frame) {
  const auto page = find(store, {.order = Order::oldest_first, .limit = 1, .cursor = id - 1});
  if (page.batch.records().empty() || page.batch.records()[0].id != id) return {};
  Html html;
  const std::string title = "Record " + grouped(id) + " - psherald";
  frame.title = title;
  tell_state(frame, store);
  begin_page(html, frame);
  RecordPage{html, page.batch}.write(neighbour(store, id, Order::oldest_first),
                                     neighbour(store, id, Order::newest_first));
  end_page(html);
  return html;
}

}  // namespace psherald::page
