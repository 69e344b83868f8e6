#include "watch/alert_json.hpp"

#include <string_view>
#include <utility>

#include "record/json.hpp"
#include "record/utf8.hpp"
#include "watch/incident_rows.hpp"
#include "watch/message_text.hpp"

namespace psherald::watch {
namespace {

class JsonWriter {
 public:
  std::string take() && { return std::move(out_); }
  void open(char bracket) { before(), out_ += bracket, first_ = true; }
  void close(char bracket) { out_ += bracket, first_ = false; }
  void name(std::string_view key) { text(key), out_ += ':', first_ = true; }
  void text(std::string_view value) { before(), append_json_string(out_, value); }
  void raw(std::string_view value) { before(), out_ += value; }
  void member(std::string_view key, std::string_view value) { name(key), text(value); }
  void member(std::string_view key, const char* value) { member(key, std::string_view{value}); }
  void member(std::string_view key, std::int64_t value) { name(key), raw(std::to_string(value)); }

 private:
  void before() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_{};
  bool first_ = true;
};

void write_incident(JsonWriter& json, const Story& story, const Episode& episode) {
  const auto& incident = episode.incident;
  json.open('{');
  json.member("id", incident.id);
  json.member("rule", story.rule.name);
  json.member("rule_kind", name_of(story.rule.kind));
  json.member("key", plain(incident.key));
  json.member("title", plain(incident.title));
  json.member("kind", name_of(episode.kinds.back()));
  json.member("state", phase_name(incident.phase));
  json.member("opened", format_utc(wall(story, incident.opened)));
  json.name("ended");
  incident.is_open() ? json.raw("null") : json.text(format_utc(wall(story, incident.ended)));
  json.member("count", incident.count);
  json.member("opens_24h", static_cast<std::int64_t>(incident.opens.size()));
  json.member("detail", plain(incident.detail));
  json.name("acknowledged");
  incident.acknowledged_by ? json.text(*incident.acknowledged_by) : json.raw("null");
  json.name("fingerprint");
  story.rule.kind == Rule::Kind::first_seen ? json.text(incident.key.substr(0, 16)) : json.raw("null");
  json.close('}');
}

void write_line(JsonWriter& json, const Line& line, bool match) {
  json.open('{');
  json.member("id", line.id);
  json.member("received", format_utc(line.received));
  json.member("level", plain(line.level));
  json.member("system", plain(line.who));
  json.member("where", plain(line.where));
  json.member("message", plain(cut_utf8(line.message, longest_message)));
  json.name("match");
  json.raw(match ? "true" : "false");
  json.close('}');
}

}  // namespace

std::string json_of(const Alert& alert, const std::vector<Story>& stories) {
  constexpr std::size_t most = 100;
  JsonWriter json;
  json.open('{');
  json.member("version", 1);
  json.member("uid", alert.uid);
  json.member("receiver", alert.receiver);
  json.member("kind", name_of(alert.kind));
  json.member("rule", alert.rule);
  json.member("sent", format_utc(alert.at));
  json.member("subject", alert.subject);
  json.member("text", alert.text);
  json.member("total", static_cast<std::int64_t>(alert.total));
  json.member("hushed", stories.empty() ? 0 : static_cast<std::int64_t>(stories.front().hushed));
  json.member("link", alert.link);
  json.name("incidents");
  json.open('[');
  std::size_t count = 0;
  for (const auto& story : stories)
    for (const auto& episode : story.episodes)
      if (++count <= most) write_incident(json, story, episode);
  json.close(']');
  json.name("evidence");
  json.open('{');
  json.name("records");
  json.open('[');
  bool truncated = false;
  for (const auto& story : stories) {
    for (const auto& line : story.matches) write_line(json, line, true);
    for (const auto& line : story.around)
      if (!line.marked || story.matches.empty()) write_line(json, line, line.marked);
    truncated = truncated || story.left_out;
  }
  json.close(']');
  json.name("truncated");
  json.raw(truncated ? "true" : "false");
  json.close('}');
  json.close('}');
  return std::move(json).take();
}

}  // namespace psherald::watch
