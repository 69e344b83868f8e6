#include "api/export.hpp"

#include <algorithm>
#include <utility>

namespace psherald::api {
namespace {

constexpr std::size_t piece_bytes = 64u << 10, records_at_once = 1'000, bytes_at_once = 1u << 20;

/// How far a body is. Its job keeps it when the client has left already.
struct Progress {
  Query query;
  std::size_t left;
  bool begun = false, ended = false;
};

}  // namespace

class Exporter::Body final : public HttpBody {
 public:
  Body(Exporter& owner, Query query, Form form, RecordForm records)
      : owner_{owner}, form_{form}, records_{std::make_shared<const RecordForm>(std::move(records))} {
    const auto all = query.limit;
    query.cancel = client_.get_token();
    query.max_bytes = bytes_at_once;
    query.budget.reset();
    progress_ = std::make_shared<Progress>(Progress{std::move(query), all});
  }
  ~Body() override { client_.request_stop(); }

  void next(Give give) override {
    owner_.workers_.insist([&readers = owner_.readers_, form = form_, records = records_, progress = progress_,
                            give = std::move(give)] { give(piece(readers, form, *records, *progress)); });
  }

 private:
  static std::string piece(Readers& readers, Form form, const RecordForm& records, Progress& progress) {
    std::string out;
    if (form == Form::csv && !std::exchange(progress.begun, true)) records.append_csv_names(out);
    while (out.size() < piece_bytes && !progress.ended) {
      progress.query.limit = std::min(progress.left, records_at_once);
      const auto page = readers.with([&](const LogStore& reader) { return find(reader, progress.query); });
      form == Form::csv ? records.append_csv(out, page.batch) : records.append_lines(out, page.batch);
      progress.left -= page.batch.size();
      progress.query.cursor = page.next;
      progress.ended = page.next == 0 || progress.left == 0 || progress.query.cancel.stop_requested();
    }
    return out;
  }

  Exporter& owner_;
  const Form form_;
  const std::shared_ptr<const RecordForm> records_;
  std::stop_source client_;
  std::shared_ptr<Progress> progress_;
};

std::shared_ptr<HttpBody> Exporter::body(Query query, Form form, RecordForm records) {
  return std::make_shared<Body>(*this, std::move(query), form, std::move(records));
}

}  // namespace psherald::api
