#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "api/asked.hpp"
#include "api/export.hpp"
#include "api/live_tail.hpp"
#include "api/readers.hpp"
#include "psherald/http.hpp"
#include "psherald/query.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/watchdog.hpp"
#include "sink/waiting.hpp"

/// One function for each address of the API. All may throw Refused.
namespace psherald::api {

struct Context {
  const LogStore& store;
  QueuedSink* writer;  // nullptr: nothing may be changed
  std::function<std::vector<Rule>()> rules;
  Readers readers{store};
  Exporter exporter{readers};
  LiveTail tail{store};
};

/// What `change` does with a connection that writes. @throws Refused: nothing may be changed here
template <class Change>
void change_store(Context& context, Change change) {
  if (!context.writer) refuse(409, "read_only", "this database is opened read-only");
  LogStore store = context.readers.writable();
  run_on(*context.writer, [&] { change(store); });
}

using Clock = std::chrono::steady_clock;

/// The members that every answer ends with: whether all was looked at, else how far back, and how long it took.
void append_coverage(class JsonObject& object, const Coverage& coverage, Clock::time_point begun);

// records.cpp
HttpResponse records(Context& context, const HttpRequest& request);
HttpResponse record(Context& context, const HttpRequest& request);
HttpResponse lines_around(Context& context, const HttpRequest& request);
HttpResponse tail(Context& context, const HttpRequest& request);
// statistics.cpp
HttpResponse parse(Context& context, const HttpRequest& request);
HttpResponse count(Context& context, const HttpRequest& request);
HttpResponse facets(Context& context, const HttpRequest& request);
HttpResponse values(Context& context, const HttpRequest& request);
HttpResponse histogram(Context& context, const HttpRequest& request);
HttpResponse patterns(Context& context, const HttpRequest& request);
HttpResponse releases(Context& context, const HttpRequest& request);
HttpResponse systems(Context& context, const HttpRequest& request);
// saved.cpp
HttpResponse saved(Context& context, const HttpRequest& request);
HttpResponse save(Context& context, const HttpRequest& request);
HttpResponse delete_saved(Context& context, const HttpRequest& request);
// incidents.cpp
HttpResponse incidents(Context& context, const HttpRequest& request);
HttpResponse incident(Context& context, const HttpRequest& request);
HttpResponse acknowledge(Context& context, const HttpRequest& request, const std::string& who);
HttpResponse silences(Context& context, const HttpRequest& request);
HttpResponse silence(Context& context, const HttpRequest& request, const std::string& who);
HttpResponse end_silence(Context& context, const HttpRequest& request);
HttpResponse rules(Context& context, const HttpRequest& request);
HttpResponse senders(Context& context, const HttpRequest& request);
HttpResponse retire_sender(Context& context, const HttpRequest& request);
HttpResponse deliveries(Context& context, const HttpRequest& request);
// store.cpp
HttpResponse ingest(Context& context, const HttpRequest& request);
HttpResponse heartbeats(Context& context, const HttpRequest& request);
HttpResponse stats(Context& context, const HttpRequest& request);
HttpResponse metrics(Context& context, const HttpRequest& request);
HttpResponse program_version(Context& context, const HttpRequest& request);

}  // namespace psherald::api
