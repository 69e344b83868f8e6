#include <optional>
#include <utility>
#include <vector>

#include "exchange/identity.hpp"
#include "exchange/json_scanner.hpp"
#include "exchange/lines.hpp"
#include "exchange/log_pattern.hpp"
#include "exchange/record_draft.hpp"
#include "psherald/exchange.hpp"
#include "record/utf8.hpp"

namespace psherald {

struct RecordReader::Impl {
  explicit Impl(Options with) : options{std::move(with)} {
    if (options.format != Format::text) return;
    const auto wanted = options.pattern.empty() ? exchange::usual_patterns() : std::vector{options.pattern};
    for (const auto& pattern : wanted)
      patterns.push_back(exchange::LogPattern::make(pattern, options.date_format).value());
  }

  void read(std::string_view bytes, RecordBatch& batch) {
    lines.read(
        bytes, [&](std::string_view line) { read_line(line, lines.number(), batch); },
        [&] { unread(lines.number(), too_long); });
  }

  bool finish(RecordBatch& batch, bool complete) {
    const bool half = lines.has_rest() && !complete && !is_whole(lines.rest());
    if (lines.has_rest() && !half) {
      const auto number = lines.number() + 1;
      lines.rest_is_too_long() ? unread(number, too_long) : read_line(lines.rest(), number, batch);
    }
    hand_on(batch);
    return !half;
  }

  bool is_whole(std::string_view line) const {
    return options.format == Format::ndjson && exchange::is_json_object(line);
  }

  void read_line(std::string_view line, std::uint64_t number, RecordBatch& batch) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (number == 1 && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    std::string valid;
    if (!is_utf8(line)) append_utf8(valid, line), line = valid;
    options.format == Format::ndjson ? read_object(line, number, batch) : read_text(line, number, batch);
  }

  // ---- NDJSON

  void read_object(std::string_view line, std::uint64_t number, RecordBatch& batch) {
    if (line.find_first_not_of(" \t") == line.npos) return;
    draft.clear();
    const bool good = scanner.scan_object(
        line, [&](std::string_view name, const exchange::JsonValue& value) { draft.set(name, value); });
    if (!good || !draft.has_name()) identity.add(line);
    if (!good) return unread(number, "it is no JSON object: see its byte " + std::to_string(scanner.position() + 1));
    if (draft.empty()) return unread(number, "there is nothing of a record in it");
    draft.append_to(batch, identity.run(), identity.id());
  }

  // ---- text

  std::optional<exchange::LogPattern::Match> match(std::string_view line) {
    for (const auto& pattern : patterns)
      if (auto match = pattern.match(line)) {
        matched = &pattern;
        return match;
      }
    return {};
  }

  // Of the usual patterns. In a file whose records have times, a line like "error:a:b" is no record.
  void keep_those_like(bool has_time) {
    std::erase_if(patterns, [&](const exchange::LogPattern& pattern) { return pattern.has_time() != has_time; });
    decided = true;
  }

  void read_text(std::string_view line, std::uint64_t number, RecordBatch& batch) {
    identity.add(line);
    if (const auto first = match(line)) {
      hand_on(batch);
      matched->fill(*first, draft);
      if (!decided) keep_those_like(matched->has_time());
      pending = {identity.run(), identity.id()};
      part = Part::message;
      record_bytes = line.size();
    } else if (!pending) {
      unread(number, "it does not fit the pattern, and there is no record before it that it could belong to");
    } else {
      add(line, number);
    }
  }

  void add(std::string_view line, std::uint64_t number) {
    record_bytes += line.size() + 1;
    if (record_bytes > max_record_bytes)
      return unread(number, "the record that it belongs to is longer than 1 MiB, or it does not fit the pattern");
    if (line.ends_with("Traceback (most recent call last):"))
      part = Part::exception;
    else if (line.starts_with("Stack (most recent call last):"))
      part = Part::stack;
    switch (part) {
      case Part::message: return draft.add_message(line);
      case Part::exception: return draft.add_exception(line);
      case Part::stack: return draft.add_stack(line);
    }
  }

  void hand_on(RecordBatch& batch) {
    if (pending) draft.append_to(batch, pending->first, pending->second);
    pending.reset();
  }

  void unread(std::uint64_t number, std::string reason) const {
    if (options.on_unread) options.on_unread({number, std::move(reason)});
  }

  static constexpr const char* too_long = "it is longer than 16 MiB";
  enum class Part { message, exception, stack };

  Options options;
  exchange::Lines lines{max_line_bytes};
  exchange::RecordDraft draft{};
  exchange::JsonScanner scanner{};
  exchange::Identity identity{};
  std::vector<exchange::LogPattern> patterns{};
  const exchange::LogPattern* matched = nullptr;  // by the line that is being read
  bool decided = false;                           // which patterns may be those of the file
  // Of the record of a text that is not whole yet: its name, and where its next line belongs.
  std::optional<std::pair<std::string, RecordId>> pending{};
  Part part = Part::message;
  std::size_t record_bytes = 0;
};

RecordReader::RecordReader(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
RecordReader::RecordReader(RecordReader&&) noexcept = default;
RecordReader& RecordReader::operator=(RecordReader&&) noexcept = default;
RecordReader::~RecordReader() = default;

void RecordReader::read(std::string_view bytes, RecordBatch& batch) { impl_->read(bytes, batch); }
bool RecordReader::finish(RecordBatch& batch, bool complete) { return impl_->finish(batch, complete); }

}  // namespace psherald
