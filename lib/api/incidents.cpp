#include "psherald/incidents.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "api/context.hpp"
#include "api/json.hpp"
#include "exchange/cells.hpp"
#include "record/number.hpp"

namespace psherald::api {
namespace {

constexpr std::int64_t most_rows = 1'000, usual_rows = 100;

void append_incident_members(JsonObject& object, std::string& json, const IncidentInfo& info) {
  object.number("id", info.id).text("rule", info.rule).text("key", info.key).text("title", info.title);
  object.text("phase", info.phase).flag("damped", info.calm);
  object.time("opened", info.opened).time("last_true", info.last_true);
  info.ended ? object.time("ended", *info.ended) : object.null("ended");
  object.number("count", info.count).number("openings_24h", info.openings);
  object.number("first_id", info.first_id).number("last_id", info.last_id);
  object.text("detail", info.detail).text("end_reason", info.end_reason);
  if (info.acknowledged_by) {
    object.begin("acknowledged");
    JsonObject{json}.text("by", *info.acknowledged_by).text("note", info.note).end();
  } else {
    object.null("acknowledged");
  }
  object.number("reminders", std::int64_t{info.reminders}).flag("escalated", info.escalated);
  object.begin("told");
  append_list(json, info.told, [&](const std::string& receiver) { exchange::append_json_text(json, receiver); });
}

void append_delivery(std::string& json, const DeliveryInfo& info) {
  JsonObject{json}
      .number("message", info.message)
      .text("uid", info.uid)
      .text("receiver", info.receiver)
      .text("channel", info.channel)
      .text("subject", info.subject)
      .text("state", info.state)
      .number("tries", info.tries)
      .time("at", info.at)
      .text("target", info.target)
      .number("code", info.code)
      .text("detail", info.detail)
      .end();
}

void append_silence(std::string& json, const SilenceInfo& info) {
  JsonObject{json}
      .number("id", info.id)
      .text("rule", info.rule)
      .text("key", info.key)
      .text("query", info.query)
      .time("from", info.from)
      .time("until", info.until)
      .text("author", info.author)
      .text("reason", info.reason)
      .end();
}

void append_span(JsonObject& object, std::string_view name, std::optional<std::chrono::microseconds> span) {
  span ? object.number(name, std::int64_t{span->count()}) : object.null(name);
}

std::size_t limit_of(const Asked& asked) {
  return static_cast<std::size_t>(asked.number("limit", usual_rows, 1, most_rows));
}

/// Of /api/v1/incidents/4711 and /api/v1/incidents/4711/ack; 0: that is the number of none.
std::int64_t id_of(const HttpRequest& request, std::string_view before) {
  const auto rest = std::string_view{request.path}.substr(before.size());
  return std::max<std::int64_t>(parse_number<std::int64_t>(rest.substr(0, rest.find('/'))).value_or(0), 0);
}
std::int64_t incident_id(const HttpRequest& request) { return id_of(request, "/api/v1/incidents/"); }

[[noreturn]] void refuse_unknown(std::string_view what) { refuse(404, "not_found", what); }

std::vector<Rule> known_rules(const Context& context) { return context.rules ? context.rules() : std::vector<Rule>{}; }

const Rule* find_rule(const std::vector<Rule>& rules, std::string_view name) {
  const auto found = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

void append_rule_members(JsonObject& object, const Rule* rule) {
  rule ? object.text("kind", name_of(rule->kind)) : object.null("kind");
  rule ? object.text("condition", rule->condition) : object.null("condition");
}

/// A list without pages.
template <class List, class Append>
HttpResponse listed(std::string_view name, Clock::time_point begun, const List& all, Append append) {
  std::string json;
  JsonObject object{json};
  object.begin(name);
  append_list(json, all, [&](const auto& row) { append(json, row); });
  append_coverage(object, {}, begun);
  object.end();
  return json_response(std::move(json));
}

}  // namespace

HttpResponse incidents(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 4> names{"state", "rule", "limit", "before"};
  constexpr std::array<std::string_view, 2> states{"open", "all"};
  const auto begun = Clock::now();
  const Asked asked{request, names};
  IncidentQuery query;
  query.open_only = asked.word("state", states) == "open";
  query.rule = asked.text("rule").value_or("");
  query.below = asked.number("before", 0, 0, std::numeric_limits<std::int64_t>::max());
  query.limit = limit_of(asked) + 1;  // one more tells whether there is a next page
  auto all = context.readers.with([&](const LogStore& reader) { return psherald::incidents(reader, query); });
  const bool more = all.size() == query.limit;
  if (more) all.pop_back();
  std::string json;
  JsonObject object{json};
  object.begin("incidents");
  append_list(json, all, [&](const IncidentInfo& info) {
    JsonObject one{json};
    append_incident_members(one, json, info);
    one.end();
  });
  more ? object.number("next", all.back().id) : object.null("next");
  append_coverage(object, {}, begun);
  object.end();
  return json_response(std::move(json));
}

HttpResponse incident(Context& context, const HttpRequest& request) {
  const Asked asked{request, {}};
  const auto id = incident_id(request);
  return context.readers.with([&](const LogStore& reader) {
    if (id == 0) refuse_unknown("an incident is named by its number");
    const auto found = psherald::incidents(reader, {.open_only = false, .id = id});
    if (found.empty()) refuse_unknown("there is no incident of that number, or it was forgotten because of its age");
    std::string json;
    JsonObject object{json};
    append_incident_members(object, json, found.front());
    object.begin("deliveries");
    append_list(json, psherald::deliveries(reader, most_rows, id),
                [&](const DeliveryInfo& info) { append_delivery(json, info); });
    object.end();
    return json_response(std::move(json));
  });
}

HttpResponse acknowledge(Context& context, const HttpRequest& request, const std::string& who) {
  constexpr std::array<std::string_view, 1> names{"note"};
  const Asked asked{request, names};
  const auto id = incident_id(request);
  const auto note = asked.remark("note");
  bool open = false;
  if (id > 0) change_store(context, [&](LogStore& store) { open = psherald::acknowledge(store, id, who, note); });
  if (!open) refuse_unknown("there is no open incident of that number");
  std::string json;
  JsonObject{json}.text("by", who).text("note", note).end();
  return json_response(std::move(json));
}

HttpResponse silences(Context& context, const HttpRequest& request) {
  const auto begun = Clock::now();
  const Asked asked{request, {}};
  const auto all = context.readers.with([](const LogStore& reader) { return psherald::silences(reader); });
  return listed("silences", begun, all, append_silence);
}

HttpResponse silence(Context& context, const HttpRequest& request, const std::string& who) {
  constexpr std::array<std::string_view, 6> names{"rule", "key", "query", "for", "until", "reason"};
  const Asked asked{request, names};
  static_cast<void>(asked.filter("query"));  // says best what is wrong with it
  SilenceInfo what;
  what.rule = asked.remark("rule");
  what.key = asked.remark("key");
  what.query = asked.text("query").value_or("");
  what.reason = asked.remark("reason");
  what.author = who;
  const auto duration = asked.duration("for");
  const auto until = asked.time("until");
  if (duration.has_value() == until.has_value())
    refuse(400, "bad_parameter", "\"for\" or \"until\" has to be given: a silence has an end");
  std::string json;
  change_store(context, [&](LogStore& store) {
    try {
      const auto id = duration ? silence_for(store, what, *duration) : silence_until(store, what, *until);
      for (const auto& info : psherald::silences(store))
        if (info.id == id) append_silence(json, info);
    } catch (const Error& error) {
      if (error.code() != Errc::bad_config) throw;
      refuse(400, "bad_parameter", error.what());
    }
  });
  return json_response(std::move(json));
}

HttpResponse end_silence(Context& context, const HttpRequest& request) {
  const Asked asked{request, {}};
  const auto id = id_of(request, "/api/v1/silences/");
  bool there = false;
  if (id > 0) change_store(context, [&](LogStore& store) { there = psherald::end_silence(store, id); });
  if (!there) refuse_unknown("there is no silence of that number that lasts");
  return json_response("{}");
}

HttpResponse rules(Context& context, const HttpRequest& request) {
  const auto begun = Clock::now();
  const Asked asked{request, {}};
  const auto known = known_rules(context);
  const auto all = context.readers.with([](const LogStore& reader) { return rule_states(reader); });
  return listed("rules", begun, all, [&](std::string& json, const RuleInfo& info) {
    JsonObject one{json};
    one.text("name", info.name).text("health", info.health).number("keys", info.keys).number("open", info.open);
    append_rule_members(one, find_rule(known, info.name));
    one.end();
  });
}

HttpResponse senders(Context& context, const HttpRequest& request) {
  const auto begun = Clock::now();
  const Asked asked{request, {}};
  const auto known = known_rules(context);
  const auto all = context.readers.with([&](const LogStore& reader) { return psherald::senders(reader, known); });
  return listed("senders", begun, all, [&](std::string& json, const SenderInfo& info) {
    JsonObject one{json};
    one.text("rule", info.rule).text("key", info.key);
    one.begin("fields");
    json += info.fields;
    one.text("state", info.state);
    one.number("records", info.records).time("last", info.last);
    append_rule_members(one, find_rule(known, info.rule));
    append_span(one, "usual_interval_us", info.usual_interval);
    append_span(one, "longest_silence_us", info.longest_silence);
    one.number("false_alarms", std::uint64_t{info.false_alarms}).end();
  });
}

HttpResponse retire_sender(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 2> names{"rule", "key"};
  const Asked asked{request, names};
  const std::string rule{asked.text("rule").value_or("")}, key{asked.text("key").value_or("")};
  bool known = false;
  change_store(context, [&](LogStore& store) { known = psherald::retire_sender(store, rule, key); });
  if (!known) refuse_unknown("that rule knows no such sender");
  return json_response("{}");
}

HttpResponse deliveries(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 1> names{"limit"};
  const auto begun = Clock::now();
  const Asked asked{request, names};
  const auto all =
      context.readers.with([&](const LogStore& reader) { return psherald::deliveries(reader, limit_of(asked)); });
  return listed("deliveries", begun, all, append_delivery);
}

}  // namespace psherald::api
