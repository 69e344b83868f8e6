#include "watch/dispatcher.hpp"

#include <algorithm>

#include "watch/alert_json.hpp"
#include "watch/telling.hpp"
#include "watch/wording.hpp"

namespace psherald::watch {
namespace {

constexpr Tau patience = std::chrono::days{3};
constexpr std::chrono::seconds longest_asked{3600};

std::vector<std::string> targets_of(const Receiver& receiver, const std::string& channel) {
  for (const auto& one : channels_of(receiver))
    if (one.name == channel) return one.targets;
  return {};
}

std::vector<std::string> missing_targets(sqlite3* db, const Message& message) {
  auto known = settled_targets(db, message.id);
  std::vector<std::string> missing;
  for (const auto& address : message.alert.to)
    if (known.insert(address).second) missing.push_back(address);
  return missing;
}

MessageState outcome(sqlite3* db, const Message& message) {
  return any_accepted(db, message.id) ? MessageState::sent : MessageState::failed;
}

}  // namespace

Dispatcher::Dispatcher(StoreAccess& store, Notifier& notifier, const Watchdog::Options& options,
                       const std::atomic<bool>& stopped, std::function<void()> on_back)
    : store_{store}, options_{options}, stopped_{stopped}, couriers_{notifier, std::move(on_back)} {}

void Dispatcher::look(const Moment& now, Watchdog::Which which) {
  wall_ = now.wall;
  tau_ = tau_at(store_.run(), now);
  all_ = which == Watchdog::Which::waiting;
  if (!requeued_) store_.transaction([&](sqlite3* writer) { requeue_interrupted(writer, store_.epoch(), wall_); });
  requeued_ = true;
  std::erase_if(lanes_, [](const auto& entry) { return entry.second.ids.empty() && !entry.second.message; });
  std::set<std::string> busy;
  for (const auto& [name, lane] : lanes_) busy.insert(name);
  for (const auto& waiting : queued_messages(store_.db())) {
    const auto name = waiting.channel == "mail" ? waiting.channel : waiting.channel + " " + waiting.receiver;
    if (!busy.contains(name)) lanes_[name].ids.push_back(waiting.id);
  }
}

void Dispatcher::go_on() {
  for (auto& back : couriers_.take_back()) lanes_[back.lane].back = std::move(back);
  for (auto& [name, lane] : lanes_) advance(name, lane);
}

void Dispatcher::finish() {
  for (go_on(); couriers_.under_way() > 0; go_on()) couriers_.wait();
}

Watchdog::Deliveries Dispatcher::take_result() { return std::exchange(result_, {}); }

void Dispatcher::advance(const std::string& name, Lane& lane) {
  for (;;) {
    if (lane.back) note(lane);
    if (lane.under_way || !(lane.message || next_message(lane))) return;
    if (stopped_ || couriers_.under_way() >= options_.deliveries) return;
    begin(name, lane);
  }
}

/// Of those that wait, the first that somebody is to get now. False: there is none.
bool Dispatcher::next_message(Lane& lane) {
  for (; !lane.message && !lane.ids.empty() && !stopped_; lane.ids.pop_front()) {
    auto message = read_message(store_.db(), lane.ids.front());
    const auto* receiver = find_receiver(options_.receivers, message.alert.receiver);
    if (receiver) message.alert.to = targets_of(*receiver, message.alert.channel);
    const auto missing = missing_targets(store_.db(), message);
    if (message.alert.to.empty())
      close(message, MessageState::cancelled);
    else if (missing.empty())
      close(message, outcome(store_.db(), message));
    else if (tau_ - message.created > patience)
      give_up(message);
    else
      take_up(lane, std::move(message), missing);
  }
  return lane.message.has_value();
}

/// Who has to wait for it, waits for all that comes later in its thread, too.
void Dispatcher::take_up(Lane& lane, Message message, const std::vector<std::string>& missing) {
  std::deque<std::string> due;
  for (const auto& address : missing)
    if (!lane.held_up.contains({message.alert.root, address})) due.push_back(address);
  const bool now = !lane.away && (all_ || message.next <= tau_) && !due.empty();
  if (!now) return hold_up(lane, message, missing);
  lane.message = std::move(message);
  lane.due = std::move(due);
  lane.claimed = false;
  lane.asked_for = {};
}

void Dispatcher::begin(const std::string& name, Lane& lane) {
  if (!lane.claimed) store_.transaction([&](sqlite3* writer) { claim(writer, lane.message->id, store_.epoch()); });
  lane.claimed = true;
  const auto& alert = lane.message->alert;
  // The log of the program may be this very store, which is written to on this thread alone.
  if (alert.channel == "log")
    lane.back = couriers_.deliver(name, alert, lane.due.front());
  else
    couriers_.go(name, alert, lane.due.front());
  lane.under_way = true;
}

void Dispatcher::note(Lane& lane) {
  const auto& message = *lane.message;
  const auto& delivery = lane.back->delivery;
  const auto& address = lane.due.front();
  lane.away = lane.away || delivery.outcome == Delivery::Outcome::unavailable;
  lane.asked_for = std::max(lane.asked_for, Tau{std::min(delivery.retry_after, longest_asked)});
  const bool last = lane.due.size() == 1 || lane.away || stopped_;
  std::vector<std::string> missing;
  auto state = MessageState::queued;
  store_.transaction([&](sqlite3* writer) {
    write_delivery(writer, {message.id, message.tries + 1, address, wall_, lane.back->took}, delivery);
    if (!last) return;
    missing = missing_targets(writer, message);
    if (missing.empty()) state = outcome(writer, message);
    const Tau again = tau_ + std::max(retry_after(message.tries + 1), lane.asked_for);
    write_message_state(writer, message.id, state, missing.empty() ? message.next : again);
  });
  const bool refused = delivery.outcome == Delivery::Outcome::refused;
  if (delivery.outcome != Delivery::Outcome::accepted)
    tell(message, " to " + address + (refused ? " cannot be sent: " : " waits: ") + delivery.detail);
  lane.back.reset();
  lane.under_way = false;
  lane.due.pop_front();
  if (!last) return;
  count(state);
  hold_up(lane, message, missing);
  lane.message.reset();
}

void Dispatcher::hold_up(Lane& lane, const Message& message, const std::vector<std::string>& addresses) {
  for (const auto& address : addresses) lane.held_up.emplace(message.alert.root, address);
}

void Dispatcher::close(const Message& message, MessageState state) {
  store_.transaction([&](sqlite3* writer) { write_message_state(writer, message.id, state, message.next); });
  count(state);
}

void Dispatcher::count(MessageState state) {
  if (state == MessageState::sent) ++result_.sent;
  if (state == MessageState::failed) ++result_.failed;
}

void Dispatcher::tell(const Message& message, const std::string& what) {
  result_.faults.push_back({Errc::not_told, "\"" + message.alert.subject + "\"" + what});
}

void Dispatcher::give_up(const Message& message) {
  tell(message, " to " + message.alert.receiver + " is given up: it waited for three days");
  close(message, outcome(store_.db(), message));
  tell_others(message);
}

/// Somebody has to know that it did not arrive. That this did not arrive either is told to nobody.
void Dispatcher::tell_others(const Message& lost) {
  if (lost.alert.incident == 0) return;
  const auto words = word_not_told(lost.alert, tau_ - lost.created);
  std::vector<Alert> alerts;
  for (const auto& receiver : options_.receivers) {
    if (receiver.name == lost.alert.receiver) continue;
    for (const auto& channel : channels_of(receiver)) {
      Alert alert;
      alert.origin = lost.alert.origin;
      alert.kind = lost.alert.kind;
      alert.rule = lost.alert.rule;
      alert.receiver = receiver.name;
      alert.channel = channel.name;
      alert.at = wall_;
      alert.subject = words.subject;
      alert.text = words.text;
      alert.html = words.html;
      alert.link = lost.alert.link;
      alert.uid = alert.root = uid_of_not_told(lost.alert, receiver.name, channel.name);
      alert.json = json_of(alert, {});
      alerts.push_back(std::move(alert));
    }
  }
  store_.transaction([&](sqlite3* writer) { store_messages(writer, alerts, {}, tau_); });
}

}  // namespace psherald::watch
