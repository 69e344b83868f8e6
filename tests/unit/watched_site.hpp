#pragma once

#include <functional>
#include <string>
#include <vector>

#include "page_site.hpp"
#include "psherald/notifier.hpp"
#include "psherald/watchdog.hpp"
#include "sink/waiting.hpp"

namespace psherald::testing {

/// Pages of a log that somebody watches: one rule looks for full disks, one waits for who was heard. All that is to be
/// told is taken.
struct Watched {
  struct Postbox final : Notifier {
    Delivery deliver(const Alert&, const std::string&) noexcept override {
      return {Delivery::Outcome::accepted, 250, "taken", {}};
    }
  };

  Watched() {
    Rule full;
    full.name = "full";
    full.condition = "message:\"disk full\"";
    full.by = {"system"};
    full.notify = {"ops"};
    Rule alive = full;
    alive.name = "alive";
    alive.kind = Rule::Kind::heartbeat;
    alive.condition = "2h";
    options.rules = {full, alive};
    Receiver ops;
    ops.name = "ops";
    ops.mail = {"ops@example.org"};
    options.receivers = {ops};
    options.on_store = [this](const std::function<void()>& job) { run_on(pages.queue, job); };
    check(0);
  }

  static WebApp::Options app_options(const std::vector<Rule>& rules) {
    WebApp::Options options;
    options.rules = [&rules] { return rules; };
    return options;
  }

  void check(std::int64_t seconds) {
    const Moment moment{at(seconds), std::chrono::seconds{1'000 + seconds}, "boot"};
    run_on(pages.queue, [&] { pages.store.mark_alive(moment.wall); });
    Watchdog watchdog{pages.store, postbox, options};
    watchdog.check(moment);
    watchdog.deliver(moment);
  }

  Watchdog::Options options;
  Postbox postbox;
  Pages pages{app_options(options.rules)};
};

}  // namespace psherald::testing
