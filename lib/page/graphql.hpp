#pragma once

#include <chrono>

#include "api/readers.hpp"
#include "graphql/schema.hpp"
#include "psherald/http.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::page {

/// Answers /graph_ql: what ps.herald 1.4.2 does there, and what has grown beside it. Introspection tells what
/// ps.herald has, and all of it with `?schema=all`. Threads: handle() from any number at once. Lifetime: `readers` and
/// `writer` outlive this object.
class GraphQl {
 public:
  struct Options {
    std::chrono::milliseconds page_budget;     ///< Longest search of `logs`, which can go on behind it.
    std::chrono::milliseconds request_budget;  ///< Longest answer.
  };
  /// `writer` is nullptr where nothing may be changed.
  GraphQl(api::Readers& readers, QueuedSink* writer, Options options);

  /// A browser that looks for a page gets the explorer. `may_add`: the visitor may add records.
  HttpResponse handle(const HttpRequest& request, bool may_add) const;

 private:
  HttpResponse answer(const HttpRequest& request, bool may_add) const;

  api::Readers& readers_;
  QueuedSink* writer_;
  Options options_;
  graphql::Schema schema_;
};

}  // namespace psherald::page
