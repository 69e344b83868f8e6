/// query_conformance RECORDS CASES: judges each case over the records, by a Matcher, by a store in memory, by a file
/// that was closed and opened again, over segments that have summaries, and again after print and parse. Prints each
/// difference and `N passed, N failed`; exit code 1 on any. Format of the files: tests/data/README.md.

#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "psherald/query.hpp"
#include "store/sqlite.hpp"

namespace {

using namespace psherald;
namespace dom = simdjson::dom;
using Ids = std::vector<RecordId>;

std::string_view text(const dom::element& object, const char* key) {
  std::string_view value;
  return object[key].get(value) ? std::string_view{} : value;
}
std::optional<std::int64_t> number(const dom::element& object, const char* key) {
  std::int64_t value = 0;
  return object[key].get(value) ? std::nullopt : std::optional{value};
}

// As format_utc writes it, with or without microseconds.
std::optional<Timestamp> time(std::string_view text) {
  if (text.empty()) return {};
  std::tm parts{};
  const std::string copy{text};
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (!rest) throw std::runtime_error{"not a time: " + copy};
  const double fraction = *rest == '.' ? std::strtod(rest, nullptr) : 0;
  return Timestamp{std::chrono::seconds{::timegm(&parts)} + std::chrono::microseconds{std::llround(fraction * 1e6)}};
}

// "+01:00"
Zone zone(std::string_view text) {
  if (text.empty() || text == "UTC") return Zone::utc();
  const int minutes = std::stoi(std::string{text.substr(1, 2)}) * 60 + std::stoi(std::string{text.substr(4, 2)});
  return Zone::offset(text[0] == '-' ? -minutes : minutes);
}

void add(RecordBatch& records, const dom::element& line) {
  Record record;
  record.id = number(line, "id").value();
  record.received = time(text(line, "received")).value();
  record.created = time(text(line, "created"));
  record.level = static_cast<Level>(number(line, "level").value_or(20));
  record.message = text(line, "message");
  record.exc_text = text(line, "exception");
  record.stack_info = text(line, "stack");
  record.origin = text(line, "origin");
  record.origin_id = record.id;
  dom::element attributes;
  std::string extra;
  if (!line["attr"].get(attributes)) extra = simdjson::minify(attributes);
  if (!extra.empty()) record.extra = extra;
  const Source source{text(line, "product"),
                      text(line, "system"),
                      text(line, "subsystem"),
                      text(line, "subsubsystem"),
                      text(line, "user1"),
                      text(line, "user2"),
                      {}};
  const Site site{text(line, "logger"),  text(line, "file"),     {},
                  text(line, "module"),  text(line, "function"), text(line, "level_name"),
                  text(line, "version"), number(line, "line")};
  const Process process{number(line, "process"), text(line, "process_name"), number(line, "thread"),
                        text(line, "thread_name")};
  records.append(record, source, site, process);
}

std::vector<std::string> lines_of(const char* path) {
  std::vector<std::string> lines;
  std::string line;
  std::FILE* file = std::fopen(path, "r");
  if (!file) throw std::runtime_error{std::string{"cannot open "} + path};
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
    if (c != '\n') {
      line += static_cast<char>(c);
      continue;
    }
    lines.push_back(std::move(line));
    line.clear();
  }
  std::fclose(file);
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

void fill(LogStore& store, const RecordBatch& records) {
  store.begin();
  if (store.append(records).stored != records.size()) throw std::runtime_error{"the store took not all records"};
  store.commit();
}

// Moves the records apart, so that each block of 64 ids holds one of them at most and they lie in several segments.
constexpr RecordId distance = 400;
void spread(LogStore& store) {
  const auto factor = std::to_string(distance);
  for (const auto& sql : {"UPDATE entry SET id = -id * " + factor, std::string{"UPDATE entry SET id = -id"}})
    sqlite::execute(store.native_handle(), sql.c_str());
}
// Behind the records come others, so that the last segment with one of them is full.
void close_segments(LogStore& store) {
  RecordBatch batch;
  Record record;
  record.message = "behind the records";
  for (int i = 0; i < 4'100; ++i) batch.append(record);
  store.begin();
  store.append(batch);
  store.commit();
  store.rebuild();
}
bool asks_for_ids(const ast::Node& node) {
  const auto any_of = [](const std::vector<ast::Node>& of) { return std::any_of(of.begin(), of.end(), asks_for_ids); };
  if (const auto* term = std::get_if<ast::Term>(&node.is)) return term->field.field == ast::Field::id;
  if (const auto* all = std::get_if<ast::And>(&node.is)) return any_of(all->of);
  if (const auto* any = std::get_if<ast::Or>(&node.is)) return any_of(any->of);
  const auto* negation = std::get_if<ast::Not>(&node.is);
  return negation && any_of(negation->of);
}

// Of the first `count` records, which stand that far apart.
Ids found(const LogStore& store, std::size_t count, const Filter& filter, const TimeBase& base, RecordId apart = 1) {
  Query query{.filter = filter, .order = Order::oldest_first, .limit = count};
  query.time_base = base;
  const auto page = find(store, query);
  Ids ids;
  for (const auto& record : page.batch.records())
    if (record.id <= static_cast<RecordId>(count) * apart) ids.push_back(record.id / apart);
  return ids;
}
Ids matching(const RecordBatch& batch, const Filter& filter, const TimeBase& base) {
  const Matcher matches{filter, base};
  Ids ids;
  for (const auto& record : batch.records())
    if (matches(batch, record)) ids.push_back(record.id);
  return ids;
}

std::string shown(const Ids& ids) {
  std::string out = "[";
  for (const auto id : ids) (out += out.size() > 1 ? "," : "") += std::to_string(id);
  return out + ']';
}

class Run {
 public:
  Run(const RecordBatch& records, const LogStore& memory, const LogStore& file, const LogStore& apart)
      : records_{records}, memory_{memory}, file_{file}, apart_{apart} {}

  void judge(const dom::element& line) {
    query_ = text(line, "q");
    const bool passed = judge_case(line);
    ++(passed ? passed_ : failed_);
  }
  int result() const {
    std::printf("%d passed, %d failed\n", passed_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

 private:
  bool differs(const std::string& what, const std::string& expected, const std::string& got) {
    std::printf("%.200s\n  %s: expected %s\n  got %s\n", query_.c_str(), what.c_str(), expected.c_str(), got.c_str());
    return false;
  }
  bool same(const std::string& what, const std::string& expected, const std::string& got) {
    return expected == got || differs(what, expected, got);
  }

  bool judge_case(const dom::element& line) {
    const auto filter = parse_filter(query_);
    dom::element expected;
    if (!line["error"].get(expected)) {
      if (filter) return differs("fault", "one", print(*filter));
      const auto& fault = filter.error();
      const auto contains = text(expected, "contains");
      const auto column = static_cast<std::size_t>(number(expected, "column").value());
      if (fault.column == column && fault.text.find(contains) != std::string::npos) return true;
      return differs("fault", std::to_string(column) + ": ..." + std::string{contains} + "...",
                     std::to_string(fault.column) + ": " + fault.text);
    }
    if (!filter) return differs("filter", "one", std::to_string(filter.error().column) + ": " + filter.error().text);
    if (std::string_view canonical;
        !line["canonical"].get(canonical) && !same("canonical text", std::string{canonical}, print(*filter)))
      return false;
    const auto again = parse_filter(print(*filter));
    if (!again) return differs("canonical text", "a filter", print(*filter) + "\n  " + again.error().text);
    if (!(*again == *filter) || print(*again) != print(*filter))
      return differs("canonical text", print(*filter), print(*again));
    if (dom::element note; !line["note"].get(note) && !has_note(*filter, note)) return false;
    return line["ids"].error() || judge_ids(line, *filter, *again);
  }

  bool has_note(const Filter& filter, const dom::element& expected) {
    std::string all = "no note";
    for (const auto& note : filter.notes) {
      if (note.column == static_cast<std::size_t>(number(expected, "column").value()) &&
          note.message.find(text(expected, "contains")) != std::string::npos)
        return true;
      all = std::to_string(note.column) + ": " + note.message;
    }
    return differs("note", std::string{text(expected, "contains")}, all);
  }

  bool judge_ids(const dom::element& line, const Filter& filter, const Filter& again) {
    Ids expected;
    for (const dom::element id : line["ids"]) expected.push_back(id.get_int64());
    const auto now = text(line, "now");
    const TimeBase base{time(now.empty() ? "2026-11-22T12:00:00Z" : now).value(), zone(text(line, "zone"))};
    const auto of_all = shown(expected);
    bool all = same("ids by a Matcher", of_all, shown(matching(records_, filter, base)));
    all &= same("ids after print and parse", of_all, shown(matching(records_, again, base)));
    all &= same("ids by a store", of_all, shown(found(memory_, count(), filter, base)));
    all &= same("ids by a file opened again", of_all, shown(found(file_, count(), filter, base)));
    if (!asks_for_ids(filter.root))
      all &= same("ids over segments", of_all, shown(found(apart_, count(), filter, base, distance)));
    return all;
  }

  std::size_t count() const noexcept { return records_.size(); }

  const RecordBatch& records_;
  const LogStore& memory_;
  const LogStore& file_;
  const LogStore& apart_;
  std::string query_;
  int passed_ = 0, failed_ = 0;
};

int judge_all(const char* records_path, const char* cases_path) {
  RecordBatch records;
  dom::parser parser;
  for (const auto& line : lines_of(records_path)) add(records, parser.parse(line));

  LogStore memory{{":memory:"}};
  fill(memory, records);
  const auto folder = std::filesystem::temp_directory_path() / ("query_conformance." + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "log.sqlite", path_apart = folder / "apart.sqlite";
  {
    LogStore store{{path}}, apart{{path_apart}};
    fill(store, records);
    fill(apart, records);
    spread(apart);
  }
  int result = 0;
  {
    LogStore file{{path}}, apart{{path_apart}};
    close_segments(file);
    close_segments(apart);
    const auto summaries = [](const LogStore& of) {
      return sqlite::integer(of.native_handle(), "SELECT count(*) FROM segment");
    };
    if (summaries(file) != 1 || summaries(apart).value_or(0) < 6)
      throw std::runtime_error{"segments have no summaries"};
    Run run{records, memory, file, apart};
    for (const auto& line : lines_of(cases_path)) run.judge(parser.parse(line));
    result = run.result();
  }
  std::filesystem::remove_all(folder);
  return result;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) {
    std::fputs("usage: query_conformance RECORDS CASES\n", stderr);
    return 64;
  }
  return judge_all(argv[1], argv[2]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "query_conformance: %s\n", error.what());
  return 1;
}
