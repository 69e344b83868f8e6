// Whatever a batch of another store looks like: its records lie within what it claims, rise, have names, and what was
// read is read again when it is written.

#include "forward/batch_reader.hpp"
#include "forward/batch_writer.hpp"
#include "record/hex.hpp"
#include "record/utf8.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string body{text_of(data, size)};
  body.reserve(body.size() + forward::read_padding);
  std::string_view rest{body};
  const auto head = forward::read_batch_head(rest);
  if (!head) {
    require(!head.error().text.empty(), "refused without a reason");
    return 0;
  }
  const auto& claim = head->claim;
  require(is_run(claim.stream) && is_run(claim.to.run), "a run is no run");
  require(claim.to.id > claim.prev.id && claim.prev.id >= 0, "a claim of nothing");
  const auto content = forward::read_batch_content(*head, rest, {});
  if (!content) return 0;
  for (const auto& record : content->batch.records()) {
    require(is_run(record.origin) && record.origin_id > 0, "a record without a name");
    require(record.origin_path.size() % 32 == 0 && record.origin_path.size() <= 8 * 32, "a path that is none");
    for (const auto text : {record.message, record.exc_text, record.stack_info, record.extra})
      require(is_utf8(text), "a text that is not UTF-8");
  }
  for (const auto& line : content->refused) require(!line.reason.empty(), "refused without a reason");
  forward::BatchWriter writer{content->batch, claim.to.run};
  for (const auto& record : content->batch.records()) writer.append(record, 1u << 20);
  return 0;
}
