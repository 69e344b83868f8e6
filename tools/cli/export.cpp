#include "cli/export.hpp"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/part_file.hpp"
#include "cli/selecting.hpp"
#include "cli/service.hpp"
#include "exchange/identity.hpp"
#include "psherald/exchange.hpp"
#include "psherald/query.hpp"

namespace psherald::cli {
namespace {

constexpr std::size_t page_records = 5'000, page_bytes = 8u << 20;
constexpr std::uint32_t most_around = 10'000;
constexpr int time_between_notes = 10;  // of how far an export is: so many times what one takes

/// Where records go.
class Destination {
 public:
  virtual ~Destination() = default;
  virtual void write(RecordBatch batch) = 0;
  virtual void end() = 0;
  /// All is on the disk when it returns the size of the file. For texts.
  virtual std::uint64_t sync() { return 0; }
};

class TextDestination : public Destination {
 public:
  using Append = void (*)(std::string& out, const RecordBatch& batch);
  TextDestination(std::unique_ptr<ByteOutput> output, Append append) : output_{std::move(output)}, append_{append} {}
  void begin(const std::string& head) { output_->write(head); }
  void write(RecordBatch batch) override {
    text_.clear();
    append_(text_, batch);
    output_->write(text_);
  }
  void end() override { output_->end(); }
  std::uint64_t sync() override { return output_->sync(); }

 private:
  std::unique_ptr<ByteOutput> output_;
  Append append_;
  std::string text_;
};

/// A database of their own: records keep origin and times.
class DatabaseDestination : public Destination {
 public:
  explicit DatabaseDestination(const std::string& path)
      : store_{std::make_unique<LogStore>(LogStore::Options{.path = path, .ballast_bytes = 0})} {}
  void write(RecordBatch batch) override {
    store_->begin();
    store_->append(batch);
    store_->commit();
  }
  void end() override { store_.reset(); }

 private:
  std::unique_ptr<LogStore> store_;
};

std::unique_ptr<Destination> destination_of(const std::string& format, const PartFile* part) {
  const bool goes_on = part && part->interrupted();
  const auto output = [&] {
    return part ? std::make_unique<ByteOutput>(part->path(), goes_on ? part->interrupted()->bytes : 0)
                : std::make_unique<ByteOutput>();
  };
  if (format == "ndjson") return std::make_unique<TextDestination>(output(), append_ndjson);
  if (format == "csv") {
    auto csv = std::make_unique<TextDestination>(output(), append_csv);
    std::string names;
    append_csv_names(names);
    if (!goes_on) csv->begin(names);
    return csv;
  }
  if (format != "sqlite") throw UsageError{"\"" + format + "\" is no format; there are ndjson, csv and sqlite"};
  if (!part) throw UsageError{"a database does not go to stdout: name its file with --output=FILE"};
  return std::make_unique<DatabaseDestination>(part->path());
}

struct Ids {
  RecordId from, to;  // both included
};

Filter within(Ids ids) {
  const ast::Range range{ast::Scalar{ast::Number{ids.from}}, ast::Scalar{ast::Number{ids.to}}};
  return {{ast::Term{{ast::Field::id, {}}, ast::Op::match, {ast::Value{range}}}}, {}};
}

/// Hands records on, each once, the oldest first.
class Export {
 public:
  Export(const LogStore& store, std::size_t around, std::function<void(RecordBatch)> use)
      : store_{store}, around_{around}, use_{std::move(use)} {}

  void run(Query query) {
    if (around_ == 0) return hand_on(std::move(query));
    each_page(std::move(query), [&](const RecordBatch& matches) {
      for (const auto& match : matches.records()) add(around(match.id));
    });
    flush();
  }

 private:
  template <class Use>
  void each_page(Query query, const Use& use) {
    query.order = Order::oldest_first;
    query.limit = page_records;
    query.max_bytes = page_bytes;
    do {
      auto page = find(store_, query);
      query.cursor = page.next;
      if (!page.batch.empty()) use(std::move(page.batch));
    } while (query.cursor != 0);
  }
  void hand_on(Query query) {
    each_page(std::move(query), [&](RecordBatch batch) { use_(std::move(batch)); });
  }

  Ids around(RecordId id) const {
    const auto end = [&](Order order) {
      const auto batch = find(store_, {.order = order, .limit = around_, .cursor = id}).batch;
      return batch.empty() ? id : batch.records().back().id;
    };
    return {end(Order::newest_first), end(Order::oldest_first)};
  }

  // Ranges that touch become one, so that nothing is handed on twice.
  void add(Ids ids) {
    if (open_ && ids.from <= open_->to + 1) {
      open_->to = std::max(open_->to, ids.to);
      return;
    }
    flush();
    open_ = ids;
  }
  void flush() {
    if (open_) hand_on({.filter = within(*open_)});
    open_.reset();
  }

  const LogStore& store_;
  std::size_t around_;
  std::function<void(RecordBatch)> use_;
  std::optional<Ids> open_;
};

std::size_t around_of(const Arguments& arguments) {
  const auto around = arguments.number("around").value_or(0);
  if (around > most_around) throw UsageError{"--around is at most " + std::to_string(most_around)};
  return around;
}

// It would take the place of the log.
void refuse_own_file(const std::string& output, const LogStore& store) {
  std::error_code ignored;
  if (std::filesystem::equivalent(output, store.path(), ignored) ||
      std::filesystem::equivalent(output, store.file(), ignored))
    throw UsageError{output + " is the database itself; name another file"};
}

/// Finds out meanwhile whether it is one of ps.herald; that has to live as long as the store.
LogStore open_log(const Arguments& arguments, bool& of_ps_herald) {
  auto options = load_config(config_sources(arguments, {})).store;
  options.on_migration = [&of_ps_herald](const std::string& step, double done) {
    of_ps_herald = true;
    show_progress(step, done);
  };
  return open_to_look(std::move(options));
}

// Of this log and no other: its file, and the run of its oldest record.
std::string identity_of(const LogStore& store) {
  const auto oldest = find(store, {.order = Order::oldest_first, .limit = 1}).batch;
  return store.file() + ' ' + (oldest.size() == 0 ? "" : std::string{oldest.records().front().origin});
}

bool shows_progress(bool to_file) { return to_file || !::isatty(STDOUT_FILENO); }

}  // namespace

Usage export_usage() {
  return {"psherald export",
          "Writes the records that a filter matches, the oldest first, for other programs.",
          {{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
           {0, "database", "FILE", "the database file"},
           {0, "since", "TIME", "only what was received since: 2h, yesterday, 2026-11-22T10:30"},
           {0, "format", "FORMAT", "ndjson (the default), csv, or sqlite: a database of their own"},
           {0, "output", "FILE", "write FILE, which is there when it is whole; else to stdout"},
           {0, "around", "N", "also the N records before and after each match"}},
          "[TEXT...]",
          "  psherald export --since=yesterday 'level>=warning' > yesterday.ndjson\n"
          "  psherald export --format=sqlite --output=incident.sqlite --around=200 'order 4711'\n"
          "  psherald export --format=csv --output=orders.csv system:shop order\n"};
}

int export_records(const Arguments& arguments, const std::string&) {
  std::signal(SIGPIPE, SIG_DFL);  // who reads the first lines only, such as head, has seen enough
  const auto format = arguments.value("format").value_or("ndjson");
  Query query{.filter = filter_of(arguments), .time_base = time_base()};
  const auto around = around_of(arguments);
  const auto output = arguments.value("output");
  bool of_ps_herald = false;
  const auto store = open_log(arguments, of_ps_herald);
  if (output) refuse_own_file(*output, store);
  const bool resumable = output && around == 0 && format != "sqlite";
  std::optional<PartFile> part;
  if (output) part.emplace(*output, resumable ? format + '\n' + identity_of(store) + '\n' + print(query.filter) : "");
  const auto destination = destination_of(format, part ? &*part : nullptr);

  PartProgress progress{.now = query.time_base->now};
  if (part && part->interrupted()) {
    progress = *part->interrupted();
    query.time_base->now = progress.now;
    query.cursor = progress.id;
    std::fprintf(stderr, "%s: going on behind %llu records that are there\n", part->path().c_str(),
                 static_cast<unsigned long long>(progress.records));
  }
  const auto newest = static_cast<double>(store.newest_id());
  const bool shown = shows_progress(output.has_value());
  using Clock = std::chrono::steady_clock;
  constexpr Clock::duration least = std::chrono::milliseconds{5};
  auto next_note = Clock::now() + least;
  Export{store, around,
         [&](RecordBatch batch) {
           if (of_ps_herald) exchange::name_rows(batch);  // the copy that it is read from has another run each time
           progress.records += batch.size();
           progress.id = batch.records().back().id;
           destination->write(std::move(batch));
           if (shown) show_progress("exporting", std::min(static_cast<double>(progress.id) / newest, 0.99));
           const auto begin = Clock::now();
           if (!resumable || begin < next_note) return;
           progress.bytes = destination->sync();
           part->note(progress);
           const auto end = Clock::now();
           next_note = end + std::max(least, time_between_notes * (end - begin));
         }}
      .run(std::move(query));
  destination->end();
  if (part) part->finish();
  if (shown && progress.records > 0) show_progress("exporting", 1);
  if (output) std::printf("%s: %llu records\n", output->c_str(), static_cast<unsigned long long>(progress.records));
  return EX_OK;
}

}  // namespace psherald::cli
