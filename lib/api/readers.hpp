#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "psherald/log_store.hpp"
#include "psherald/query.hpp"
#include "query/finder.hpp"

namespace psherald::api {

/// Connections for reading, kept from one request to the next. Threads: any number at once.
class Readers {
 public:
  explicit Readers(const LogStore& store) : store_{store} {}

  /// Lends a reader for the length of a call.
  template <class Use>
  auto with(Use use) {
    Loan loan{*this, take()};
    return use(static_cast<const LogStore&>(*loan.connection.reader));
  }

  /// As psherald::find, by statements that stay prepared.
  Page find(const Query& query) {
    Loan loan{*this, take()};
    auto& finder = loan.connection.finder;
    if (!finder) finder = std::make_unique<query::Finder>(loan.connection.reader->native_handle());
    try {
      return finder->find(query);
    } catch (...) {
      finder.reset();
      throw;
    }
  }

  /// A connection for one change. On the thread of the writer, so that the two do not wait for each other.
  LogStore writable() {
    LogStore::Options file;
    file.path = with([](const LogStore& reader) { return reader.path(); });
    file.ballast_bytes = 0;  // that is the business of who keeps the store
    return LogStore{file};
  }

 private:
  struct Connection {
    std::unique_ptr<LogStore> reader;
    std::unique_ptr<query::Finder> finder;  // once somebody searched
  };
  struct Loan {
    Readers& owner;
    Connection connection;
    ~Loan() { owner.put_back(std::move(connection)); }
  };

  Connection take() {
    std::unique_lock lock{mutex_};
    if (idle_.empty()) {
      lock.unlock();
      return {store_.reader(), nullptr};
    }
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void put_back(Connection connection) noexcept {
    std::lock_guard lock{mutex_};
    if (idle_.size() < idle_.capacity()) idle_.push_back(std::move(connection));
  }

  static constexpr std::size_t most_idle = 4;

  const LogStore& store_;
  std::mutex mutex_;
  std::vector<Connection> idle_ = [] {
    std::vector<Connection> room;
    room.reserve(most_idle);
    return room;
  }();
};

}  // namespace psherald::api
