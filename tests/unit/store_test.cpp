#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "store/interner.hpp"
#include "store/retention.hpp"
#include "store/sqlite.hpp"

using namespace psherald;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("store");

namespace {

// A directory with a database in it, gone at the end.
class Place {
 public:
  Place() {
    std::string pattern = (fs::temp_directory_path() / "psherald-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  std::string file(const std::string& name = "log.sqlite") const { return (directory_ / name).string(); }
  std::string directory() const { return directory_.string(); }

 private:
  fs::path directory_;
};

Timestamp at(std::int64_t seconds) { return Timestamp{std::chrono::seconds{1'795'000'000 + seconds}}; }

Record record(std::string_view message, std::int64_t received = 0) {
  Record r;
  r.message = message;
  r.received = at(received);
  return r;
}

RecordBatch batch_of(const std::vector<std::string>& messages, std::string_view system = "box1") {
  RecordBatch batch;
  Source source;
  source.system_id = system;
  for (const auto& message : messages) batch.append(record(message), source);
  return batch;
}

Appended write(LogStore& store, const RecordBatch& batch) {
  store.begin();
  const auto appended = store.append(batch);
  store.commit();
  return appended;
}

// The first column of each row, with "NULL" where it is that.
std::vector<std::string> column(sqlite3* db, const std::string& sql) {
  std::vector<std::string> values;
  sqlite::Statement rows{db, sql};
  while (rows.step()) values.emplace_back(rows.is_null(0) ? "NULL" : rows.text(0));
  return values;
}
std::vector<std::string> messages(const LogStore& store) {
  return column(store.native_handle(), "SELECT message FROM entry ORDER BY id");
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("records that were committed are there after reopening, in order") {
  const Place place;
  {
    LogStore store{{place.file()}};
    CHECK(store.newest_id() == 0);
    const auto appended = write(store, batch_of({"one", "two"}));
    CHECK(appended.first_id == 1);
    CHECK(appended.stored == 2);
    CHECK(write(store, batch_of({"three"})).first_id == 3);
  }
  LogStore store{{place.file()}};
  CHECK(messages(store) == Texts{"one", "two", "three"});
  CHECK(store.newest_id() == 3);
  CHECK(store.count() == 3);
  CHECK(store.check().empty());
}

TEST_SUITE_END();
