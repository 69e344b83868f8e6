#include "exchange/identity.hpp"

#include <limits>

#include "record/hex.hpp"
#include "record/sha256.hpp"

namespace psherald::exchange {
namespace {

using Digest = std::array<std::uint8_t, 32>;

std::string run_of(const Digest& digest) { return to_hex({reinterpret_cast<const char*>(digest.data()), 16}); }

RecordId id_of(const Digest& digest) {
  std::uint64_t id = 0;
  for (std::size_t i = 16; i < 24; ++i) id = id << 8 | digest[i];
  id &= static_cast<std::uint64_t>(std::numeric_limits<RecordId>::max());
  return id == 0 ? 1 : static_cast<RecordId>(id);
}

// The id of a row alone is not enough: two databases, and one that was emptied, give the same ids again.
std::string content_of(const RecordBatch& batch, const Record& record) {
  std::string content;
  const auto add = [&](std::string_view text) {
    content.append(present(text) ? std::to_string(text.size()) : "-").append(":").append(text);
  };
  const auto& source = batch.source(record);
  const auto& site = batch.site(record);
  for (const auto text : {record.legacy, record.message, record.exc_text, record.stack_info, source.produkt_id,
                          source.system_id, source.sub_system_id, source.sub_sub_system_id, site.name, site.pathname,
                          site.funcname, batch.process(record).thread_name})
    add(text);
  return content + std::to_string(record.id) + '/' + std::to_string(site.lineno.value_or(0));
}

}  // namespace

void Identity::add(std::string_view line) {
  chain_ += line;
  const auto digest = sha256(chain_);
  if (run_.empty()) run_ = run_of(digest);
  id_ = id_of(digest);
  chain_.assign(reinterpret_cast<const char*>(digest.data()), digest.size());
}

void name_rows(RecordBatch& batch) {
  constexpr int ids_of_a_run = 4096;  // few enough that no two of their digests are the same
  for (auto& record : batch.records()) {
    const auto run = sha256("a row of ps.herald 1.4.2: " + std::to_string(record.id / ids_of_a_run));
    record.origin_id = id_of(sha256(content_of(batch, record)));
    record.origin = batch.keep(run_of(run));
  }
}

}  // namespace psherald::exchange
