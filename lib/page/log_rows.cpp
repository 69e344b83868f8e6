#include "page/log_rows.hpp"

#include <algorithm>

#include "page/json_members.hpp"
#include "page/layout.hpp"
#include "record/utf8.hpp"

namespace psherald::page {
namespace {

constexpr std::size_t most_message = 2'048, most_trace = 16'384, most_members = 16, most_attributes = 160;

// The last part of a dotted name.
std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

bool indented(std::string_view line) { return line.starts_with(' '); }

// The line of a traceback that names the exception: below the last lines of code, which are indented. What it says may
// go on for several lines. Source: CPython Lib/traceback.py.
std::string_view exception_line(std::string_view trace) {
  trace = trace.substr(0, trace.find_last_not_of(" \t\r\n") + 1);
  for (auto end = trace.size(); end > 0;) {
    const auto begin = trace.rfind('\n', end - 1) + 1;
    if (begin < 2) break;
    const auto line = trace.substr(begin, end - begin), above = trace.substr(trace.rfind('\n', begin - 2) + 1);
    if (!line.empty() && !indented(line) && indented(above)) return line;
    end = begin - 1;
  }
  return trace.substr(trace.rfind('\n') + 1);
}

// "CarrierUnavailable" of a traceback that ends with "shop.errors.CarrierUnavailable: no answer".
std::string_view exception_type(std::string_view trace) {
  const auto line = exception_line(trace);
  const auto type = last_part(line.substr(0, line.find_first_of(": ")));
  return type.empty() ? std::string_view{"Exception"} : cut_utf8(type, 60);
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
    html_ << R"(<tr class=")" << either(has(record.flags, Flag::gap), "gaprow ", "")
          << level_classes(site.levelname, record.level) << R"(">)";
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
    // Where there is no room for their columns.
    if (!record.exc_text.empty()) write_tag(record.id, exception_type(record.exc_text));
    if (!record.stack_info.empty()) write_tag(record.id, "Stack");
    write_attributes(record.extra);
    html_ << "</td>";
  }

  void write_tag(RecordId id, std::string_view text) {
    html_ << R"( <a class="tag" href="/record/)" << id << R"(">)" << text << "</a>";
  }

  void write_attributes(std::string_view extra) {
    std::string text;
    for (const auto& member : json_members(extra, most_members)) {
      if (text.size() > most_attributes) break;
      ((text += ' ') += member.name) += '=';
      text += cut_utf8(member.value, most_attributes);
    }
    text = without_ansi(text);
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

void write_heading(Html& html, std::string_view day) {
  constexpr std::size_t year = 5;
  html
      << R"(<thead><tr class="heading"><th class="date" scope="col" title=")" << day << R"(">Date <small>)"
      << day.substr(0, day.size() - year)
      << R"(</small></th><th class="lvl" scope="col">Level</th><th class="sys" scope="col">System</th>)"
      << R"(<th class="app" scope="col">App</th><th class="mod" scope="col">Module</th><th class="msg" scope="col">Message</th>)"
      << R"(<th class="exc" scope="col">Exception</th><th class="stk" scope="col">Stack info</th></tr></thead>)";
}

}  // namespace

void write_table(Html& html, const RecordBatch& batch, bool from_end) {
  std::vector<const Record*> shown;
  for (const auto& record : batch.records()) shown.push_back(&record);
  if (from_end) std::reverse(shown.begin(), shown.end());
  html << R"(<table class="htable">)";
  write_heading(html, day_text(format_local(shown.front()->received)));
  html << "<tbody>";
  Rows rows{html, batch};
  for (const auto* record : shown) rows.write(*record);
  html << "</tbody></table>";
}

}  // namespace psherald::page
