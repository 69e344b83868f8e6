#include "graphql/document.hpp"

#include <algorithm>

#include "record/json.hpp"

namespace psherald::graphql {
namespace {

void append(std::string& out, const Value& value);

void append_items(std::string& out, const Value& value, bool named) {
  for (const auto& item : value.items) {
    if (&item != &value.items.front()) out += ", ";
    if (named) out += item.name + ": ";
    append(out, item);
  }
}

void append(std::string& out, const Value& value) {
  switch (value.kind) {
    case Value::Kind::null: out += "null"; break;
    case Value::Kind::string: append_json_string(out, value.text); break;
    case Value::Kind::variable: out += '$' + value.text; break;
    case Value::Kind::list:
      out += '[';
      append_items(out, value, false);
      out += ']';
      break;
    case Value::Kind::object:
      out += '{';
      append_items(out, value, true);
      out += '}';
      break;
    default: out += value.text;
  }
}

bool starts_code_point(char c) noexcept { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) noexcept {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Named& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

Location location_of(std::string_view source, At at) {
  Location location;
  const auto before = source.substr(0, at);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool carriage_return = before[i] == '\r' && source.substr(i + 1, 1) != "\n";
    if (before[i] == '\n' || carriage_return) {
      ++location.line;
      location.column = 1;
    } else if (starts_code_point(before[i])) {
      ++location.column;
    }
  }
  return location;
}

const Value* Value::member(std::string_view member_name) const noexcept { return find_named(items, member_name); }

const Fragment* Document::fragment(std::string_view name) const noexcept { return find_named(fragments, name); }

std::string print(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

bool same(const Value& a, const Value& b) {
  if (&a == &b) return true;
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    const auto* other = a.kind == Value::Kind::object ? b.member(a.items[i].name) : &b.items[i];
    if (!other || !same(a.items[i], *other)) return false;
  }
  return true;
}

std::string TypeRef::print() const {
  if (wraps.empty()) return name;
  const auto inside = inner().print();
  return non_null() ? inside + '!' : '[' + inside + ']';
}

}  // namespace psherald::graphql
