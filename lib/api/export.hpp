#pragma once

#include <cstddef>
#include <memory>

#include "api/readers.hpp"
#include "api/record_json.hpp"
#include "net/workers.hpp"
#include "psherald/http.hpp"
#include "psherald/query.hpp"

namespace psherald::api {

/// Writes all records that a query finds as a body in pieces, on a thread of its own, so that a long search does not
/// keep those waiting who look at the page. It holds some hundred kilobytes, however long the body is; a client that
/// leaves ends its search. Threads: body() from any. Lifetime: `readers` outlive this object.
class Exporter {
 public:
  enum class Form { ndjson, csv };

  explicit Exporter(Readers& readers) : readers_{readers}, workers_{1, 0} {}
  /// Breaks off what goes on.
  void stop() { workers_.stop(); }

  /// `query.limit` is of all records; `query.budget` is not looked at.
  std::shared_ptr<HttpBody> body(Query query, Form form, RecordForm records);

 private:
  class Body;

  Readers& readers_;
  net::Workers workers_;
};

}  // namespace psherald::api
