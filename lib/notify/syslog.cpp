#include <syslog.h>

#include <array>
#include <utility>

#include "notify/channels.hpp"

namespace psherald {
namespace {

constexpr std::array<std::pair<std::string_view, int>, 12> facilities{{{"daemon", LOG_DAEMON},
                                                                       {"user", LOG_USER},
                                                                       {"auth", LOG_AUTH},
                                                                       {"cron", LOG_CRON},
                                                                       {"local0", LOG_LOCAL0},
                                                                       {"local1", LOG_LOCAL1},
                                                                       {"local2", LOG_LOCAL2},
                                                                       {"local3", LOG_LOCAL3},
                                                                       {"local4", LOG_LOCAL4},
                                                                       {"local5", LOG_LOCAL5},
                                                                       {"local6", LOG_LOCAL6},
                                                                       {"local7", LOG_LOCAL7}}};

}  // namespace

Result<void> check_facility(const std::string& name) {
  for (const auto& [known, number] : facilities)
    if (known == name) return {};
  return Fault{Errc::bad_config,
               "\"" + name + "\" is no facility of syslog; write daemon, user, auth, cron, or local0 to local7"};
}

namespace notify {

Delivery to_syslog(const Alert& alert, const std::string& facility) {
  const bool calm = alert.kind == Alert::Kind::resolve || alert.kind == Alert::Kind::blind;
  for (const auto& [name, number] : facilities) {
    if (name != facility) continue;
    // One argument: what stands in the subject is never a format. syslog(3) cannot fail, and keeps nothing.
    ::syslog(number | (calm ? LOG_NOTICE : LOG_WARNING), "%s", alert.subject.c_str());
    return {Delivery::Outcome::accepted, 250, "handed to syslog", {}};
  }
  return {Delivery::Outcome::refused, 550, "there is no facility \"" + facility + "\"", {}};
}

}  // namespace notify
}  // namespace psherald
