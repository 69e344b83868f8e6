#include "watch/telling.hpp"

#include <algorithm>
#include <unordered_map>

#include "net/host_name.hpp"
#include "watch/alert_json.hpp"
#include "watch/log_reader.hpp"
#include "watch/message_text.hpp"
#include "watch/outbox.hpp"
#include "watch/wording.hpp"

namespace psherald::watch {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t shown_matches = 5;
constexpr std::size_t shown_stories = 50;  // of a digest

const RuleState* find_rule(const Book& book, const std::string& name) {
  for (const auto& rule : book.rules)
    if (rule->condition.rule.name == name) return rule.get();
  return nullptr;
}

class Teller {
 public:
  Teller(const Book& book, StoreAccess& store, const Watchdog::Options& options, const Redactor& redact, Timestamp wall,
         Tau tau)
      : book_{book}, store_{store}, options_{options}, redact_{redact}, wall_{wall}, tau_{tau} {}

  /// One for each channel.
  std::vector<Alert> alerts_of(const Desk::Group& group, const Receiver& receiver) const {
    const auto stories = stories_of(group);
    const Words words = stories.size() > 1 ? word_digest(stories) : word(stories.front());
    const auto& first = group.notices.front();
    Alert alert;
    alert.origin = read_origin(store_.db());
    alert.kind = words.kind;
    alert.rule = stories.size() > 1 ? "" : first.rule;
    alert.incident = first.incident->id;
    alert.receiver = receiver.name;
    alert.at = wall_;
    alert.subject = words.subject;
    alert.text = words.text;
    alert.html = words.html;
    alert.link = link_of(stories.front());
    for (const auto& notice : group.notices)
      alert.items.push_back(
          {notice.incident->id, notice.rule, notice.incident->key, notice.incident->title, notice.kind, {}});
    alert.total = alert.items.size();
    const auto told = first.incident->told.find(receiver.name);
    std::string root = told == first.incident->told.end() ? std::string{} : told->second;
    std::vector<Alert> all;
    for (const auto& channel : channels_of(receiver)) {
      alert.channel = channel.name;
      alert.to = channel.targets;
      alert.uid = uid_of(alert.origin, first, channel.name);
      if (root.empty()) root = alert.uid;
      alert.root = root;
      if (channel.name == "webhook" || channel.name == "command") alert.json = json_of(alert, stories);
      all.push_back(alert);
    }
    return all;
  }

 private:
  std::vector<Story> stories_of(const Desk::Group& group) const {
    std::vector<Story> stories;
    std::vector<std::vector<const Notice*>> by_rule;
    for (const auto& notice : group.notices) {
      if (by_rule.empty() || by_rule.back().front()->rule != notice.rule) by_rule.emplace_back();
      by_rule.back().push_back(&notice);
    }
    for (const auto& notices : by_rule)
      if (stories.size() < shown_stories) stories.push_back(story_of(notices));
    return stories;
  }

  Story story_of(const std::vector<const Notice*>& notices) const {
    Story story;
    const auto* rule = find_rule(book_, notices.front()->rule);
    story.rule = rule ? rule->condition.rule : rule_that_was(*notices.front());
    story.host = net::host_name("this machine");
    story.link = options_.link;
    story.wall = wall_;
    story.tau = tau_;
    story.hushed = book_.hushed;
    std::unordered_map<const Incident*, std::size_t> places;
    for (const auto* notice : notices) {
      const auto [place, is_new] = places.try_emplace(notice->incident.get(), story.episodes.size());
      if (is_new) story.episodes.push_back({*notice->incident, {}});
      story.episodes[place->second].kinds.push_back(notice->kind);
    }
    if (rule) add_rule(story, *rule);
    return story;
  }

  static Rule rule_that_was(const Notice& notice) {
    Rule rule;
    rule.name = notice.rule;
    // A rule of ps_neelix.cfg is called after its system and what it looks for.
    for (const auto& [ending, kind] :
         {std::pair{" pattern", Rule::Kind::pattern}, std::pair{" heartbeat", Rule::Kind::heartbeat}})
      if (rule.name.ends_with(ending) && notice.receiver + ending == rule.name)
        rule.kind = kind, rule.system = notice.receiver;
    return rule;
  }

  void add_rule(Story& story, const RuleState& rule) const {
    const auto& condition = rule.condition;
    for (const auto& [name, key] : rule.keys)
      if (!key.retired && !key.stale) ++story.keys;
    const auto& incident = story.episodes.back().incident;
    const auto key = rule.keys.find(incident.key);
    if (key != rule.keys.end() && key->second.profile)
      if (const Tau usual = key->second.profile->usual_interval(); usual > Tau{}) story.usual = duration_text(usual);
    if (condition.rule.kind == Rule::Kind::no_data || condition.is_gauge() || incident.first_id == 0) {
      if (condition.is_heartbeat() && key != rule.keys.end() && key->second.count > 0)
        story.last_record = key->second.last_received;
      return;
    }
    story.around = lines_around(store_.db(), incident.first_id, condition.context);
    for (const auto& line : story.around)
      if (line.marked) story.last_record = line.received;
    if (!story.last_record && condition.is_heartbeat() && key != rule.keys.end())
      story.last_record = key->second.last_received;  // the record itself is no longer stored
    if (condition.is_event() && condition.rule.kind != Rule::Kind::first_seen) {
      story.matches = matching_lines(store_.reader(), condition.filter, {wall_, Zone::local()}, incident.first_id,
                                     incident.last_id, shown_matches);
      story.left_out = static_cast<std::int64_t>(story.matches.size()) < incident.count;
    }
    for (auto* lines : {&story.around, &story.matches})
      for (auto& line : *lines) {
        line.message = redact_(line.message);
        line.traceback = redact_(line.traceback);
      }
    for (auto& episode : story.episodes) episode.incident.title = redact_(episode.incident.title);
  }

  const Book& book_;
  StoreAccess& store_;
  const Watchdog::Options& options_;
  const Redactor& redact_;
  const Timestamp wall_;
  const Tau tau_;
};

}  // namespace

std::vector<Alert> gather(Book& book, StoreAccess& store, const Watchdog::Options& options, const Redactor& redact,
                          Timestamp wall, Tau tau, Watchdog::Pace pace) {
  std::vector<Alert> alerts;
  const Teller teller{book, store, options, redact, wall, tau};
  Desk::Settings settings{options.settle, options.settle_max, options.burst, options.burst_window, {}};
  settings.interval = [&](const std::string& name) {
    const auto* rule = find_rule(book, name);
    return rule ? rule->condition.interval : options.interval;
  };
  for (const auto& group : book.desk.take_due(tau, pace == Watchdog::Pace::once, settings)) {
    const auto* receiver = find_receiver(options.receivers, group.receiver);
    const auto messages = receiver ? teller.alerts_of(group, *receiver) : std::vector<Alert>{};
    store.transaction([&](sqlite3* writer) {
      if (messages.empty())
        drop_notices(writer, group.notices);
      else
        store_messages(writer, messages, group.notices, tau);
    });
    alerts.insert(alerts.end(), messages.begin(), messages.end());
  }
  return alerts;
}

const Receiver* find_receiver(const std::vector<Receiver>& receivers, const std::string& name) noexcept {
  const auto found =
      std::find_if(receivers.begin(), receivers.end(), [&](const auto& one) { return one.name == name; });
  return found == receivers.end() ? nullptr : &*found;
}

std::vector<Channel> channels_of(const Receiver& receiver) {
  std::vector<Channel> channels;
  if (!receiver.mail.empty()) channels.push_back({"mail", receiver.mail});
  if (!receiver.webhook.empty()) channels.push_back({"webhook", {receiver.webhook}});
  if (!receiver.command.empty()) channels.push_back({"command", {receiver.command.front()}});
  if (!receiver.syslog.empty()) channels.push_back({"syslog", {receiver.syslog}});
  if (receiver.log) channels.push_back({"log", {"log"}});
  return channels;
}

}  // namespace psherald::watch
