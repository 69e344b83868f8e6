#include <simdjson.h>

#include <cstdio>

#include "api/context.hpp"
#include "api/json.hpp"
#include "exchange/cells.hpp"
#include "psherald/exchange.hpp"
#include "psherald/sql.hpp"
#include "psherald/version.hpp"
#include "sink/waiting.hpp"

namespace psherald::api {
namespace {

/// A JSON list, or one object over several lines, as lines of one object each.
std::string as_lines(const std::string& body) {
  try {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded{body};
    auto document = parser.iterate(padded);
    std::string lines;
    const auto add = [&](std::string_view object) {
      std::string line(object.size() + simdjson::SIMDJSON_PADDING, 0);
      std::size_t size = 0;
      if (simdjson::minify(object.data(), object.size(), line.data(), size) != simdjson::SUCCESS) return;
      lines.append(line, 0, size) += '\n';
    };
    if (document.type().value() != simdjson::ondemand::json_type::array) {
      add(body);
      return lines;
    }
    for (auto element : document.get_array()) {
      simdjson::ondemand::value value = element.value();
      if (value.type().value() != simdjson::ondemand::json_type::object)
        refuse(400, "bad_request", "the list has something else than objects in it");
      add(value.get_object().value().raw_json().value());
    }
    return lines;
  } catch (const simdjson::simdjson_error& error) {
    refuse(400, "bad_request", std::string{"the body is no JSON: "} + error.what());
  }
}

/// Who sends records gives them no names, no ids and no time of receipt: those are of this store.
void take_as_own(RecordBatch& batch) {
  for (auto& record : batch.records()) {
    record.received = {};
    record.origin = {};
    record.origin_id = 0;
    record.flags = Flag::none;
  }
}

std::string line_of_metric(std::string_view name, std::string_view type, std::string_view help, double value) {
  std::string text = "# HELP ";
  (((text += name) += ' ') += help) += '\n';
  ((((text += "# TYPE ") += name) += ' ') += type) += '\n';
  char number[32];
  std::snprintf(number, sizeof number, "%.17g", value);
  return ((text += name) += ' ') + number + '\n';
}

}  // namespace

HttpResponse ingest(Context& context, const HttpRequest& request) {
  if (!context.writer) refuse(409, "read_only", "this database is opened read-only");
  if (!request.parameters.empty()) refuse(400, "unknown_parameter", "there are no parameters here");
  const bool list = is_type(request, "application/json");
  if (!list && !is_type(request, "application/x-ndjson"))
    refuse(415, "bad_request", "records are taken as application/x-ndjson or application/json");
  std::vector<UnreadLine> unread;
  RecordReader reader{{.on_unread = [&](const UnreadLine& line) { unread.push_back(line); }}};
  RecordBatch batch;
  reader.read(list ? as_lines(request.body) : request.body, batch);
  reader.finish(batch, true);
  if (batch.size() == 0 && unread.empty()) refuse(400, "bad_request", "there is no record in the body");
  take_as_own(batch);
  const auto appended = batch.size() > 0 ? write_and_wait(*context.writer, std::move(batch)) : Appended{};
  std::string json;
  JsonObject object{json};
  object.number("stored", std::uint64_t{appended.stored});
  if (appended.stored > 0) object.number("first_id", appended.first_id);
  object.begin("refused");
  append_list(json, unread, [&](const UnreadLine& line) {
    JsonObject{json}.number("line", line.number).text("reason", line.reason).end();
  });
  object.end();
  return json_response(std::move(json), appended.stored == 0 ? 400 : 200);
}

HttpResponse heartbeats(Context& context, const HttpRequest& request) {
  const Asked asked{request, {}};
  std::string rows;
  const SqlQuery query{.text = "SELECT system_id, newest_heartbeat FROM heartbeat ORDER BY system_id",
                       .max_rows = 10'000};
  select(context.store, query, [&](const SqlRow& row) {
    const auto text = [&](std::size_t column) {
      const auto* value = std::get_if<std::string_view>(&row.values[column]);
      return value ? *value : std::string_view{};
    };
    if (!rows.empty()) rows += ',';
    JsonObject{rows}.text("system", text(0)).text("newest", text(1)).end();
  });
  return json_response("{\"heartbeats\":[" + rows + "]}");
}

HttpResponse stats(Context& context, const HttpRequest& request) {
  const Asked asked{request, {}};
  return context.readers.with([&](const LogStore& reader) {
    std::string json;
    JsonObject object{json};
    object.number("records", reader.count()).number("newest_id", reader.newest_id());
    object.number("disk_bytes", reader.disk_bytes()).number("dead_letters", reader.dead_letter_count());
    object.flag("read_only", context.writer == nullptr).end();
    return json_response(std::move(json));
  });
}

// Source: the text format of Prometheus, 0.0.4.
HttpResponse metrics(Context& context, const HttpRequest& request) {
  const Asked asked{request, {}};
  std::string text;
  context.readers.with([&](const LogStore& reader) {
    text += line_of_metric("psherald_records", "gauge", "Records in the store.", static_cast<double>(reader.count()));
    text += line_of_metric("psherald_records_total", "counter", "The newest id that was ever given.",
                           static_cast<double>(reader.newest_id()));
    text += line_of_metric("psherald_disk_bytes", "gauge", "What the store takes on the disk.",
                           static_cast<double>(reader.disk_bytes()));
    text += line_of_metric("psherald_dead_letters", "gauge", "Frames that could not be read and are kept.",
                           static_cast<double>(reader.dead_letter_count()));
  });
  if (context.writer) {
    const auto stats = context.writer->stats();
    text += line_of_metric("psherald_queue_stored_total", "counter", "Records that this process has stored.",
                           static_cast<double>(stats.stored));
    text += line_of_metric("psherald_queue_refused_total", "counter", "Records that the queue had no room for.",
                           static_cast<double>(stats.refused));
    text += line_of_metric("psherald_queue_failed_total", "counter", "Records that the store could not keep.",
                           static_cast<double>(stats.failed));
    text += line_of_metric("psherald_queue_waiting_bytes", "gauge", "What waits in memory for the disk.",
                           static_cast<double>(stats.waiting_bytes));
  }
  return {200, "text/plain; version=0.0.4; charset=utf-8", {}, std::move(text)};
}

HttpResponse program_version(Context&, const HttpRequest& request) {
  const Asked asked{request, {}};
  std::string json;
  JsonObject{json}.text("name", "psherald").text("version", version).end();
  return json_response(std::move(json));
}

}  // namespace psherald::api
