#include "decode/known_types.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "decode/pickle_text.hpp"
#include "record/utf8.hpp"

namespace psherald::pickle {
namespace {

struct Call {
  const Heap& heap;
  const Instance& instance;
  const Sequence& arguments;
  std::size_t most;  // bytes to append

  const Value* argument(Index place) const noexcept { return heap.at(arguments, place); }
  std::optional<std::string_view> text(Index place) const noexcept {
    const auto* value = argument(place);
    return value != nullptr && value->is(Kind::text) ? std::optional{value->text()} : std::nullopt;
  }
  std::optional<std::int64_t> integer(Index place) const noexcept {
    const auto* value = argument(place);
    return value != nullptr && value->is(Kind::integer) ? std::optional{value->integer} : std::nullopt;
  }
};

// Python 2's names, and where a class is kept inside its package, mean the same as the name that people import.
std::string_view public_module(std::string_view module) noexcept {
  if (module == "__builtin__" || module == "exceptions") return "builtins";
  if (module == "copy_reg") return "copyreg";
  if (module == "pathlib._local") return "pathlib";
  return module;
}

void append_name(std::string& out, std::string_view name) {
  constexpr std::size_t longest = 200;
  append_utf8(out, name.substr(0, longest));
}

bool is_getattr(const Heap& heap, const Instance& instance) {
  if (!instance.callable.is(Kind::global)) return false;
  const auto& parts = heap.sequence(instance.callable);
  const auto* name = heap.at(instance.arguments, 1);
  return public_module(heap.at(parts, 0)->text()) == "builtins" && heap.at(parts, 1)->text() == "getattr" &&
         instance.arguments.count == 2 && name->is(Kind::text);
}

std::string latin1_of(std::string_view utf8, std::size_t most) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size() && bytes.size() < most; ++i) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const bool pair = (lead == 0xC2 || lead == 0xC3) && i + 1 < utf8.size();
    bytes += pair ? static_cast<char>((lead & 3) << 6 | (utf8[++i] & 0x3F)) : utf8[i];
  }
  return bytes;
}

// The bytes that datetime, date and time are made from: bytes, a Python 2 str, or Latin-1 text.
std::optional<std::string> packed_state(const Call& call, std::size_t size) {
  const auto* state = call.argument(0);
  if (state == nullptr) return {};
  auto bytes = bytes_of(call.heap, *state, size + 1);
  if (!bytes && state->is(Kind::text))
    bytes = state->number == size ? std::string{state->text()} : latin1_of(state->text(), size + 1);
  return bytes && bytes->size() == size ? bytes : std::nullopt;
}

int byte_at(std::string_view bytes, std::size_t place) noexcept { return static_cast<unsigned char>(bytes[place]); }

template <class... Numbers>
void append_format(std::string& out, const char* format, Numbers... numbers) {
  std::array<char, 80> text{};
  const int size = std::snprintf(text.data(), text.size(), format, numbers...);
  out.append(text.data(), static_cast<std::size_t>(size));
}

bool append_day(std::string& out, std::string_view bytes) {
  const int year = byte_at(bytes, 0) << 8 | byte_at(bytes, 1), month = byte_at(bytes, 2) & 0x7F,
            day = byte_at(bytes, 3);
  using namespace std::chrono;
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year < 1 || year > 9999) return false;
  append_format(out, "%04d-%02d-%02d", year, month, day);
  return true;
}

bool append_clock(std::string& out, std::string_view bytes) {
  const int hour = byte_at(bytes, 0) & 0x7F, minute = byte_at(bytes, 1), second = byte_at(bytes, 2);
  const int microsecond = byte_at(bytes, 3) << 16 | byte_at(bytes, 4) << 8 | byte_at(bytes, 5);
  if (hour > 23 || minute > 59 || second > 59 || microsecond > 999'999) return false;
  append_format(out, "%02d:%02d:%02d", hour, minute, second);
  if (microsecond != 0) append_format(out, ".%06d", microsecond);
  return true;
}

struct Delta {
  std::int64_t days, seconds, microseconds;
};

std::optional<Delta> delta_of(const Call& call) {
  const auto days = call.integer(0), seconds = call.integer(1), microseconds = call.integer(2);
  if (!days || !seconds || !microseconds) return {};
  if (*days < -999'999'999 || *days > 999'999'999) return {};
  if (*seconds < 0 || *seconds >= 86'400 || *microseconds < 0 || *microseconds > 999'999) return {};
  return Delta{*days, *seconds, *microseconds};
}

bool append_timedelta(std::string& out, const Call& call) {
  const auto delta = delta_of(call);
  if (!delta) return false;
  if (delta->days != 0) {
    out += std::to_string(delta->days);
    out += std::abs(delta->days) == 1 ? " day, " : " days, ";
  }
  append_format(out, "%d:%02d:%02d", static_cast<int>(delta->seconds / 3600),
                static_cast<int>(delta->seconds / 60 % 60), static_cast<int>(delta->seconds % 60));
  if (delta->microseconds != 0) append_format(out, ".%06d", static_cast<int>(delta->microseconds));
  return true;
}

// "+02:00" of a datetime.timezone.
bool append_offset(std::string& out, const Call& timezone) {
  const auto* value = timezone.argument(0);
  if (value == nullptr || !value->is(Kind::instance)) return false;
  const auto& instance = timezone.heap.instance(*value);
  const auto made = construction_of(timezone.heap, instance);
  const auto delta = delta_of({timezone.heap, instance, made.arguments, timezone.most});
  if (made.type != "datetime.timedelta" || !delta || std::abs(delta->days) > 1) return false;
  const std::int64_t seconds = delta->days * 86'400 + delta->seconds, size = std::abs(seconds);
  append_format(out, "%c%02d:%02d", seconds < 0 ? '-' : '+', static_cast<int>(size / 3600),
                static_cast<int>(size / 60 % 60));
  if (size % 60 != 0) append_format(out, ":%02d", static_cast<int>(size % 60));
  return true;
}

// As Python's str(): nothing but the offset before UTC, or its name.
bool append_timezone(std::string& out, const Call& call) {
  if (const auto name = call.text(1)) return append_name(out, *name), true;
  std::string offset;
  if (!append_offset(offset, call)) return false;
  out += offset == "+00:00" ? "UTC" : "UTC" + offset;
  return true;
}

// An offset, or what the zone is called: what it was then, only the sender knows.
void append_zone(std::string& out, const Heap& heap, const Value& zone) {
  if (!zone.is(Kind::instance)) return;
  const auto& instance = heap.instance(zone);
  const auto made = construction_of(heap, instance);
  const Call call{heap, instance, made.arguments, 0};
  if (made.type == "datetime.timezone" && append_offset(out, call)) return;
  const auto name = call.text(0);
  out += ' ';
  append_name(out, name ? *name : std::string_view{made.type});
}

bool append_datetime(std::string& out, const Call& call) {
  const auto state = packed_state(call, 10);
  std::string text;
  if (!state || !append_day(text, *state)) return false;
  text += ' ';
  if (!append_clock(text, std::string_view{*state}.substr(4))) return false;
  if (const auto* zone = call.argument(1)) append_zone(text, call.heap, *zone);
  out += text;
  return true;
}

bool append_date(std::string& out, const Call& call) {
  const auto state = packed_state(call, 4);
  return state && append_day(out, *state);
}

bool append_time(std::string& out, const Call& call) {
  const auto state = packed_state(call, 6);
  if (!state || !append_clock(out, *state)) return false;
  if (const auto* zone = call.argument(1)) append_zone(out, call.heap, *zone);
  return true;
}

bool append_decimal(std::string& out, const Call& call) {
  const auto text = call.text(0);
  if (!text) return false;
  append_text(out, *text, call.most);
  return true;
}

std::optional<std::array<std::uint32_t, 4>> number_of_128_bits(const Value& value) {
  std::array<std::uint32_t, 4> limbs{};  // the lowest first
  const std::string digits = value.is(Kind::integer)  ? std::to_string(value.integer)
                             : value.is(Kind::digits) ? std::string{value.text()}
                                                      : std::string{};
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return {};
    std::uint64_t carry = static_cast<std::uint64_t>(digit - '0');
    for (auto& limb : limbs) {
      carry += std::uint64_t{limb} * 10;
      limb = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) return {};
  }
  return digits.empty() ? std::nullopt : std::optional{limbs};
}

// Its state is {'int': number}.
bool append_uuid(std::string& out, const Call& call) {
  if (!call.instance.state.is(Kind::dict)) return false;
  const auto& state = call.heap.sequence(call.instance.state);
  const auto *key = call.heap.at(state, 0), *value = call.heap.at(state, 1);
  if (key == nullptr || !key->is(Kind::text) || key->text() != "int") return false;
  const auto limbs = number_of_128_bits(*value);
  if (!limbs) return false;
  const auto [a, b, c, d] = *limbs;
  append_format(out, "%08x-%04x-%04x-%04x-%04x%08x", d, c >> 16, c & 0xFFFF, b >> 16, b & 0xFFFF, a);
  return true;
}

void append_shortest(std::string& out, double number) {
  if (std::isnan(number)) number = std::abs(number);  // Python shows no sign of it
  std::array<char, 40> digits{};
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

bool append_complex(std::string& out, const Call& call) {
  const auto *real = call.argument(0), *imaginary = call.argument(1);
  if (imaginary == nullptr || !real->is(Kind::real) || !imaginary->is(Kind::real)) return false;
  const bool alone = real->real == 0 && !std::signbit(real->real);
  if (!alone) {
    out += '(';
    append_shortest(out, real->real);
    if (!std::signbit(imaginary->real) || std::isnan(imaginary->real)) out += '+';
  }
  append_shortest(out, imaginary->real);
  out += alone ? "j" : "j)";
  return true;
}

// Where a path begins: Python 3.12 and later write what it was made of, and an absolute part makes those before it
// void.
std::optional<Sequence> path_parts(const Call& call) {
  constexpr Index most_parts = 64;  // empty ones cost time and make no text
  if (call.arguments.count > most_parts) return {};
  Sequence parts = call.arguments;
  for (auto rest = call.arguments; rest.count > 0; rest = call.heap.without_first(rest, 1)) {
    const auto& part = call.heap.cell(rest.first).value;
    if (!part.is(Kind::text)) return {};
    if (part.text().starts_with('/')) parts = rest;
  }
  return parts;
}

bool append_path(std::string& out, const Call& call, char separator) {
  auto parts = path_parts(call);
  if (!parts) return false;
  std::string path;
  for (; parts->count > 0 && path.size() <= call.most; *parts = call.heap.without_first(*parts, 1)) {
    std::string part;
    append_utf8(part, call.heap.cell(parts->first).value.text().substr(0, call.most + 1));
    std::replace(part.begin(), part.end(), '/', separator);
    if (!part.empty() && !path.empty() && path.back() != separator) path += separator;
    path += part;
  }
  append_text(out, path.empty() ? "." : path, call.most);
  return true;
}
bool append_posix_path(std::string& out, const Call& call) { return append_path(out, call, '/'); }
bool append_windows_path(std::string& out, const Call& call) { return append_path(out, call, '\\'); }

struct KnownType {
  std::string_view name;
  bool (*append)(std::string& out, const Call& call);
};
constexpr std::array known_types{
    KnownType{"datetime.datetime", append_datetime},
    KnownType{"datetime.date", append_date},
    KnownType{"datetime.time", append_time},
    KnownType{"datetime.timedelta", append_timedelta},
    KnownType{"datetime.timezone", append_timezone},
    KnownType{"decimal.Decimal", append_decimal},
    KnownType{"uuid.UUID", append_uuid},
    KnownType{"builtins.complex", append_complex},
    KnownType{"pathlib.PurePath", append_posix_path},
    KnownType{"pathlib.Path", append_posix_path},
    KnownType{"pathlib.PurePosixPath", append_posix_path},
    KnownType{"pathlib.PosixPath", append_posix_path},
    KnownType{"pathlib.PureWindowsPath", append_windows_path},
    KnownType{"pathlib.WindowsPath", append_windows_path},
};

struct KnownContainer {
  std::string_view name;
  Kind kind;
  Index content;  // the argument that may hold what is in it
};
constexpr std::array known_containers{
    KnownContainer{"builtins.set", Kind::set, 0},         KnownContainer{"builtins.frozenset", Kind::frozenset, 0},
    KnownContainer{"collections.deque", Kind::list, 0},   KnownContainer{"collections.OrderedDict", Kind::dict, 0},
    KnownContainer{"collections.Counter", Kind::dict, 0}, KnownContainer{"collections.defaultdict", Kind::dict, 1},
};

const KnownContainer* known_container(std::string_view type) noexcept {
  const auto known = std::find_if(known_containers.begin(), known_containers.end(),
                                  [&](const KnownContainer& container) { return container.name == type; });
  return known == known_containers.end() ? nullptr : &*known;
}

}  // namespace

std::string name_of_callable(const Heap& heap, Value callable) {
  constexpr int deepest = 8;
  std::string within;
  for (int depth = 0; depth < deepest; ++depth) {
    if (callable.is(Kind::global)) {
      const auto& parts = heap.sequence(callable);
      std::string name;
      append_name(name, public_module(heap.at(parts, 0)->text()));
      name += '.';
      append_name(name, heap.at(parts, 1)->text());
      return name + within;
    }
    if (!callable.is(Kind::instance) || !is_getattr(heap, heap.instance(callable))) break;
    const auto& getattr = heap.instance(callable);
    std::string longer = ".";
    append_name(longer, heap.at(getattr.arguments, 1)->text());
    within.insert(0, longer);
    callable = *heap.at(getattr.arguments, 0);
  }
  return {};
}

Construction construction_of(const Heap& heap, const Instance& instance) {
  const auto type_of = [&](const Value& callable) {
    auto name = name_of_callable(heap, callable);
    return name.empty() ? "?" : name;
  };
  Construction made{type_of(instance.callable), instance.arguments};
  const auto* type = heap.at(made.arguments, 0);
  if (type == nullptr) return made;
  if (made.type == "copyreg.__newobj__") {
    made = {type_of(*type), heap.without_first(made.arguments, 1)};
  } else if (made.type == "copyreg._reconstructor" && made.arguments.count == 3) {
    // class, base class, and what the base class is made from
    const auto base = heap.without_first(made.arguments, 2);
    made = {type_of(*type), heap.at(base, 0)->is(Kind::none) ? Sequence{} : base};
  }
  return made;
}

bool append_known(std::string& out, const Heap& heap, const Instance& instance, const Construction& made,
                  std::size_t most) {
  for (const auto& type : known_types)
    if (type.name == made.type) return type.append(out, {heap, instance, made.arguments, most});
  return false;
}

std::optional<std::string> bytes_of(const Heap& heap, Value value, std::size_t most) {
  constexpr int deepest = 2;  // Python 3 writes a bytearray as that of an encoded text
  for (int depth = 0; depth < deepest && value.is(Kind::instance); ++depth) {
    const auto made = construction_of(heap, heap.instance(value));
    if (made.type != "_codecs.encode" && made.type != "builtins.bytearray" && made.type != "builtins.bytes") return {};
    const auto* content = heap.at(made.arguments, 0);
    if (content == nullptr) return std::string{};
    if (content->is(Kind::text)) return latin1_of(content->text(), most);
    value = *content;
  }
  return value.is(Kind::bytes) ? std::optional{std::string{value.text().substr(0, most)}} : std::nullopt;
}

bool is_pair(const Heap& heap, const Value& value) noexcept {
  return (value.is(Kind::list) || value.is(Kind::tuple)) && heap.sequence(value).count == 2;
}

bool is_container(const Construction& made) noexcept { return known_container(made.type) != nullptr; }

std::optional<Content> content_of(const Heap& heap, const Value& value) {
  switch (value.kind) {
    case Kind::list:
    case Kind::tuple:
    case Kind::dict:
    case Kind::set:
    case Kind::frozenset: return Content{value.kind, heap.sequence(value)};
    default: return {};
  }
}

std::optional<Content> content_of(const Heap& heap, const Instance& instance, const Construction& made) {
  const auto* known = known_container(made.type);
  if (known == nullptr) return {};
  const bool is_dict = known->kind == Kind::dict;
  const auto& added = is_dict ? instance.pairs : instance.items;
  const auto* given = heap.at(made.arguments, known->content);
  if (added.count > 0 || given == nullptr) return Content{known->kind, added};
  const auto content = content_of(heap, *given);
  if (!content) return {};
  if (!is_dict)
    return content->kind == Kind::dict ? std::nullopt : std::optional{Content{known->kind, content->values}};
  if (content->kind == Kind::dict || content->values.count == 0) return Content{Kind::dict, content->values};
  // The first speaks for all: to look at each, again and again, costs more than it says.
  if (!is_pair(heap, *heap.at(content->values, 0))) return {};
  return Content{Kind::dict, content->values, true};
}

}  // namespace psherald::pickle
