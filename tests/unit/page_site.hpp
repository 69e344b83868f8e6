#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "psherald/queued_sink.hpp"
#include "psherald/web.hpp"

namespace psherald::testing {

/// A record as a program would send it, in one line.
struct Row {
  std::string_view message = "text";
  Level level = Level::info;
  Source source{};
  Site site{};
  std::int64_t received = 0;  ///< Seconds, in November 2026.
  std::string_view exc_text{}, stack_info{}, extra{};
  Flag flags = Flag::none;
};

inline Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

/// A store, its queue, and the pages in front of them, asked without a server.
class Pages {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  explicit Pages(WebApp::Options options = {}) : app{store, &queue, std::move(options)} {}

  void add(const std::vector<Row>& rows) {
    RecordBatch batch;
    for (const auto& row : rows) {
      Record record;
      record.received = at(row.received);
      record.created = record.received - std::chrono::milliseconds{1'250};
      record.level = row.level;
      record.flags = row.flags;
      record.message = row.message;
      record.exc_text = row.exc_text;
      record.stack_info = row.stack_info;
      record.extra = row.extra;
      batch.append(record, row.source, row.site);
    }
    queue.write(std::move(batch), {});
    queue.flush();
  }
  void add_many(std::size_t count, const Row& row = {}) { add(std::vector<Row>(count, row)); }

  /// `target` is a path, and parameters behind a question mark, not encoded but for %26 and %3D.
  HttpResponse get(const std::string& target, Pairs headers = {}) { return ask("GET", target, std::move(headers)); }
  HttpResponse ask(const std::string& method, const std::string& target, Pairs headers = {}) {
    return app.handle(request(method, target, std::move(headers)));
  }
  static HttpRequest request(const std::string& method, const std::string& target, Pairs headers = {}) {
    HttpRequest made;
    made.method = method;
    made.headers = std::move(headers);
    const auto question = target.find('?');
    made.path = target.substr(0, question);
    if (question == target.npos) return made;
    for (std::string_view rest = std::string_view{target}.substr(question + 1); !rest.empty();) {
      const auto part = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
      const auto equal = std::min(part.find('='), part.size());
      made.parameters.emplace_back(part.substr(0, equal), decoded(part.substr(std::min(equal + 1, part.size()))));
    }
    return made;
  }

  LogStore store{{":memory:"}};
  QueuedSink queue{store};
  WebApp app;

 private:
  static std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0) {
        out += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
        i += 2;
      } else {
        out += text[i];
      }
    }
    return out;
  }
};

inline bool contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto found = text.find(part); found != text.npos; found = text.find(part, found + part.size())) ++count;
  return count;
}

/// What stands between the first `begin` and the next `end` behind it; empty when one of them is not there.
inline std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin);
  if (from == text.npos) return {};
  text.remove_prefix(from + begin.size());
  const auto to = text.find(end);
  return to == text.npos ? std::string{} : std::string{text.substr(0, to)};
}

/// The same for each `begin`.
inline std::vector<std::string> all_between(std::string_view text, std::string_view begin, std::string_view end) {
  std::vector<std::string> all;
  for (auto from = text.find(begin); from != text.npos; from = text.find(begin)) {
    text.remove_prefix(from + begin.size());
    all.emplace_back(text.substr(0, text.find(end)));
  }
  return all;
}

inline std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [other, value] : response.headers)
    if (other == name) return value;
  return {};
}

}  // namespace psherald::testing

// So that a failing check shows them.
template <>
struct doctest::StringMaker<std::vector<std::string>> {
  static doctest::String convert(const std::vector<std::string>& texts) {
    std::string all;
    for (const auto& text : texts) all += '[' + text + ']';
    return all.c_str();
  }
};
