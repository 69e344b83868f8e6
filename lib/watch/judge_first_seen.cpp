#include "watch/judge_first_seen.hpp"

#include "psherald/fingerprint.hpp"
#include "query/variants.hpp"
#include "record/hex.hpp"
#include "record/lines.hpp"
#include "record/utf8.hpp"

namespace psherald::watch {
namespace {

constexpr std::size_t most_seen = 200'000;

std::string title_of(std::string_view message) {
  constexpr std::size_t characters = 60;
  return std::string{first_characters(take_line(message), characters)};
}

/// Of a fingerprint or a call site, each by itself for what the rule is `by`.
std::string name_of(std::uint64_t number, const Sign& sign) {
  auto name = to_hex(number);
  if (sign.values && !sign.values->empty()) name += "/" + join_key(*sign.values);
  return name;
}

void note_change(RuleState& rule, const std::string& name) {
  if (rule.newly_seen.empty() || rule.newly_seen.back() != name) rule.newly_seen.push_back(name);
}

/// The variants that a message is one of, which was not met before; null: it has no call site, or one with too many.
std::shared_ptr<Variants> join_variants(RuleState& rule, const std::string& name, const Sign& sign) {
  if (!sign.call_site) return {};
  const auto site = name_of(*sign.call_site, sign);
  const auto message = normalised_message(sign.message);
  auto& forms = rule.variants[site];
  for (const auto& known : forms) {
    auto form = query::common_form(known->form, message);
    if (!form) continue;
    if (known->count <= query::variants_told_apart || known->form != *form) note_change(rule, known->first);
    known->count = std::min(known->count + 1, query::variants_told_apart + 1);
    known->form = std::move(*form);
    return known;
  }
  if (forms.size() >= query::most_forms) return {};
  return forms.emplace_back(std::make_shared<Variants>(Variants{name, site, message, 1}));
}

bool is_one_message(const std::shared_ptr<Variants>& variants) {
  return variants && variants->count > query::variants_told_apart;
}

struct Met {
  std::string name{};  ///< Under which it counts; empty: there are too many.
  bool is_new = false;
};

Met meet(Case& rule, const Sign& sign) {
  auto& seen = rule.state.seen;
  Met met{name_of(sign.fingerprint, sign)};
  auto known = seen.find(met.name);
  if (known == seen.end() && seen.size() >= most_seen) {
    rule.state.health = "more than " + std::to_string(most_seen) + " different messages: further ones count as known";
    rule.state.dirty = true;
    return {};
  }
  const auto variants = known == seen.end() ? join_variants(rule.state, met.name, sign) : known->second.variants;
  if (is_one_message(variants)) {
    met.name = variants->first;
    known = seen.find(met.name);
  }
  met.is_new = known == seen.end() || sign.tau - known->second.last > rule.condition.age;
  auto& one = seen[met.name];
  if (one.count++ == 0) one.first = sign.tau, one.first_id = sign.id, one.version = sign.version;
  one.variants = variants;
  one.last = std::max(one.last, sign.tau);
  one.last_id = sign.id;
  note_change(rule.state, met.name);
  return met;
}

}  // namespace

void learn_message(Case& rule, const Sign& sign) { meet(rule, sign); }

void absorb_message(Case& rule, const Sign& sign) {
  const auto met = meet(rule, sign);
  if (met.name.empty()) return;
  const auto place = rule.state.keys.find(met.name);
  if (place != rule.state.keys.end() && is_open(place->second)) {
    rule.hold_false(place->second, place->second.incident->last_true, sign.tau - tick);
    if (is_open(place->second)) return rule.hold_true(place->second, sign.tau, sign.id, true);
  }
  if (!met.is_new) return;
  auto& key = rule.state.keys[met.name];
  key.name = met.name;
  if (sign.values) key.values = *sign.values;
  rule.note(key, sign);
  rule.hold_true(key, sign.tau, sign.id, false);
  key.incident->title = title_of(sign.message);
}

}  // namespace psherald::watch
