#include "cli/incidents.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/selecting.hpp"
#include "cli/service.hpp"
#include "cli/watch.hpp"
#include "config/values.hpp"
#include "psherald/incidents.hpp"
#include "record/number.hpp"
#include "watch/condition.hpp"
#include "watch/message_text.hpp"
#include "watch/telling.hpp"

namespace psherald::cli {
namespace {

const std::vector<Option> usual_options{{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
                                        {0, "database", "FILE", "the database file"}};

std::vector<Option> with(std::vector<Option> own) {
  auto all = usual_options;
  all.insert(all.end(), own.begin(), own.end());
  return all;
}

const Option format_option{0, "format", "FORM", "table, json, ndjson or csv"};

Config config_of(const Arguments& arguments) { return load_config(config_sources(arguments, {})); }

std::int64_t number_of(const std::string& text, const char* what) {
  const auto number = parse_number<std::int64_t>(text);
  if (!number || *number < 1)
    throw UsageError{"\"" + text + "\" is no number of " + what + "; psherald incidents lists them"};
  return *number;
}

std::string user_name() {
  for (const char* variable : {"SUDO_USER", "USER", "LOGNAME"})
    if (const char* name = std::getenv(variable); name && *name) return name;
  return "user " + std::to_string(::getuid());
}

FieldValue text_or_none(const std::string& text) { return text.empty() ? FieldValue{} : FieldValue{text}; }
FieldValue span_or_none(const std::optional<std::chrono::microseconds>& span) {
  return span ? FieldValue{watch::duration_text(*span)} : FieldValue{};
}

}  // namespace

Usage incidents_usage() {
  return {"psherald incidents", "Lists what the watchdog has found and is not over.",
          with({{0, "all", "", "those that are over, too"},
                {0, "rule", "NAME", "of this rule only"},
                {0, "limit", "N", "at most so many, 100 unless given"},
                format_option}),
          "", "  psherald incidents\n  psherald incidents --all --rule alive --format json\n"};
}

int incidents(const Arguments& arguments, const std::string&) {
  const auto output = output_options(arguments, Format::table, Of::rows);
  IncidentQuery query;
  query.open_only = !arguments.has("all");
  query.rule = arguments.value("rule").value_or("");
  if (const auto limit = arguments.value("limit"))
    query.limit = static_cast<std::size_t>(number_of(*limit, "incidents"));
  const auto store = open_to_look(config_of(arguments).store);
  RowWriter writer{stdout, {"id", "rule", "key", "state", "opened", "ended", "count", "acknowledged", "told"}, output};
  for (const auto& info : psherald::incidents(store, query)) {
    std::string told;
    for (const auto& name : info.told) told += (told.empty() ? "" : ", ") + name;
    writer.write({info.id, info.rule, text_or_none(info.title), std::string{info.calm ? "damped" : info.phase},
                  info.opened, info.ended ? FieldValue{*info.ended} : FieldValue{}, info.count,
                  info.acknowledged_by ? FieldValue{*info.acknowledged_by} : FieldValue{}, text_or_none(told)});
  }
  writer.end();
  return EX_OK;
}

Usage ack_usage() {
  return {"psherald ack",
          "Says that somebody takes care of an incident: no reminders and no escalation until it is over.",
          with({{0, "note", "TEXT", "what is being done"}, {0, "by", "NAME", "who; without it the user's name"}}),
          "ID...", "  psherald ack 41\n  psherald ack 41 --note \"disk ordered\"\n"};
}

int ack(const Arguments& arguments, const std::string&) {
  if (arguments.operands().empty()) throw UsageError{"name the incident; psherald incidents lists them"};
  LogStore store{config_of(arguments).store};
  int result = EX_OK;
  for (const auto& text : arguments.operands()) {
    const auto id = number_of(text, "incidents");
    if (acknowledge(store, id, arguments.value("by").value_or(user_name()), arguments.value("note").value_or(""))) {
      std::printf("incident %lld is acknowledged\n", static_cast<long long>(id));
      continue;
    }
    std::fprintf(stderr, "psherald ack: there is no open incident %lld\n", static_cast<long long>(id));
    result = 1;
  }
  return result;
}

Usage silence_usage() {
  return {"psherald silence",
          "Keeps the watchdog from telling: what still goes on afterwards is told then. Without options, the list.",
          with({{0, "rule", "NAME", "what this rule finds"},
                {0, "key", "KEY", "what is found for this key"},
                {0, "where", "QUERY", "keys whose fields match"},
                {0, "for", "DURATION", "for so long, such as 2h"},
                {0, "until", "TIME", "until then, such as 2026-12-24T08:00"},
                {0, "reason", "TEXT", "why"},
                {0, "by", "NAME", "who; without it the user's name"},
                {0, "end", "ID", "end this one now"},
                format_option}),
          "",
          "  psherald silence --rule alive --key shop --for 2h --reason \"new disk\"\n"
          "  psherald silence --where \"host:h1\" --until 2026-12-24T08:00\n"
          "  psherald silence --end 3\n"};
}

namespace {

int list_silences(const LogStore& store, const OutputOptions& output) {
  RowWriter writer{stdout, {"id", "rule", "key", "where", "until", "author", "reason"}, output};
  for (const auto& info : silences(store))
    writer.write({info.id, text_or_none(info.rule), text_or_none(info.key), text_or_none(info.query), info.until,
                  info.author, text_or_none(info.reason)});
  writer.end();
  return EX_OK;
}

}  // namespace

int silence(const Arguments& arguments, const std::string&) {
  const auto config = config_of(arguments);
  if (const auto id = arguments.value("end")) {
    LogStore store{config.store};
    if (end_silence(store, number_of(*id, "silences"))) return std::printf("silence %s is over\n", id->c_str()), EX_OK;
    throw Failure{1, "there is no silence " + *id + " that lasts"};
  }
  SilenceInfo what;
  what.rule = arguments.value("rule").value_or("");
  what.key = arguments.value("key").value_or("");
  what.query = arguments.value("where").value_or("");
  what.reason = arguments.value("reason").value_or("");
  what.author = arguments.value("by").value_or(user_name());
  const auto duration = arguments.value("for"), until = arguments.value("until");
  if (!duration && !until && what.rule.empty() && what.key.empty() && what.query.empty())
    return list_silences(open_to_look(config.store), output_options(arguments, Format::table, Of::rows));
  if (duration.has_value() == until.has_value())
    throw UsageError{"say --for DURATION or --until TIME: a silence has an end"};
  LogStore store{config.store};
  std::int64_t id = 0;
  if (duration) {
    const auto span = parse_duration(*duration);
    if (!span) throw UsageError{"--for: " + span.error().text};
    id = silence_for(store, what, *span);
  } else {
    const auto time = parse_local(*until);
    if (!time) throw UsageError{"--until: \"" + *until + "\" is no time; write 2026-12-24T08:00"};
    id = silence_until(store, what, *time);
  }
  std::printf("silence %lld\n", static_cast<long long>(id));
  return EX_OK;
}

Usage senders_usage() {
  return {"psherald senders", "Lists who is waited for, by which rule, and what was learnt of them.",
          with({{0, "retire", "KEY", "no longer wait for this one, until it speaks; --rule says by which rule"},
                {0, "rule", "NAME", "of this rule only"},
                format_option}),
          "", "  psherald senders\n  psherald senders --rule learnt --retire h1/shop\n"};
}

int senders(const Arguments& arguments, const std::string&) {
  const auto config = config_of(arguments);
  const auto rule = arguments.value("rule");
  if (const auto key = arguments.value("retire")) {
    if (!rule) throw UsageError{"--retire needs --rule: which rule no longer waits for " + *key};
    LogStore store{config.store};
    if (!retire_sender(store, *rule, *key)) throw Failure{1, "rule " + *rule + " knows no " + *key};
    return std::printf("%s is retired\n", key->c_str()), EX_OK;
  }
  const auto output = output_options(arguments, Format::table, Of::rows);
  const auto known = find_rules(config);
  const auto store = open_to_look(config.store);
  RowWriter writer{stdout, {"rule", "key", "state", "records", "last", "usual", "longest", "false_alarms"}, output};
  for (const auto& info : psherald::senders(store, known ? known->options.rules : std::vector<Rule>{})) {
    if (rule && *rule != info.rule) continue;
    writer.write({info.rule, info.key, info.state, info.records, info.last, span_or_none(info.usual_interval),
                  span_or_none(info.longest_silence), static_cast<std::int64_t>(info.false_alarms)});
  }
  writer.end();
  return EX_OK;
}

// ---- rules

Usage rules_usage() {
  return {"psherald rules", "Lists the rules, or explains one with all that it does not say itself.",
          with({format_option}), "[explain NAME]", "  psherald rules\n  psherald rules explain \"disk full\"\n"};
}

namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

std::string in_words(const watch::Condition& condition) {
  const auto& rule = condition.rule;
  switch (rule.kind) {
    case Rule::Kind::heartbeat:
      if (condition.learn) return "tells when nothing comes for longer than ever before, once it knows the sender";
      if (condition.due)
        return "tells when nothing has come " + watch::duration_text(rule.grace) + " after it was due (" + rule.due +
               ")";
      return "tells when nothing comes for more than " + watch::duration_text(condition.age + rule.grace) +
             (rule.hours.empty() ? "" : ", counted in " + rule.hours);
    case Rule::Kind::pattern: return "tells when a record matches " + rule.condition;
    case Rule::Kind::rate: return "tells when so many records come: " + rule.condition;
    case Rule::Kind::first_seen:
      return "tells when a message comes that was not there for " + watch::duration_text(condition.age);
    case Rule::Kind::lag: return "tells when records wait for more than " + watch::duration_text(condition.age);
    case Rule::Kind::disk: return "tells when the disk is " + rule.condition;
    case Rule::Kind::gap: return "tells when records are missing: " + rule.condition;
    case Rule::Kind::no_data: return "tells when no bridge is there for " + watch::duration_text(condition.age);
  }
  return {};
}

std::string spans(const std::vector<watch::Tau>& all) {
  std::string text;
  for (const auto span : all) text += (text.empty() ? "" : ", then ") + watch::duration_text(span);
  return text.empty() ? "never" : text;
}

void explain(const Rule& rule, const Watchdog::Options& options, const LogStore* store) {
  const auto condition = watch::understand(rule, options).value();
  const auto line = [](const char* name, const std::string& text) {
    std::printf("%-12s %s\n", name, one_line(text).c_str());
  };
  line("rule", rule.name);
  line("what", in_words(condition));
  if (!rule.written.empty()) line("written", rule.written);
  line("records", condition.filter == Filter{} ? "all" : print(condition.filter));
  std::vector<std::string> by;
  for (const auto& field : condition.by) by.push_back(print(field));
  line("judged", by.empty() ? "as one" : "for each " + joined(by));
  line("tells", joined(rule.notify));
  if (rule.report_only) line("", "nobody: it only reports");
  if (rule.pending > watch::Tau{}) line("begins", "when it has held for " + watch::duration_text(rule.pending));
  line("is over",
       condition.keep == watch::Tau{} ? "at once" : "after " + watch::duration_text(condition.keep) + " of calm");
  line("", "from the third time in a day on after 10 min of calm at least, then 20, 40 ... min, up to 4 h");
  line("the end is", condition.resolve ? "told" : "not told");
  line("reminds", spans(condition.remind));
  line("gathers", "openings for " + watch::duration_text(condition.interval));
  if (!rule.escalate.empty())
    line("escalates", "after " + watch::duration_text(rule.escalate_after) + " to " + joined(rule.escalate));
  if (!rule.hushes.empty()) line("hushes", joined(rule.hushes));
  line("gives up", "after " + watch::duration_text(rule.forget));
  if (!store) return;
  for (const auto& state : rule_states(*store))
    if (state.name == rule.name)
      line("now",
           std::to_string(state.keys) + " keys, " + std::to_string(state.open) + " open incidents; " + state.health);
}

}  // namespace

int rules(const Arguments& arguments, const std::string&) {
  const auto output = output_options(arguments, Format::table, Of::rows);
  const auto config = config_of(arguments);
  const auto known = need_rules(config);
  std::optional<LogStore> store;
  try {
    auto options = config.store;
    options.read_only = true;
    store.emplace(options);
  } catch (const Error&) {
    // Rules can be explained before there is a database.
  }
  const auto& operands = arguments.operands();
  if (operands.size() == 2 && operands[0] == "explain") {
    for (const auto& rule : known.options.rules)
      if (rule.name == operands[1]) return explain(rule, known.options, store ? &*store : nullptr), EX_OK;
    throw Failure{1, "there is no rule \"" + operands[1] + "\"; psherald rules lists them"};
  }
  if (!operands.empty()) throw UsageError{"write nothing, or: explain NAME"};
  RowWriter writer{stdout, {"name", "kind", "condition", "notify", "open", "health"}, output};
  const auto states = store ? rule_states(*store) : std::vector<RuleInfo>{};
  for (const auto& rule : known.options.rules) {
    const auto state =
        std::find_if(states.begin(), states.end(), [&](const auto& one) { return one.name == rule.name; });
    const bool judged = state != states.end();
    writer.write({rule.name, std::string{name_of(rule.kind)}, rule.condition, joined(rule.notify),
                  judged ? FieldValue{state->open} : FieldValue{}, judged ? FieldValue{state->health} : FieldValue{}});
  }
  writer.end();
  return EX_OK;
}

// ---- trying it

Usage test_notify_usage() {
  return {"psherald test-notify", "Sends a message to a receiver by all ways that it has, and says what became of it.",
          usual_options, "RECEIVER...", "  psherald test-notify ops\n"};
}

int test_notify(const Arguments& arguments, const std::string&) {
  const auto config = config_of(arguments);
  const auto known = need_rules(config);
  if (arguments.operands().empty()) throw UsageError{"name the receiver"};
  Messenger messenger{messenger_options(config, known, nullptr)};
  int result = EX_OK;
  for (const auto& name : arguments.operands()) {
    const auto* receiver = watch::find_receiver(known.options.receivers, name);
    if (!receiver) throw Failure{1, "there is no receiver \"" + name + "\""};
    for (const auto& channel : watch::channels_of(*receiver)) {
      Alert alert;
      alert.uid = "test" + std::to_string(now().time_since_epoch().count());
      alert.origin = std::string(32, '0');
      alert.root = alert.uid;
      alert.rule = "test";
      alert.receiver = name;
      alert.channel = channel.name;
      alert.to = channel.targets;
      alert.at = now();
      alert.subject = "[psherald] TEST: this is only a test";
      alert.text = "psherald test-notify has sent this to " + name + ".\n";
      alert.html = "<!DOCTYPE html>\n<html><body><p>psherald test-notify has sent this.</p></body></html>\n";
      alert.json = R"({"version":1,"kind":"test","rule":"test","subject":"[psherald] TEST: this is only a test"})";
      for (const auto& target : channel.targets) {
        const auto delivery = messenger.deliver(alert, target);
        const bool taken = delivery.outcome == Delivery::Outcome::accepted;
        std::printf("%s, %s: %s%s%s\n", name.c_str(), channel.name.c_str(), taken ? "taken" : "NOT taken",
                    delivery.detail.empty() ? "" : ": ", one_line(delivery.detail).c_str());
        if (!taken) result = EX_UNAVAILABLE;
      }
    }
  }
  return result;
}

// ---- ps_neelix.cfg as TOML

Usage import_rules_usage() {
  return {"psherald import-rules", "Prints the rules of ps_neelix<suffix>.cfg as they would stand in psherald.toml.",
          usual_options, "[FILE]",
          "  psherald import-rules >> psherald.toml\n  psherald import-rules /etc/ps_neelix.cfg\n"};
}

namespace {

std::string toml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ') {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + toml_text(text);
  return "[" + all + "]";
}

}  // namespace

int import_rules(const Arguments& arguments, const std::string&) {
  const auto config = config_of(arguments);
  const auto& operands = arguments.operands();
  if (operands.size() > 1) throw UsageError{"name one file"};
  const auto file = operands.empty() ? watch_file(*config.stage) : operands.front();
  const auto known = load_watch_config(file, config.mail_admin);
  for (const auto& remark : known.remarks) std::fprintf(stderr, "psherald import-rules: %s\n", remark.c_str());
  std::string out;
  for (const auto& receiver : known.receivers)
    out += "[[receiver]]\nname = " + toml_text(receiver.name) + "\nmail = " + toml_list(receiver.mail) + "\n\n";
  for (const auto& rule : known.rules) {
    if (rule.kind == Rule::Kind::no_data) continue;  // psherald.toml has it by itself
    out += "[[rule]]\nname = " + toml_text(rule.name) + "\n" + std::string{name_of(rule.kind)} + " = " +
           toml_text(rule.condition) + "\n";
    if (!rule.by.empty()) out += "by = " + toml_list(rule.by) + "\n";
    if (!rule.where.empty()) out += "where = " + toml_text(rule.where) + "\n";
    out += "notify = " + toml_list(rule.notify) + "\n\n";
  }
  std::fputs(out.c_str(), stdout);
  return EX_OK;
}

}  // namespace psherald::cli
