#include "store/gap_records.hpp"

#include <string>

#include "record/json.hpp"

namespace psherald::store {
namespace {

std::string attributes_of(const Claim& claim, const Claim::Gap& gap) {
  std::string json = R"({"forward":{"stream":")" + claim.stream + R"(","run":")" + claim.to.run + R"(","from":)" +
                     std::to_string(gap.from) + R"(,"to":)" + std::to_string(gap.to) + R"(,"reason":)";
  append_json_string(json, gap.reason);
  return json += "}}";
}

}  // namespace

Record& append_gap(RecordBatch& batch, std::string_view text, std::string_view attributes, std::string_view store) {
  return batch.append({.level = Level::warning, .flags = Flag::own | Flag::gap, .message = text, .extra = attributes},
                      {.produkt_id = "psherald", .system_id = store.empty() ? "forward" : store},
                      {.name = forward_logger, .levelname = "WARNING"});
}

RecordBatch gap_records(const Claim& claim) {
  RecordBatch batch;
  for (const auto& gap : claim.gaps) {
    const auto text = "gap: at most " + std::to_string(gap.to - gap.from + 1) + " records of " + claim.name + "@" +
                      (claim.store.empty() ? claim.to.run : claim.store) + " are missing (" + gap.reason + ")";
    const auto attributes = attributes_of(claim, gap);
    append_gap(batch, text, attributes, claim.store);
  }
  return batch;
}

}  // namespace psherald::store
