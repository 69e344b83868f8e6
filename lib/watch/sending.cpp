#include "watch/sending.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "watch/outbox.hpp"
#include "watch/telling.hpp"
#include "watch/wording.hpp"

namespace psherald::watch {
namespace {

constexpr Tau patience = std::chrono::days{3};
constexpr std::chrono::seconds longest_asked{3600};

/// One round over the outbox. Within a thread of messages an address gets them in their order, so one that it has to
/// wait for holds up those behind it, for that address.
class Round {
 public:
  Round(StoreAccess& store, Notifier& notifier, const std::vector<Receiver>& receivers, const Moment& now,
        Watchdog::Which which, const std::atomic<bool>& stopped)
      : store_{store},
        notifier_{notifier},
        receivers_{receivers},
        wall_{now.wall},
        tau_{tau_at(store.run(), now)},
        all_{which == Watchdog::Which::waiting},
        stopped_{stopped} {}

  Watchdog::Deliveries make() {
    store_.transaction([&](sqlite3* writer) { requeue_interrupted(writer, wall_); });
    for (const auto id : queued_messages(store_.db()))
      if (!stopped_) send(read_message(store_.db(), id));
    result_.waiting = queued_messages(store_.db()).size();
    return std::move(result_);
  }

 private:
  void send(Message message) {
    const auto* receiver = find_receiver(receivers_, message.alert.receiver);
    message.alert.to = receiver ? targets_of(*receiver, message.alert.channel) : std::vector<std::string>{};
    if (message.alert.to.empty()) return close(message, MessageState::cancelled);
    const auto missing = missing_targets(message);
    if (missing.empty()) return close(message, outcome(message));
    if (tau_ - message.created > patience) return give_up(message);
    std::vector<std::string> due;
    for (const auto& address : missing)
      if (!held_up_.contains({message.alert.root, address})) due.push_back(address);
    if (!is_unavailable(message) && (all_ || message.next <= tau_) && !due.empty()) attempt(message, due);
    for (const auto& address : missing_targets(message)) held_up_.emplace(message.alert.root, address);
  }

  std::vector<std::string> missing_targets(const Message& message) const {
    auto known = settled_targets(store_.db(), message.id);
    std::vector<std::string> missing;
    for (const auto& address : message.alert.to)
      if (known.insert(address).second) missing.push_back(address);
    return missing;
  }

  static std::vector<std::string> targets_of(const Receiver& receiver, const std::string& channel) {
    for (const auto& one : channels_of(receiver))
      if (one.name == channel) return one.targets;
    return {};
  }

  /// One server takes all mail; each of the others stands for itself.
  static std::string place_of(const Message& message) {
    const auto& alert = message.alert;
    return alert.channel == "mail" ? alert.channel : alert.channel + " " + alert.receiver;
  }
  bool is_unavailable(const Message& message) const { return unavailable_.contains(place_of(message)); }

  void attempt(const Message& message, const std::vector<std::string>& addresses) {
    store_.transaction([&](sqlite3* writer) { claim(writer, message.id, store_.epoch()); });
    for (const auto& address : addresses)
      if (!is_unavailable(message) && !stopped_) deliver(message, address);
    if (missing_targets(message).empty()) return close(message, outcome(message));
    const Tau next = tau_ + std::max(retry_after(message.tries + 1), std::exchange(asked_for_, Tau{}));
    store_.transaction([&](sqlite3* writer) { write_message_state(writer, message.id, MessageState::queued, next); });
  }

  void deliver(const Message& message, const std::string& address) {
    const auto began = std::chrono::steady_clock::now();
    const auto delivery = notifier_.deliver(message.alert, address);
    const auto took = std::chrono::duration_cast<Tau>(std::chrono::steady_clock::now() - began);
    store_.transaction([&](sqlite3* writer) {
      write_delivery(writer, {message.id, message.tries + 1, address, wall_, took}, delivery);
    });
    if (delivery.outcome == Delivery::Outcome::accepted) return;
    if (delivery.outcome == Delivery::Outcome::unavailable) unavailable_.insert(place_of(message));
    asked_for_ = std::max(asked_for_, Tau{std::min(delivery.retry_after, longest_asked)});
    const bool refused = delivery.outcome == Delivery::Outcome::refused;
    tell(message, " to " + address + (refused ? " cannot be sent: " : " waits: ") + delivery.detail);
  }

  void tell(const Message& message, const std::string& what) {
    result_.faults.push_back({Errc::not_told, "\"" + message.alert.subject + "\"" + what});
  }

  MessageState outcome(const Message& message) const {
    return any_accepted(store_.db(), message.id) ? MessageState::sent : MessageState::failed;
  }

  void give_up(const Message& message) {
    tell(message, " to " + message.alert.receiver + " is given up: it waited for three days");
    close(message, outcome(message));
    tell_others(message);
  }

  /// Somebody has to know that it did not arrive. That this did not arrive either is told to nobody.
  void tell_others(const Message& lost) {
    if (lost.alert.incident == 0) return;
    const auto words = word_not_told(lost.alert, tau_ - lost.created);
    std::vector<Alert> alerts;
    for (const auto& receiver : receivers_) {
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

  void close(const Message& message, MessageState state) {
    store_.transaction([&](sqlite3* writer) { write_message_state(writer, message.id, state, message.next); });
    if (state == MessageState::sent) ++result_.sent;
    if (state == MessageState::failed) ++result_.failed;
  }

  StoreAccess& store_;
  Notifier& notifier_;
  const std::vector<Receiver>& receivers_;
  const Timestamp wall_;
  const Tau tau_;
  const bool all_;
  const std::atomic<bool>& stopped_;
  std::set<std::pair<std::string, std::string>> held_up_{};  // root, address
  std::set<std::string> unavailable_{};                      // servers
  Tau asked_for_{};                                          // by the server that deferred it
  Watchdog::Deliveries result_{};
};

}  // namespace

Watchdog::Deliveries send(StoreAccess& store, Notifier& notifier, const std::vector<Receiver>& receivers,
                          const Moment& now, Watchdog::Which which, const std::atomic<bool>& stopped) {
  return Round{store, notifier, receivers, now, which, stopped}.make();
}

}  // namespace psherald::watch
