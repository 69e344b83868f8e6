#include "api/json.hpp"

#include "exchange/cells.hpp"

namespace psherald::api {

JsonObject& JsonObject::begin(std::string_view name) {
  if (!std::exchange(first_, false)) out_ += ',';
  (((out_ += '"') += name) += "\":");
  return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  begin(name);
  exchange::append_json_text(out_, value);
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, std::int64_t value) {
  begin(name);
  out_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, std::uint64_t value) {
  begin(name);
  out_ += std::to_string(value);
  return *this;
}

JsonObject& JsonObject::flag(std::string_view name, bool value) {
  begin(name);
  out_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::time(std::string_view name, Timestamp value) {
  begin(name);
  ((out_ += '"') += format_utc(value)) += '"';
  return *this;
}

JsonObject& JsonObject::null(std::string_view name) {
  begin(name);
  out_ += "null";
  return *this;
}

}  // namespace psherald::api
