#include "forward/batch_reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <unordered_map>

#include "exchange/json_scanner.hpp"
#include "forward/wire_entries.hpp"
#include "record/hex.hpp"

namespace psherald::forward {
namespace {

using Object = simdjson::ondemand::object;
using Value = simdjson::ondemand::value;

constexpr std::size_t most_hops = 8, most_name_bytes = 64, most_tag_bytes = 32, most_store_bytes = 255, run_digits = 32;

struct Refused {
  const char* reason;
  std::string text;
};
[[noreturn]] void refuse(const char* reason, std::string text) { throw Refused{reason, std::move(text)}; }

std::string_view take_line(std::string_view& body) {
  const auto end = body.find('\n');
  const auto line = body.substr(0, end);
  body.remove_prefix(end == body.npos ? body.size() : end + 1);
  return line;
}

/// Good until the next text of the same line is read again, and the next line.
std::string_view text_or_absent(Value member) {
  if (member.is_null()) return {};
  return member.get_string();
}

Timestamp time_of(std::int64_t microseconds) { return Timestamp{std::chrono::microseconds{microseconds}}; }

std::string run_of(Value member) {
  const std::string_view run = member.get_string();
  if (!is_run(run)) refuse("bad_value", "a run is 32 lower-case hex digits");
  return std::string{run};
}

RecordId id_of(Value member) {
  const std::int64_t id = member.get_int64();
  if (id < 1) refuse("bad_value", "an id is above 0");
  return id;
}

std::string short_text(Value member, std::size_t most) {
  const std::string_view text = member.get_string();
  if (text.size() > most) refuse("bad_value", "a name is longer than " + std::to_string(most) + " bytes");
  return std::string{text};
}

// ---- the head

Position position_of(Object members) {
  Position position;
  for (auto member : members) {
    const std::string_view key = member.unescaped_key();
    if (key == "run" && !member.value().is_null()) position.run = run_of(member.value());
    if (key == "id") position.id = member.value().get_int64();
    if (key == "tag") position.tag = short_text(member.value(), most_tag_bytes);
  }
  if (position.id < 0 || (position.id > 0) != !position.run.empty())
    refuse("bad_value", "\"prev\" is a run and an id, or null and 0");
  return position;
}

std::vector<Claim::Gap> gaps_of(Value member) {
  std::vector<Claim::Gap> gaps;
  for (auto triple : member.get_array()) {
    Claim::Gap gap;
    int at = 0;
    for (auto part : triple.get_array()) {
      if (at == 0) gap.from = part.get_int64();
      if (at == 1) gap.to = part.get_int64();
      if (at == 2) gap.reason = short_text(part.value(), most_name_bytes);
      ++at;
    }
    if (at < 3) refuse("bad_value", "a gap is [from, to, reason]");
    gaps.push_back(std::move(gap));
  }
  return gaps;
}

void check(const BatchHead& head) {
  const auto& claim = head.claim;
  if (claim.stream.empty() || claim.to.run.empty()) refuse("bad_value", "\"stream\" and \"run\" are missing");
  if (claim.to.id <= claim.prev.id) refuse("bad_value", "\"to\" is not behind \"prev\"");
  RecordId before = claim.prev.id;
  for (const auto& gap : claim.gaps) {
    if (gap.from <= before || gap.to < gap.from || gap.to > claim.to.id)
      refuse("bad_value", "the gaps do not rise within the claim");
    before = gap.to;
  }
  if (head.records > static_cast<std::uint64_t>(claim.to.id - claim.prev.id))
    refuse("bad_value", "there are more records than ids");
}

BatchHead head_of(Object members) {
  BatchHead head;
  auto& claim = head.claim;
  std::int64_t version = 0;
  for (auto member : members) {
    const std::string_view key = member.unescaped_key();
    Value value = member.value();
    if (key == "psherald") version = value.get_int64();
    if (key == "stream") claim.stream = run_of(value);
    if (key == "name") claim.name = short_text(value, most_name_bytes);
    if (key == "store") claim.store = short_text(value, most_store_bytes);
    if (key == "run") claim.to.run = run_of(value);
    if (key == "prev") claim.prev = position_of(value.get_object());
    if (key == "to") claim.to.id = id_of(value);
    if (key == "tag") claim.to.tag = short_text(value, most_tag_bytes);
    if (key == "n") head.records = static_cast<std::size_t>(value.get_uint64().value());
    if (key == "gaps") claim.gaps = gaps_of(value);
    if (key == "attempt") head.attempt = value.get_int64();
    if (key == "sent") head.sent = time_of(value.get_int64().value());
  }
  if (version != 1) refuse("bad_value", "version " + std::to_string(version) + " is not spoken here, only 1");
  check(head);
  return head;
}

// ---- the lines behind it

struct Origin {
  std::string_view run{}, path{};
};

std::string_view path_of(Value member, RecordBatch& batch) {
  std::string path;
  for (auto run : member.get_array()) path += run_of(run.value());
  return batch.keep(path);
}

/// Reads lines into a batch. One parser for all: its texts are good until the next line.
class ContentReader {
 public:
  ContentReader(const BatchHead& head, const ReadLimits& limits)
      : head_{head}, limits_{limits}, last_{head.claim.prev.id} {}

  void read(std::string_view line, std::size_t padded_bytes) {
    ++line_;
    if (line.empty()) return;
    id_ = 0;
    try {
      if (line.size() > limits_.record_bytes)
        refuse("too_large", "the line has " + std::to_string(line.size()) + " bytes, and " +
                                std::to_string(limits_.record_bytes) + " are taken");
      auto document = parser_.iterate(line.data(), line.size(), padded_bytes);
      read_object(document.get_object());
    } catch (const Refused& refused) {
      note(refused.reason, refused.text, line);
    } catch (const simdjson::simdjson_error& error) {
      const bool wrong_type = error.error() == simdjson::INCORRECT_TYPE || error.error() == simdjson::NUMBER_ERROR ||
                              error.error() == simdjson::NUMBER_OUT_OF_RANGE;
      note(wrong_type ? "bad_value" : "bad_json", error.what(), line);
    }
  }

  Result<BatchContent> finish() {
    const std::size_t least = records_, most = records_ + unreadable_;
    if (head_.records < least || head_.records > most)
      return Fault{Errc::bad_frame, "the head says " + std::to_string(head_.records) + " records, and there are " +
                                        std::to_string(most)};
    return std::move(content_);
  }

 private:
  void note(const char* reason, std::string text, std::string_view line) {
    if (id_ == 0) ++unreadable_;
    content_.refused.push_back({line_, id_, last_, reason, std::move(text), line});
    if (id_ != 0) ++records_, last_ = std::max(last_, id_);
  }

  void read_object(Object members) {
    bool first = true;
    for (auto member : members) {
      if (std::exchange(first, false)) {
        const std::string_view key = member.unescaped_key();
        if (key == WireEntry<Source>::kind || key == WireEntry<Site>::kind || key == "origin") {
          return read_dictionary(std::string{key}, member.value().get_int64(), members);
        }
        if (key != "i") refuse("bad_value", "a line begins with i, source, site or origin");
        id_ = member.value().get_int64();
        continue;
      }
      break;
    }
    if (first) refuse("bad_json", "an empty object");
    members.reset();
    read_record(members);
  }

  void read_dictionary(const std::string& kind, std::int64_t number, Object members) {
    members.reset();
    auto& batch = content_.batch;
    if (kind == WireEntry<Source>::kind) {
      sources_[number] = entry_of<Source>(members);
    } else if (kind == WireEntry<Site>::kind) {
      sites_[number] = entry_of<Site>(members);
    } else {
      Origin origin;
      for (auto member : members) {
        const std::string_view key = member.unescaped_key();
        if (key == "is") origin.run = batch.keep(run_of(member.value()));
        if (key == "path") origin.path = path_of(member.value(), batch);
      }
      if (origin.run.empty()) refuse("bad_value", "an origin without its run");
      origins_[number] = origin;
    }
  }

  template <class Entry>
  Entry entry_of(Object members) {
    Entry entry;
    for (auto member : members) {
      const std::string_view key = member.unescaped_key();
      Value value = member.value();
      each_field(entry, [&](std::string_view name, auto& field) {
        if (key == name) read_field(value, field);
      });
    }
    return entry;
  }

  void read_field(Value value, std::string_view& field) { field = content_.batch.keep(text_or_absent(value)); }
  static void read_field(Value value, std::optional<std::int64_t>& field) {
    if (!value.is_null()) field = value.get_int64().value();
  }

  template <class Entry>
  const Entry& known(const std::unordered_map<std::int64_t, Entry>& dictionary, std::int64_t number, const char* what) {
    const auto found = dictionary.find(number);
    if (found == dictionary.end())
      refuse("no_dictionary", std::string{what} + " " + std::to_string(number) + " was not said before");
    return found->second;
  }

  void read_record(Object members) {
    Record record;
    Process process;
    std::int64_t origin = 0, source = -1, site = -1;
    RecordId origin_id = 0;
    for (auto member : members) {
      const char* key = member.key().raw();  // ends with its quote
      Value value = member.value();
      if (key[0] == '"' || key[1] != '"' || value.is_null()) continue;
      switch (key[0]) {
        case 'o': origin = value.get_int64(); break;
        case 'j': origin_id = id_of(value); break;
        case 't': record.created = time_of(value.get_int64().value()); break;
        case 'r': record.origin_received = time_of(value.get_int64().value()); break;
        case 's': source = value.get_int64(); break;
        case 'c': site = value.get_int64(); break;
        case 'l': record.level = static_cast<Level>(value.get_int64().value()); break;
        case 'p': process.process = value.get_int64(); break;
        case 'P': process.process_name = value.get_string(); break;
        case 'h': process.thread = value.get_int64(); break;
        case 'T': process.thread_name = value.get_string(); break;
        case 'u': record.relative = std::chrono::microseconds{value.get_int64().value()}; break;
        case 'm': record.message = value.get_string(); break;
        case 'x': record.exc_text = value.get_string(); break;
        case 'k': record.stack_info = value.get_string(); break;
        case 'a': record.extra = object_text(value); break;
        case 'g': record.legacy = object_text(value); break;
        case 'f': record.flags = static_cast<Flag>(value.get_int64().value() & 3); break;
        default: break;
      }
    }
    check_place();
    name(record, origin, origin_id);
    append(record, source, site, process);
    last_ = id_;
    ++records_;
  }

  static std::string_view object_text(Value value) {
    const std::string_view text = value.get_object().value().raw_json();
    if (!exchange::is_json_object(text)) refuse("bad_json", "attributes are no object");
    return text;
  }

  void check_place() const {
    const auto& claim = head_.claim;
    const auto in_gap = [&](const Claim::Gap& gap) { return id_ >= gap.from && id_ <= gap.to; };
    if (id_ <= last_ || id_ > claim.to.id) refuse("bad_value", "i does not rise within the claim");
    if (std::any_of(claim.gaps.begin(), claim.gaps.end(), in_gap)) refuse("bad_value", "i is in a gap");
  }

  void name(Record& record, std::int64_t origin, RecordId origin_id) {
    record.origin = head_.claim.to.run;
    record.origin_id = id_;
    if (origin == 0) return;
    if (limits_.own_origins_only) refuse("bad_value", "this sender may only send what it received first");
    const auto& from = known(origins_, origin, "origin");
    if (origin_id == 0) refuse("bad_value", "o without j");
    if (from.path.size() > most_hops * run_digits) refuse("hops", "it has passed more than 8 stores");
    record.origin = from.run;
    record.origin_path = from.path;
    record.origin_id = origin_id;
  }

  void append(const Record& record, std::int64_t source, std::int64_t site, const Process& process) {
    static const Source nobody{};
    static const Site nowhere{};
    content_.batch.append(record, source < 0 ? nobody : known(sources_, source, "source"),
                          site < 0 ? nowhere : known(sites_, site, "site"), process);
  }

  const BatchHead& head_;
  const ReadLimits& limits_;
  simdjson::ondemand::parser parser_{};
  BatchContent content_{};
  std::unordered_map<std::int64_t, Source> sources_{};
  std::unordered_map<std::int64_t, Site> sites_{};
  std::unordered_map<std::int64_t, Origin> origins_{};
  std::size_t line_ = 0, records_ = 0, unreadable_ = 0;
  RecordId last_, id_ = 0;
};

}  // namespace

const std::size_t read_padding = simdjson::SIMDJSON_PADDING;

Result<BatchHead> read_batch_head(std::string_view& body) {
  const auto line = take_line(body);
  try {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded{line};
    auto document = parser.iterate(padded);
    return head_of(document.get_object());
  } catch (const Refused& refused) {
    return Fault{Errc::bad_frame, "the head of the batch: " + refused.text};
  } catch (const simdjson::simdjson_error& error) {
    return Fault{Errc::bad_frame, std::string{"the head of the batch: "} + error.what()};
  }
}

Result<BatchContent> read_batch_content(const BatchHead& head, std::string_view body, const ReadLimits& limits) {
  ContentReader reader{head, limits};
  const char* end = body.data() + body.size();
  while (!body.empty()) {
    const auto line = take_line(body);
    reader.read(line, static_cast<std::size_t>(end - line.data()) + read_padding);
  }
  return reader.finish();
}

}  // namespace psherald::forward
