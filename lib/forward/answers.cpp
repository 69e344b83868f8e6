#include "forward/answers.hpp"

#include <simdjson.h>

#include <algorithm>

#include "record/hex.hpp"

namespace psherald::forward {
namespace {

using Array = simdjson::ondemand::array;
using Object = simdjson::ondemand::object;
using Value = simdjson::ondemand::value;

template <class Answer, class Read>
Result<Answer> parsed(std::string_view body, Read read) {
  Answer answer;
  try {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded{body};
    auto document = parser.iterate(padded);
    for (auto member : document.get_object()) {
      const std::string_view key = member.unescaped_key();
      read(answer, key, member.value());
    }
    return answer;
  } catch (const simdjson::simdjson_error& error) {
    return Fault{Errc::bad_frame, std::string{"its answer is not understood: "} + error.what()};
  }
}

std::string text_of(Value member) { return std::string{std::string_view{member.get_string()}}; }

Position position_of(Object members) {
  Position position;
  for (auto member : members) {
    const std::string_view key = member.unescaped_key();
    if (key == "run") position.run = text_of(member.value());
    if (key == "id") position.id = member.value().get_int64();
    if (key == "tag") position.tag = text_of(member.value());
  }
  return position;
}

std::vector<Refused> refused_of(Array list) {
  std::vector<Refused> all;
  for (auto element : list) {
    Refused refused;
    for (auto member : element.get_object()) {
      const std::string_view key = member.unescaped_key();
      Value value = member.value();
      if (key == "run") refused.run = text_of(value);
      if (key == "line") refused.line = static_cast<std::size_t>(value.get_uint64().value());
      if (key == "id" && !value.is_null()) refused.id = value.get_int64();
      if (key == "reason") refused.reason = text_of(value);
      if (key == "text") refused.reason += (refused.reason.empty() ? "" : ": ") + text_of(value);
    }
    all.push_back(std::move(refused));
  }
  return all;
}

void read_limits(Welcome& welcome, Object members) {
  for (auto member : members) {
    const std::string_view key = member.unescaped_key();
    const auto number = static_cast<std::size_t>(member.value().get_uint64().value());
    if (key == "records") welcome.records = std::max<std::size_t>(1, number);
    if (key == "bytes") welcome.bytes = std::max<std::size_t>(1u << 10, number);
    if (key == "record_bytes") welcome.record_bytes = std::max<std::size_t>(1u << 10, number);
  }
}

bool contains(Array list, std::string_view text) {
  bool found = false;
  for (auto element : list) found = std::string_view{element.get_string()} == text || found;
  return found;
}

}  // namespace

Result<Welcome> read_welcome(std::string_view body) {
  bool version = false;
  auto welcome = parsed<Welcome>(body, [&](Welcome& into, std::string_view key, Value member) {
    if (key == "versions")
      for (auto one : member.get_array()) version = one.get_int64() == 1 || version;
    if (key == "store") into.store = text_of(member);
    if (key == "now") into.now = Timestamp{std::chrono::microseconds{std::int64_t{member.get_int64()}}};
    if (key == "limits") read_limits(into, member.get_object());
    if (key == "encodings") into.gzip = contains(member.get_array(), "gzip");
    if (key == "marks")
      for (auto mark : member.get_array()) into.marks.push_back(position_of(mark.get_object()));
    if (key == "refused") into.refused = refused_of(member.get_array());
  });
  if (welcome && !version) return Fault{Errc::bad_frame, "it speaks no version of the protocol that is known here"};
  return welcome;
}

Result<Accepted> read_accepted(std::string_view body) {
  return parsed<Accepted>(body, [](Accepted& into, std::string_view key, Value member) {
    if (key == "mark") into.mark = position_of(member.get_object());
    if (key == "refused") into.refused = refused_of(member.get_array());
  });
}

Rejection read_rejection(std::string_view body) {
  const auto rejection = parsed<Rejection>(body, [](Rejection& into, std::string_view key, Value member) {
    if (key == "code") into.code = text_of(member);
    if (key == "text") into.text = text_of(member);
  });
  return rejection ? *rejection : Rejection{};
}

}  // namespace psherald::forward
