#include "query/segment_judge.hpp"

#include <algorithm>
#include <numeric>

namespace psherald::query {
namespace {

using ast::Field;
using store::all_blocks, store::no_block;
using store::BlockMask;

constexpr Masks everything{all_blocks, all_blocks}, nothing{no_block, no_block}, unknown{all_blocks, no_block};

constexpr Masks operator!(Masks masks) noexcept { return {~masks.must, ~masks.may}; }

// Records lie in these blocks for each number: of what fits and of what does not, blocks are known.
template <class Fits>
Masks by_share(const std::vector<store::Share>& shares, const Fits& fits_number) {
  Masks masks{no_block, all_blocks};
  for (const auto& share : shares) {
    if (fits_number(share.number))
      masks.may |= share.blocks;
    else
      masks.must &= ~share.blocks;
  }
  return masks;
}

// Of numbers between these two, both included.
Masks by_span(const std::vector<Interval>& any_of, Interval span) {
  Masks masks = nothing;
  for (const auto& interval : any_of) {
    if (interval.low <= span.high && span.low <= interval.high) masks.may = all_blocks;
    if (interval.low <= span.low && span.high <= interval.high) masks.must = all_blocks;
  }
  return masks;
}

Masks by_id(const std::vector<Interval>& any_of, std::int64_t segment) {
  const auto first = store::first_id_of(segment);
  const auto whole = by_span(any_of, {first, store::last_id_of(segment)});
  if (whole.may == whole.must) return whole;
  Masks masks = nothing;
  for (RecordId id = first; id <= store::last_id_of(segment); id += store::block_ids) {
    const auto block = by_span(any_of, {id, id + store::block_ids - 1});
    masks.may |= block.may & store::block_of(id);
    masks.must |= block.must & store::block_of(id);
  }
  return masks;
}

bool is_level(const Leaf& leaf) noexcept {
  const auto* numbers = std::get_if<Numbers>(&leaf);
  return numbers && numbers->field == Field::level;
}
bool is_source(const Leaf& leaf) noexcept { return place_of(leaf) == Place::source; }
bool is_site(const Leaf& leaf) noexcept { return place_of(leaf) == Place::site; }

// Whether summaries count it: else no sum of shares can be known.
bool is_counted(const Leaf& leaf) noexcept {
  return std::holds_alternative<Numbers>(leaf) ? place_of(leaf) != Place::process : is_source(leaf) || is_site(leaf);
}

}  // namespace

SegmentJudge::SegmentJudge(sqlite3* db, const Judge& judge, DictionaryJudge& dictionaries)
    : judge_{judge}, dictionaries_{dictionaries}, reader_{db}, countable_{!any_leaf(judge, [](const Leaf& leaf) {
        return !is_counted(leaf);
      })} {
  add_clues(judge);
}

void SegmentJudge::add_clues(const Judge& judge) {
  for (const auto& part : judge.of) add_clues(part);
  if (const auto* texts = judge.leaf ? std::get_if<Texts>(&*judge.leaf) : nullptr) {
    auto& clues = clues_[texts];
    for (const auto& test : texts->any_of) clues.emplace_back(test);
  }
}

Masks SegmentJudge::enter(const store::SegmentSummary& summary) {
  summary_ = &summary;
  sources_.reset();
  sites_.reset();
  return masks_ = judge(judge_, all_blocks);
}

const SegmentJudge::Shares& SegmentJudge::shares_of(Place place) {
  auto& shares = place == Place::source ? sources_ : sites_;
  if (!shares) shares = place == Place::source ? reader_.sources(summary_->segment) : reader_.sites(summary_->segment);
  return *shares;
}

// What it says of blocks that are not among these is of no use; who asks has ruled them out, or knows that they match.
Masks SegmentJudge::judge(const Judge& judge, BlockMask among) {
  switch (judge.kind) {
    case Judge::Kind::all: return everything;
    case Judge::Kind::leaf: return this->judge(*judge.leaf, among);
    case Judge::Kind::negation: return !this->judge(judge.of.front(), among);
    case Judge::Kind::every: {
      Masks all = everything;
      for (const auto& part : judge.of) {
        if ((all.may & among) == no_block) break;
        const auto one = this->judge(part, all.may & among);
        all = {all.may & one.may, all.must & one.must};
      }
      return all;
    }
    default: break;
  }
  Masks any = nothing;
  for (const auto& part : judge.of) {
    if ((~any.must & among) == no_block) break;
    const auto one = this->judge(part, ~any.must & among);
    any = {any.may | one.may, any.must | one.must};
  }
  return any;
}

Masks SegmentJudge::judge(const Leaf& leaf, BlockMask among) {
  if (known_ && known_->of(leaf)) return fits_number(leaf, known_->number) ? everything : nothing;
  if (const auto place = place_of(leaf); place != Place::entry)
    return place == Place::process ? unknown : judge_names(leaf);
  if (const auto* numbers = std::get_if<Numbers>(&leaf)) return judge(*numbers);
  if (const auto* texts = std::get_if<Texts>(&leaf)) return judge(*texts, among);
  if (const auto* presence = std::get_if<Presence>(&leaf)) return judge(*presence);
  if (std::holds_alternative<AttributeTests>(leaf)) return {summary_->extras, no_block};
  return unknown;
}

Masks SegmentJudge::judge(const Numbers& numbers) const {
  switch (numbers.field) {
    case Field::id: return by_id(numbers.any_of, summary_->segment);
    case Field::level: return by_share(summary_->levels, [&](std::int64_t level) { return numbers.contains(level); });
    case Field::received: return by_span(numbers.any_of, {summary_->received_min, summary_->received_max});
    default: break;
  }
  if (!summary_->created_min || !summary_->created_max) return nothing;
  auto masks = by_span(numbers.any_of, {*summary_->created_min, *summary_->created_max});
  if (summary_->created_absent > 0) masks.must = no_block;
  return masks;
}

Masks SegmentJudge::judge(const Texts& texts, BlockMask among) {
  const auto present = texts.field == Field::exception ? summary_->exceptions
                       : texts.field == Field::stack   ? summary_->stacks
                                                       : all_blocks;
  Masks masks = nothing;
  const auto& tests = texts.any_of;
  auto& clues = clues_.at(&texts);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    if (means_absent(tests[i])) {  // which every record of a block without it is
      masks = {all_blocks, masks.must | ~present};
      continue;
    }
    const auto left = among & present & ~masks.may;
    if (left != no_block) masks.may |= clues[i].may(reader_, summary_->segment, left) | (summary_->opaque & left);
  }
  return masks;
}

Masks SegmentJudge::judge(const Presence& presence) const {
  switch (presence.field) {
    case Field::exception: return {summary_->exceptions, no_block};
    case Field::stack: return {summary_->stacks, no_block};
    case Field::created:
      if (!summary_->created_min) return nothing;
      return {all_blocks, summary_->created_absent == 0 ? all_blocks : no_block};
    case Field::id:
    case Field::level:
    case Field::received: return everything;
    default: return unknown;
  }
}

Masks SegmentJudge::judge_names(const Leaf& leaf) {
  const auto& shares = shares_of(place_of(leaf));
  if (!shares) return unknown;
  return by_share(*shares, [&](std::int64_t row) { return dictionaries_.fits_row(leaf, row); });
}

bool SegmentJudge::fits_number(const Leaf& leaf, std::int64_t number) {
  return is_level(leaf) ? std::get<Numbers>(leaf).contains(number) : dictionaries_.fits_row(leaf, number);
}

std::optional<std::int64_t> SegmentJudge::count() {
  if (masks_.may == no_block) return 0;
  if (masks_.must == all_blocks) return summary_->records;
  for (const auto by : {By::level, By::source, By::site})
    if (const auto shares = matching(by))
      return std::accumulate(shares->begin(), shares->end(), std::int64_t{0},
                             [](std::int64_t sum, const store::Share& share) { return sum + share.records; });
  return {};
}

// Records of one number after the other: of each it has to be known whether they match, all of them or none.
SegmentJudge::Shares SegmentJudge::matching(By by) {
  if (masks_.may == no_block) return std::vector<store::Share>{};
  const bool all = masks_.must == all_blocks;
  const auto of = by == By::level ? is_level : by == By::source ? is_source : is_site;
  if (!all && (!countable_ || !any_leaf(judge_, of))) return {};
  const auto shares = by == By::level    ? Shares{summary_->levels}
                      : by == By::source ? shares_of(Place::source)
                                         : shares_of(Place::site);
  if (all || !shares) return shares;
  std::vector<store::Share> matching;
  for (const auto& share : *shares) {
    known_ = Known{of, share.number};
    const auto masks = judge(judge_, share.blocks);
    known_.reset();
    if ((masks.may & share.blocks) == no_block) continue;
    if ((~masks.must & share.blocks) != no_block) return {};
    matching.push_back(share);
  }
  return matching;
}

}  // namespace psherald::query
