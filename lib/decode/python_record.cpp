#include "decode/python_record.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "decode/pickle_text.hpp"
#include "record/json.hpp"
#include "record/utf8.hpp"

namespace psherald {
namespace {

using pickle::Kind;
using pickle::Value;

struct Name {
  std::string_view text;
  Attribute attribute;
};
constexpr std::array names{
    Name{"name", Attribute::name},
    Name{"msg", Attribute::msg},
    Name{"message", Attribute::message},
    Name{"args", Attribute::args},
    Name{"levelname", Attribute::levelname},
    Name{"levelno", Attribute::levelno},
    Name{"pathname", Attribute::pathname},
    Name{"filename", Attribute::filename},
    Name{"module", Attribute::module},
    Name{"exc_info", Attribute::exc_info},
    Name{"exc_text", Attribute::exc_text},
    Name{"stack_info", Attribute::stack_info},
    Name{"lineno", Attribute::lineno},
    Name{"funcName", Attribute::func_name},
    Name{"created", Attribute::created},
    Name{"msecs", Attribute::msecs},
    Name{"relativeCreated", Attribute::relative_created},
    Name{"thread", Attribute::thread},
    Name{"threadName", Attribute::thread_name},
    Name{"processName", Attribute::process_name},
    Name{"process", Attribute::process},
    Name{"taskName", Attribute::task_name},
    Name{"asctime", Attribute::asctime},
    Name{"PRODUKT_ID", Attribute::produkt_id},
    Name{"SYSTEM_ID", Attribute::system_id},
    Name{"SUB_SYSTEM_ID", Attribute::sub_system_id},
    Name{"SUB_SUB_SYSTEM_ID", Attribute::sub_sub_system_id},
    Name{"USER_SPEC_1", Attribute::user_spec_1},
    Name{"USER_SPEC_2", Attribute::user_spec_2},
    // The original lower-cased all names, so these mean the same.
    Name{"produkt_id", Attribute::produkt_id},
    Name{"system_id", Attribute::system_id},
    Name{"sub_system_id", Attribute::sub_system_id},
    Name{"sub_sub_system_id", Attribute::sub_sub_system_id},
    Name{"user_spec_1", Attribute::user_spec_1},
    Name{"user_spec_2", Attribute::user_spec_2},
    Name{"api_version", Attribute::api_version},
    Name{"package_version", Attribute::package_version},
};

// Every attribute of every record is looked up here, so it has to be cheap: no two names share a place.
constexpr std::size_t places = 128;
constexpr std::size_t place_of(std::string_view name) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
  return (name.size() + byte(0) * 16 + byte(name.size() - 1) * 25 + byte(name.size() / 2)) % places;
}
constexpr auto name_at_place = [] {
  std::array<Name, places> table{};
  table.fill({{}, Attribute::other});
  for (const auto& name : names) table[place_of(name.text)] = name;
  return table;
}();
static_assert(std::all_of(names.begin(), names.end(),
                          [](const Name& name) { return name_at_place[place_of(name.text)].text == name.text; }));

Attribute attribute_of(std::string_view name) noexcept {
  if (name.empty()) return Attribute::other;
  const auto& found = name_at_place[place_of(name)];
  return detail::equal(found.text, name) ? found.attribute : Attribute::other;
}

std::string_view name_of(Attribute attribute) noexcept {
  return std::find_if(names.begin(), names.end(), [&](const Name& name) { return name.attribute == attribute; })->text;
}

bool is_number(const Value& value) noexcept { return value.is(Kind::real) || value.is(Kind::integer); }

double number_of(const Value& value) noexcept {
  return value.is(Kind::real) ? value.real : static_cast<double>(value.integer);
}

std::string_view or_absent(std::string_view text) noexcept { return text == "None" ? std::string_view{} : text; }

}  // namespace

Result<void> RecordBuilder::append(const Value& attributes, RecordBatch& batch) {
  room_ = names_room_ = options_.max_output_bytes;
  if (!attributes.is(Kind::dict))
    return Fault{Errc::bad_record, "the pickle is no log record: not a dict, but " + beginning(attributes)};
  collect(heap_.sequence(attributes));
  if (given_ == 0)
    return Fault{Errc::bad_record,
                 "the pickle is no log record: a dict without any attribute of one, " + beginning(attributes)};

  const auto level = this->level();
  const auto created = this->created();
  const auto relative = this->relative();
  const auto source = make_source();
  const auto site = make_site();
  const auto process = make_process();
  const auto message = this->message();
  const auto exc_text = or_absent(text(Attribute::exc_text));
  const auto stack_info = or_absent(text(Attribute::stack_info));
  leave_what_says_more(created.has_value());
  batch.append({.created = created,
                .relative = relative,
                .level = level,
                .message = message,
                .exc_text = exc_text,
                .stack_info = stack_info,
                .extra = extra()},
               source, site, process);
  return {};
}

void RecordBuilder::clear() {
  given_ = 0;
  extras_.clear();
  extra_.clear();
  texts_.clear();
}

// -- attributes

void RecordBuilder::collect(const pickle::Sequence& pairs) {
  auto number = pairs.first;
  for (std::uint32_t position = 0; position < pairs.count / 2; ++position) {
    const auto& key = heap_.cell(number);
    const auto& value = heap_.cell(key.next);
    number = value.next;
    const auto attribute = key.value.is(Kind::text) ? attribute_of(key.value.text()) : Attribute::other;
    if (attribute == Attribute::other) {
      add_extra(name_of(key.value), value.value, position);
    } else {
      slots_[static_cast<std::size_t>(attribute)] = {value.value, position};
      given_ |= bit_of(attribute);
    }
  }
}

std::string_view RecordBuilder::name_of(const Value& key) {
  if (key.is(Kind::text) && key.number <= names_room_ && is_utf8(key.text())) return key.text();
  scratch_.clear();
  if (key.is(Kind::text)) {
    pickle::append_text(scratch_, key.text(), names_room_);
  } else {
    python_.append(scratch_, key, names_room_);
  }
  return texts_.keep(scratch_);
}

// Names beyond the bound could not be written anyway; looking at them again and again must cost nothing.
void RecordBuilder::add_extra(std::string_view name, const Value& value, std::uint32_t position) {
  if (names_room_ == 0) return;
  extras_.push_back({name, value, position});
  names_room_ -= std::min(names_room_, name.size() + 1);
}

void RecordBuilder::leave(Attribute attribute) {
  const auto& value = value_of(attribute);
  if (value.is(Kind::unset) || value.is(Kind::none)) return;
  add_extra(psherald::name_of(attribute), value, slots_[static_cast<std::size_t>(attribute)].position);
}

// What the record's fields do not say is kept in `extra`.
void RecordBuilder::leave_what_says_more(bool has_created) {
  const auto& args = value_of(Attribute::args);
  if (!args.is(Kind::tuple) || heap_.sequence(args).count > 0) leave(Attribute::args);
  leave(Attribute::exc_info);
  leave(Attribute::task_name);
  if (!value_of(Attribute::asctime).is(Kind::text)) leave(Attribute::asctime);
  if (!has_created || !is_number(value_of(Attribute::msecs))) leave(Attribute::msecs);
  const auto& formatted = value_of(Attribute::message);
  const auto& msg = value_of(Attribute::msg);
  if (!msg.is(Kind::unset) && !(formatted.is(Kind::text) && msg.is(Kind::text) && formatted.text() == msg.text()))
    leave(Attribute::message);
}

// -- texts

std::string_view RecordBuilder::make_text_of(const Value& value) {
  scratch_.clear();
  if (!value.is(Kind::text)) {
    python_.append(scratch_, value, room_);
  } else if (value.number > room_ || !is_utf8(value.text())) {
    pickle::append_text(scratch_, value.text(), room_);
  } else {
    room_ -= value.number;
    return value.text();
  }
  room_ -= std::min(room_, scratch_.size());
  return texts_.keep(scratch_);
}

std::string_view RecordBuilder::text(Attribute attribute) {
  const auto& value = value_of(attribute);
  return value.is(Kind::unset) || value.is(Kind::none) ? std::string_view{} : text_of(value);
}

std::string_view RecordBuilder::message() {
  const auto& msg = value_of(Attribute::msg);
  return msg.is(Kind::unset) ? text(Attribute::message) : text_of(msg);
}

Source RecordBuilder::make_source() {
  const auto name = [&](Attribute attribute) { return or_absent(text(attribute)); };
  return {name(Attribute::produkt_id),        name(Attribute::system_id),   name(Attribute::sub_system_id),
          name(Attribute::sub_sub_system_id), name(Attribute::user_spec_1), name(Attribute::user_spec_2),
          name(Attribute::api_version)};
}

Site RecordBuilder::make_site() {
  return {text(Attribute::name),
          text(Attribute::pathname),
          text(Attribute::filename),
          text(Attribute::module),
          text(Attribute::func_name),
          text(Attribute::levelname),
          or_absent(text(Attribute::package_version)),
          integer(Attribute::lineno)};
}

Process RecordBuilder::make_process() {
  return {integer(Attribute::process), text(Attribute::process_name), integer(Attribute::thread),
          text(Attribute::thread_name)};
}

// -- numbers: one that does not fit is left for `extra`

std::optional<std::int64_t> RecordBuilder::integer(Attribute attribute) {
  const auto& value = value_of(attribute);
  if (value.is(Kind::integer)) return value.integer;
  leave(attribute);
  return {};
}

Level RecordBuilder::level() {
  const auto& value = value_of(Attribute::levelno);
  const bool fits = is_number(value) && std::abs(number_of(value)) <= std::numeric_limits<std::int32_t>::max();
  if (fits && number_of(value) == std::trunc(number_of(value)))
    return Level{static_cast<std::int32_t>(number_of(value))};
  if (value.is(Kind::text))
    if (const auto named = parse_level(value.text())) return *named;
  leave(Attribute::levelno);
  return Level::info;
}

std::optional<std::chrono::microseconds> RecordBuilder::microseconds(Attribute attribute, double unit, double least,
                                                                     double most) {
  const auto& value = value_of(attribute);
  if (is_number(value)) {
    const double count = number_of(value) * unit;
    if (count >= least && count <= most) return std::chrono::microseconds{std::llround(count)};
  }
  leave(attribute);
  return {};
}

// Seconds, of the years 1 to 9999.
std::optional<Timestamp> RecordBuilder::created() {
  const auto since = microseconds(Attribute::created, 1e6, -62'135'596'800e6, 253'402'300'799e6);
  return since ? std::optional{Timestamp{*since}} : std::nullopt;
}

// Milliseconds, at most a thousand years of them.
std::optional<std::chrono::microseconds> RecordBuilder::relative() {
  constexpr double thousand_years = 1000 * 365.25 * 86'400e6;
  return microseconds(Attribute::relative_created, 1e3, -thousand_years, thousand_years);
}

// -- extra

// As in Python, a name that comes again keeps its place and gets the later value.
void RecordBuilder::keep_last_of_each_name() {
  const auto by_name = [](const Extra& a, const Extra& b) {
    const int order = a.name.compare(b.name);
    return order != 0 ? order < 0 : a.position < b.position;
  };
  const auto by_position = [](const Extra& a, const Extra& b) { return a.position < b.position; };
  std::sort(extras_.begin(), extras_.end(), by_name);
  std::size_t kept = 0;
  for (std::size_t i = 1; i < extras_.size(); ++i) {
    if (extras_[i].name == extras_[kept].name) {
      extras_[kept].value = extras_[i].value;
    } else {
      extras_[++kept] = extras_[i];
    }
  }
  extras_.resize(kept + 1);
  std::sort(extras_.begin(), extras_.end(), by_position);
}

std::string_view RecordBuilder::extra() {
  if (extras_.empty()) return {};
  if (extras_.size() > 1) keep_last_of_each_name();
  extra_ = '{';
  for (const auto& extra : extras_) {
    if (extra_.size() > 1) extra_ += ',';
    const auto room = [&] { return room_ - std::min(room_, extra_.size()); };
    pickle::append_json_text(extra_, extra.name, room());
    extra_ += ':';
    json_.append(extra_, extra.value, room());
    if (room() == 0) break;
  }
  return extra_ += '}';
}

std::string RecordBuilder::beginning(const Value& value) {
  constexpr std::size_t enough = 60;
  std::string text;
  python_.append(text, value, enough);
  return text;
}

}  // namespace psherald
