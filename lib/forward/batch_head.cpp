#include "forward/batch_head.hpp"

#include "record/json.hpp"

namespace psherald::forward {
namespace {

void append_position(std::string& out, const Position& position) {
  out += position.run.empty() ? std::string{"{\"run\":null,\"id\":0,\"tag\":"}
                              : "{\"run\":\"" + position.run + "\",\"id\":" + std::to_string(position.id) + ",\"tag\":";
  append_json_string(out, position.tag);
  out += '}';
}

}  // namespace

std::string batch_body(const LogPart& part, const Cursor& cursor, const Forwarder::Options& options,
                       std::int64_t attempt, Timestamp sent) {
  std::string body;
  body.reserve(part.lines.size() + 512 + part.gaps.size() * 64);
  body += "{\"psherald\":1,\"stream\":\"" + cursor.stream + "\",\"name\":";
  append_json_string(body, cursor.name);
  body += ",\"store\":";
  append_json_string(body, options.store);
  body += ",\"run\":\"" + part.to.run + "\",\"prev\":";
  append_position(body, part.prev);
  body += ",\"to\":" + std::to_string(part.to.id) + ",\"tag\":";
  append_json_string(body, part.to.tag);
  body += ",\"n\":" + std::to_string(part.records);
  if (!part.gaps.empty()) {
    body += ",\"gaps\":[";
    for (const auto& gap : part.gaps) {
      if (&gap != &part.gaps.front()) body += ',';
      body += '[' + std::to_string(gap.from) + ',' + std::to_string(gap.to) + ",\"" + gap.reason + "\"]";
    }
    body += ']';
  }
  if (attempt > 1) body += ",\"attempt\":" + std::to_string(attempt);
  body += ",\"sent\":" + std::to_string(sent.time_since_epoch().count());
  if (!options.where.empty()) {
    body += ",\"where\":";
    append_json_string(body, options.where);
  }
  return (body += "}\n") += part.lines;
}

}  // namespace psherald::forward
