#include "cli/import.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "cli/failure.hpp"
#include "cli/migration_log.hpp"
#include "cli/service.hpp"
#include "exchange/identity.hpp"
#include "psherald/exchange.hpp"
#include "psherald/query.hpp"

namespace psherald::cli {
namespace {

constexpr std::size_t transaction_records = 5'000, transaction_bytes = 4u << 20, chunk_bytes = 1u << 20;
constexpr std::uint64_t most_named = 5;  // lines of a file that are told one by one
constexpr std::string_view database_magic{"SQLite format 3\0", 16};

/// A file, or stdin for "-".
class Input {
 public:
  /// @throws Failure
  explicit Input(std::string name) : name_{std::move(name)} {
    file_ = is_stdin() ? STDIN_FILENO : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (file_ < 0 || ::fstat(file_, &status) != 0) fail("cannot be opened");
    regular_ = S_ISREG(status.st_mode);
    size_ = static_cast<std::uint64_t>(status.st_size);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  ~Input() {
    if (file_ >= 0 && !is_stdin()) ::close(file_);
  }

  bool is_stdin() const noexcept { return name_ == "-"; }
  /// Somebody may go on writing it.
  bool may_grow() const noexcept { return regular_; }
  /// Empty at the end. @throws Failure
  std::string_view read() {
    buffer_.resize(chunk_bytes);
    ssize_t size;
    while ((size = ::read(file_, buffer_.data(), buffer_.size())) < 0 && errno == EINTR) {
    }
    if (size < 0) fail("cannot be read");
    read_ += static_cast<std::uint64_t>(size);
    return {buffer_.data(), static_cast<std::size_t>(size)};
  }
  double done() const noexcept {
    return regular_ && size_ > 0 ? std::min(1.0, static_cast<double>(read_) / static_cast<double>(size_)) : 0;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Failure{EX_DATAERR, name_ + ": " + what + ": " + std::strerror(errno)};
  }

  std::string name_, buffer_{};
  int file_ = -1;
  bool regular_ = false;
  std::uint64_t size_ = 0, read_ = 0;
};

/// Stores the records of one file, in transactions of a few thousand.
class Importer {
 public:
  Importer(LogStore& store, std::string name) : store_{store}, name_{std::move(name)} {}

  /// False when something could not be read.
  bool run(const RecordReader::Options& options) {
    Input input{name_};
    const auto first = input.read();
    if (!first.starts_with(database_magic))
      read_lines(input, first, options);
    else if (input.is_stdin())
      throw Failure{EX_DATAERR, "a database is not read from stdin: name its file"};
    else
      read_database();
    tell();
    return unread_ == 0;
  }

 private:
  void read_lines(Input& input, std::string_view bytes, RecordReader::Options options) {
    const auto begin = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");  // some put a byte order mark in front
    const bool json = options.pattern.empty() && begin != bytes.npos && bytes[begin] == '{';
    options.format = json ? RecordReader::Format::ndjson : RecordReader::Format::text;
    options.on_unread = [this](const UnreadLine& line) { note(line); };
    RecordReader reader{std::move(options)};
    RecordBatch batch;
    for (; !bytes.empty(); bytes = input.read()) {
      reader.read(bytes, batch);
      if (batch.size() >= transaction_records || batch.bytes() >= transaction_bytes) {
        store(batch);
        batch = {};
      }
      show_progress("importing " + name_, std::min(input.done(), 0.99));
    }
    if (!reader.finish(batch, !input.may_grow()))
      std::fprintf(stderr, "%s: its last line is not whole yet, and was left for the next time\n", name_.c_str());
    store(batch);
    show_progress("importing " + name_, 1);
  }

  void read_database() {
    bool of_ps_herald = false;
    const auto from = open([&](const std::string& step, double done) {
      of_ps_herald = true;
      show_progress(step, done);
    });
    const auto newest = static_cast<double>(from.newest_id());
    Query query{.order = Order::oldest_first, .limit = transaction_records, .max_bytes = transaction_bytes};
    do {
      auto page = find(from, query);
      query.cursor = page.next;
      if (page.batch.empty()) continue;
      if (of_ps_herald) exchange::name_rows(page.batch);  // the copy that it is read from has another run each time
      const auto last = static_cast<double>(page.batch.records().back().id);
      store(page.batch);
      show_progress("importing " + name_, std::min(last / newest, 0.99));
    } while (query.cursor != 0);
    show_progress("importing " + name_, 1);
  }

  LogStore open(std::function<void(const std::string&, double)> on_migration) const try {
    return LogStore{{.path = name_, .read_only = true, .on_migration = std::move(on_migration)}};
  } catch (const Error& error) {
    throw Failure{EX_DATAERR, error.what()};
  }

  void store(const RecordBatch& batch) {
    if (batch.empty()) return;
    store_.begin();
    const auto appended = store_.append(batch);
    store_.commit();
    stored_ += appended.stored;
    known_ += appended.duplicate;
  }

  void note(const UnreadLine& line) {
    if (++unread_ <= most_named)
      std::fprintf(stderr, "%s:%llu: %s\n", name_.c_str(), static_cast<unsigned long long>(line.number),
                   line.reason.c_str());
  }

  void tell() const {
    if (unread_ > most_named)
      std::fprintf(stderr, "%s: %llu more lines cannot be read\n", name_.c_str(),
                   static_cast<unsigned long long>(unread_ - most_named));
    std::printf("%s: %llu records stored, %llu were here already\n", name_.c_str(),
                static_cast<unsigned long long>(stored_), static_cast<unsigned long long>(known_));
  }

  LogStore& store_;
  std::string name_;
  std::uint64_t stored_ = 0, known_ = 0, unread_ = 0;
};

RecordReader::Options reader_options(const Arguments& arguments) {
  RecordReader::Options options;
  options.pattern = arguments.value("pattern").value_or("");
  options.date_format = arguments.value("date-format").value_or("");
  if (options.pattern.empty() && options.date_format.empty()) return options;
  options.format = RecordReader::Format::text;
  try {
    const RecordReader tried{options};
  } catch (const Error& error) {
    throw UsageError{error.what()};
  }
  return options;
}

void refuse_own_file(const std::string& name, const LogStore& store) {
  std::error_code ignored;
  if (std::filesystem::equivalent(name, store.file(), ignored))
    throw UsageError{name + " is the database that it would be imported into; name that one with --database"};
}

// What of a file cannot be read costs that file; what the store reports ends it all.
bool import_file(LogStore& store, const std::string& name, const RecordReader::Options& options) {
  try {
    return Importer{store, name}.run(options);
  } catch (const Failure& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return false;
  }
}

}  // namespace

Usage import_usage() {
  return {"psherald import",
          "Stores the records of files: databases of psherald and ps.herald, NDJSON, text logs. Each once.",
          {{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
           {0, "database", "FILE", "the database file to store them in"},
           {0, "pattern", "PATTERN", "how the lines of text logs were written, in Python logging's percent form"},
           {0, "date-format", "FORMAT", "how their asctime was written, as strptime has it"}},
          "FILE...",
          "  psherald import incident.sqlite /srv/old/herald.sqlite yesterday.ndjson\n"
          "  psherald import --pattern='%(asctime)s [%(levelname)s] %(name)s: %(message)s' app.log.1 app.log\n"
          "  zcat archive.ndjson.gz | psherald import -\n"};
}

int import_records(const Arguments& arguments, const std::string&) {
  if (arguments.operands().empty()) throw UsageError{"name the files to import, or - for stdin"};
  const auto options = reader_options(arguments);
  auto into = load_config(config_sources(arguments, {})).store;
  into.on_migration = show_progress;
  into.busy_timeout = std::max(into.busy_timeout, std::chrono::milliseconds{10'000});  // a bridge may be at work
  LogStore store{std::move(into)};
  for (const auto& name : arguments.operands()) refuse_own_file(name, store);
  bool all_read = true;
  for (const auto& name : arguments.operands()) all_read = import_file(store, name, options) && all_read;
  return all_read ? EX_OK : EX_DATAERR;
}

}  // namespace psherald::cli
