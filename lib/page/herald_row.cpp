#include "page/herald_row.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include "record/json.hpp"

namespace psherald::page {
namespace {

using Cell = HeraldRow::Cell;
using Column = store::LogColumn;

constexpr std::string_view none = "None";

std::string_view or_none(std::string_view text) { return present(text) ? text : none; }

// An absent text is null.
Cell text(std::string_view value) { return present(value) ? Cell{value} : Cell{}; }
Cell number(std::optional<std::int64_t> value) { return value ? Cell{*value} : Cell{}; }
Cell milliseconds(std::optional<std::chrono::microseconds> value) {
  return value ? Cell{static_cast<double>(value->count()) / 1'000} : Cell{};
}

std::optional<std::chrono::microseconds> fraction(const Record& record) {
  if (!record.created) return {};
  return *record.created - std::chrono::floor<std::chrono::seconds>(*record.created);
}

std::string summary(const Source& source) {
  std::string all{none};
  for (const auto name : {source.produkt_id, source.system_id, source.sub_system_id, source.sub_sub_system_id,
                          source.user_spec_1, source.user_spec_2})
    all += or_none(name);
  return all;
}

}  // namespace

HeraldRow::HeraldRow(const RecordBatch& batch, const Record& record) : batch_{batch}, record_{record} {
  if (present(record.legacy)) kept_ = raw_json_members(record.legacy);
}

Cell HeraldRow::cell(Column column) const {
  if (!kept_.empty() && column != Column::id) {
    const auto name = store::log_columns[static_cast<std::size_t>(column)];
    const auto found =
        std::find_if(kept_.begin(), kept_.end(), [&](const JsonMember& member) { return member.name == name; });
    if (found != kept_.end() && !found->value.starts_with('{')) return Kept{found->value};
  }
  return own(column);
}

Cell HeraldRow::own(Column column) const {
  const auto& source = batch_.source(record_);
  const auto& site = batch_.site(record_);
  const auto& process = batch_.process(record_);
  switch (column) {
    case Column::id: return record_.id;
    case Column::created: return format_local(record_.received);
    case Column::threadname: return text(process.thread_name);
    case Column::api_version: return or_none(source.api_version);
    case Column::package_version: return or_none(site.package_version);
    case Column::name: return text(site.name);
    case Column::relativecreated: return milliseconds(record_.relative);
    case Column::process: return number(process.process);
    case Column::args: return std::string_view{""};
    case Column::module: return text(site.module);
    case Column::funcname: return text(site.funcname);
    case Column::levelno: return static_cast<std::int64_t>(record_.level);
    case Column::processname: return text(process.process_name);
    case Column::thread: return number(process.thread);
    case Column::msecs: return milliseconds(fraction(record_));
    case Column::message: return text(record_.message);
    case Column::exc_text: return or_none(record_.exc_text);
    case Column::exc_info: return none;
    case Column::stack_info: return or_none(record_.stack_info);
    case Column::pathname: return text(site.pathname);
    case Column::filename: return text(site.filename);
    case Column::asctime: return {};
    case Column::levelname: return present(site.levelname) ? Cell{site.levelname} : Cell{level_name(record_.level)};
    case Column::lineno: return number(site.lineno);
    case Column::produkt_id: return or_none(source.produkt_id);
    case Column::system_id: return or_none(source.system_id);
    case Column::sub_system_id: return or_none(source.sub_system_id);
    case Column::sub_sub_system_id: return or_none(source.sub_sub_system_id);
    case Column::user_spec_1: return or_none(source.user_spec_1);
    case Column::user_spec_2: return or_none(source.user_spec_2);
    case Column::summary: return summary(source);
  }
  return {};
}

void append_json(std::string& out, const Cell& cell) {
  struct Append {
    std::string& out;
    void operator()(std::monostate) const { out += "null"; }
    void operator()(std::int64_t number) const { out += std::to_string(number); }
    void operator()(double number) const { append_json_double(out, number); }
    void operator()(std::string_view text) const { append_json_string(out, text); }
    void operator()(const std::string& text) const { append_json_string(out, text); }
    void operator()(const HeraldRow::Kept& kept) const {
      if (const auto number = parse_json_fraction(kept.json))
        append_json_double(out, *number);
      else
        out += kept.json;
    }
  };
  std::visit(Append{out}, cell);
}

}  // namespace psherald::page
