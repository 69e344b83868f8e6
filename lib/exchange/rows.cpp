#include "exchange/rows.hpp"

#include "exchange/cells.hpp"

namespace psherald::exchange {
bool is_number(const FieldValue& value) {
  const auto* json = std::get_if<Json>(&value);
  const bool number =
      json && !json->text.empty() && (json->text[0] == '-' || (json->text[0] >= '0' && json->text[0] <= '9'));
  return number || std::holds_alternative<std::int64_t>(value);
}

std::string plain_text(const FieldValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* time = std::get_if<Timestamp>(&value)) return format_utc(*time);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* json = std::get_if<Json>(&value)) return json->text;
  return {};
}

std::string json_object(const std::vector<std::string>& names, const std::vector<FieldValue>& values) {
  std::string json;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::holds_alternative<std::monostate>(values[i])) continue;
    json += json.empty() ? '{' : ',';
    append_json_text(json, names[i]);
    json += ':';
    if (is_number(values[i]) || std::holds_alternative<Json>(values[i]))
      append_json_line(json, plain_text(values[i]));
    else
      append_json_text(json, plain_text(values[i]));
  }
  return json.empty() ? "{}" : json + '}';
}

std::string csv_line(const std::vector<FieldValue>& values) {
  std::string line;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) line += ',';
    const auto text = plain_text(values[i]);
    if (is_number(values[i]) || std::holds_alternative<Timestamp>(values[i]))
      line += text;
    else
      append_csv_text(line, text);
  }
  return line + "\r\n";
}

}  // namespace psherald::exchange
