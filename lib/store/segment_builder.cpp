#include "store/segment_builder.hpp"

#include <algorithm>

namespace psherald::store {

void ShareCounter::add(std::int64_t number, BlockMask block) {
  auto& place = places_[place_of(number)];
  if (place == 0) {
    shares_.push_back({number, 1, block});
    place = static_cast<std::uint32_t>(shares_.size());
    if (shares_.size() * 2 > places_.size()) grow();
    return;
  }
  auto& share = shares_[place - 1];
  ++share.records;
  share.blocks |= block;
}

std::size_t ShareCounter::place_of(std::int64_t number) const noexcept {
  const std::size_t last = places_.size() - 1;
  auto place = static_cast<std::size_t>(static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15u >> 32) & last;
  while (places_[place] != 0 && shares_[places_[place] - 1].number != number) place = (place + 1) & last;
  return place;
}

void ShareCounter::grow() {
  places_.assign(places_.size() * 2, 0);
  for (std::uint32_t i = 0; i < shares_.size(); ++i) places_[place_of(shares_[i].number)] = i + 1;
}

std::vector<Share> ShareCounter::sorted() const {
  auto shares = shares_;
  std::sort(shares.begin(), shares.end(), [](const Share& a, const Share& b) { return a.number < b.number; });
  return shares;
}

void ShareCounter::clear() noexcept {
  shares_.clear();
  std::fill(places_.begin(), places_.end(), 0);
}

void SegmentBuilder::clear() {
  if (summary_.records == 0) return;
  summary_ = {};
  for (auto* counter : {&levels_, &sources_, &sites_}) counter->clear();
  masks_->clear();
}

void SegmentBuilder::add(RecordId id, const SegmentRow& row) {
  const auto block = block_of(id);
  if (!masks_) masks_ = std::make_unique<trigram::Masks>();
  auto& s = summary_;
  s.received_min = s.records == 0 ? row.received : std::min(s.received_min, row.received);
  s.received_max = s.records == 0 ? row.received : std::max(s.received_max, row.received);
  ++s.records;
  if (row.created) {
    s.created_min = std::min(s.created_min.value_or(*row.created), *row.created);
    s.created_max = std::max(s.created_max.value_or(*row.created), *row.created);
  } else {
    ++s.created_absent;
  }
  levels_.add(row.level, block);
  sources_.add(row.source, block);
  sites_.add(row.site, block);
  if (present(row.exc_text)) s.exceptions |= block;
  if (present(row.stack_info)) s.stacks |= block;
  if (present(row.extra)) s.extras |= block;
  s.text_bytes += static_cast<std::int64_t>(row.extra.size());
  for (const auto text : {row.message, row.exc_text, row.stack_info}) add_text(text, block);
}

void SegmentBuilder::add_text(std::string_view text, BlockMask block) {
  if (text.empty()) return;
  summary_.text_bytes += static_cast<std::int64_t>(text.size());
  if (!masks_->add(text, block)) summary_.opaque |= block;
}

SegmentSummary SegmentBuilder::summary(std::int64_t segment) const {
  auto summary = summary_;
  summary.segment = segment;
  summary.levels = levels_.sorted();
  return summary;
}

}  // namespace psherald::store
