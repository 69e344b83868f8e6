#include "watch/store_access.hpp"

#include <unistd.h>

#include "psherald/version.hpp"
#include "store/in_transaction.hpp"
#include "store/schema.hpp"

namespace psherald::watch {

StoreAccess::StoreAccess(LogStore& store, std::function<void(const std::function<void()>&)> on_store)
    : store_{store}, on_store_{std::move(on_store)} {
  if (read_only())
    schema::shadow_watch_tables(store_.native_handle());
  else
    reader_ = store_.reader();
}

RecordId StoreAccess::newest() const { return sqlite::integer(db(), "SELECT id FROM newest").value_or(0); }

Run StoreAccess::run() const { return read_run(db()).value(); }

void StoreAccess::transaction(const std::function<void(sqlite3*)>& job) {
  const auto step = [&] {
    if (read_only()) return job(store_.native_handle());
    store::in_transaction(store_, [&](sqlite3* db) {
      if (epoch_) assert_epoch(db, *epoch_);
      job(db);
    });
  };
  if (on_store_)
    on_store_(step);
  else
    step();
}

void StoreAccess::append(const RecordBatch& batch) {
  if (!read_only()) store_.append(batch);
}

void StoreAccess::take_over(const Run& first) {
  const std::string holder = "psherald " + std::string{version} + ", process " + std::to_string(::getpid());
  std::int64_t mine = 0;
  transaction([&](sqlite3* writer) { mine = watch::take_over(writer, holder, first); });
  epoch_ = mine;
}

}  // namespace psherald::watch
