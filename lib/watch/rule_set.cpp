#include "watch/rule_set.hpp"

#include <algorithm>

#include "psherald/fields.hpp"
#include "query/casefold.hpp"
#include "record/utf8.hpp"

namespace psherald::watch {
namespace {

using query::Judge;
using query::Leaf;
using query::Place;

enum class Truth { no, yes, open };

Truth negated(Truth truth) { return truth == Truth::open ? truth : truth == Truth::yes ? Truth::no : Truth::yes; }

/// Judges as far as sender, place and level tell.
struct ByNames {
  const Source& source;
  const Site& site;
  Level level;
  query::Scratch& scratch;

  Truth operator()(const Judge& judge) {
    switch (judge.kind) {
      case Judge::Kind::all: return Truth::yes;
      case Judge::Kind::leaf: return leaf(*judge.leaf);
      case Judge::Kind::negation: return negated((*this)(judge.of.front()));
      case Judge::Kind::every: return joined(judge, Truth::no, Truth::yes);
      default: return joined(judge, Truth::yes, Truth::no);
    }
  }

  Truth joined(const Judge& judge, Truth decides, Truth otherwise) {
    Truth all = otherwise;
    for (const auto& part : judge.of) {
      const auto one = (*this)(part);
      if (one == decides) return decides;
      if (one == Truth::open) all = Truth::open;
    }
    return all;
  }

  Truth leaf(const Leaf& leaf) {
    const auto place = query::place_of(leaf);
    if (place == Place::source) return fits(leaf, source, scratch) ? Truth::yes : Truth::no;
    if (place == Place::site) return fits(leaf, site, scratch) ? Truth::yes : Truth::no;
    if (const auto* numbers = std::get_if<query::Numbers>(&leaf); numbers && numbers->field == ast::Field::level)
      return numbers->contains(static_cast<std::int64_t>(level)) ? Truth::yes : Truth::no;
    return Truth::open;
  }
};

using Needed = std::optional<std::vector<std::string>>;  // one of these has to be there; nothing: none has to

Needed needed(const query::TextTest& test) {
  if (const auto* literal = std::get_if<query::Literal>(&test))
    return literal->none || literal->folded.empty() ? Needed{} : Needed{{literal->folded}};
  if (const auto* exactly = std::get_if<query::Exactly>(&test))
    return exactly->none || exactly->value.empty() ? Needed{} : Needed{{query::folded(exactly->value)}};
  if (const auto* wild = std::get_if<query::Wildcards>(&test)) {
    const auto parts = wild->literals();
    const auto longest =
        std::max_element(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.size() < b.size(); });
    return longest == parts.end() || longest->empty() ? Needed{} : Needed{{*longest}};
  }
  const query::RegexAtoms atoms{std::get<query::CompiledRegex>(test)};
  if (atoms.anything()) return {};
  std::vector<std::string> folded;
  for (const auto& atom : atoms.atoms()) folded.push_back(query::folded(atom));
  return folded;
}

Needed needed(const Judge& judge);

/// What one of the parts needs, or all of them together.
template <class Parts>
Needed needed_by_any(const Parts& parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) {
    auto one = needed(part);
    if (!one) return {};
    all.insert(all.end(), one->begin(), one->end());
  }
  return all;
}

std::size_t shortest(const std::vector<std::string>& texts) {
  std::size_t length = std::string::npos;
  for (const auto& text : texts) length = std::min(length, text.size());
  return length;
}

Needed needed(const Judge& judge) {
  switch (judge.kind) {
    case Judge::Kind::leaf:
      if (const auto* texts = std::get_if<query::Texts>(&*judge.leaf)) return needed_by_any(texts->any_of);
      return {};
    case Judge::Kind::any: return needed_by_any(judge.of);
    case Judge::Kind::every: {
      Needed best;
      for (const auto& part : judge.of)
        if (auto one = needed(part); one && (!best || shortest(*one) > shortest(*best))) best = std::move(one);
      return best;
    }
    default: return {};
  }
}

}  // namespace

RuleSet::RuleSet(const std::vector<const Filter*>& filters, const TimeBase& base)
    : has_phrase_(filters.size()), looked_at_(filters.size()) {
  for (std::uint32_t number = 0; number < filters.size(); ++number) {
    judges_.push_back(query::compile(filters[number]->root, base));
    if (const auto texts = needed(judges_.back())) {
      has_phrase_[number] = true;
      for (const auto& text : *texts) phrases_.add(text, number);
    }
  }
  phrases_.build();
}

void RuleSet::rebind(const TimeBase& base) {
  for (auto& judge : judges_) query::rebind(judge, base);
}

const RuleSet::Candidates& RuleSet::candidates_of(const RecordBatch& batch, const Record& record) {
  constexpr std::size_t most = 20'000;
  const Names names{batch.sources().hash(record.source), batch.sites().hash(record.site), record.level};
  if (const auto known = known_.find(names); known != known_.end()) return known->second;
  if (known_.size() >= most) known_.clear();
  auto& found = known_[names];
  ByNames by_names{batch.source(record), batch.site(record), record.level, scratch_};
  for (std::uint32_t number = 0; number < judges_.size(); ++number) {
    const auto truth = by_names(judges_[number]);
    if (truth == Truth::no) continue;
    if (truth == Truth::yes) {
      found.certain.push_back(number);
    } else if (has_phrase_[number]) {
      if (!found.any_by_phrase) found.by_phrase.resize(judges_.size());
      found.any_by_phrase = found.by_phrase[number] = true;
    } else {
      found.open.push_back(number);
    }
  }
  return found;
}

bool RuleSet::fits(std::uint32_t filter, const RecordBatch& batch, const Record& record) {
  return query::evaluate(judges_[filter], [&](const Leaf& leaf) {
    switch (query::place_of(leaf)) {
      case Place::source: return query::fits(leaf, batch.source(record), scratch_);
      case Place::site: return query::fits(leaf, batch.site(record), scratch_);
      case Place::process: return query::fits(leaf, batch.process(record), scratch_);
      default: return query::fits(leaf, record, scratch_);
    }
  });
}

void RuleSet::fold(std::string_view text) {
  folded_.clear();
  if (!is_ascii(text)) return query::append_folded(folded_, text);
  folded_.resize(text.size());
  std::transform(text.begin(), text.end(), folded_.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
}

const std::vector<std::uint32_t>& RuleSet::matching(const RecordBatch& batch, const Record& record) {
  const auto& candidates = candidates_of(batch, record);
  matching_ = candidates.certain;
  if (candidates.open.empty() && !candidates.any_by_phrase) return matching_;
  scratch_.set(record);
  for (const auto number : candidates.open)
    if (fits(number, batch, record)) matching_.push_back(number);
  if (!candidates.any_by_phrase) return matching_;
  ++record_number_;
  for (const auto text : {record.message, record.exc_text, record.stack_info}) {
    if (text.empty()) continue;
    fold(text);
    phrases_.find(folded_, [&](std::uint32_t number) {
      if (!candidates.by_phrase[number] || looked_at_[number] == record_number_) return;
      looked_at_[number] = record_number_;
      if (fits(number, batch, record)) matching_.push_back(number);
    });
  }
  return matching_;
}

std::string field_text(const ast::FieldRef& field, const RecordBatch& batch, const Record& record) {
  constexpr std::size_t longest = 200;
  if (field.field == ast::Field::level) return level_name(record.level);
  const auto value = value_of(batch, record, field);
  std::string text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) text = std::to_string(*number);
  if (const auto* said = std::get_if<std::string>(&value)) text = *said;
  if (const auto* json = std::get_if<Json>(&value)) text = json->text;
  if (text.size() > longest) text.resize(cut_utf8(text, longest).size());
  return text;
}

}  // namespace psherald::watch
