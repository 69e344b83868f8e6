#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "psherald/log_store.hpp"

namespace psherald::api {

/// Connections for reading, kept from one request to the next. Threads: any number at once.
class Readers {
 public:
  explicit Readers(const LogStore& store) : store_{store} {}

  /// Lends a reader for the length of a call.
  template <class Use>
  auto with(Use use) {
    Loan loan{*this, take()};
    return use(static_cast<const LogStore&>(*loan.reader));
  }

  /// A connection for one change. On the thread of the writer, so that the two do not wait for each other.
  LogStore writable() {
    LogStore::Options file;
    file.path = with([](const LogStore& reader) { return reader.path(); });
    file.ballast_bytes = 0;  // that is the business of who keeps the store
    return LogStore{file};
  }

 private:
  struct Loan {
    Readers& owner;
    std::unique_ptr<LogStore> reader;
    ~Loan() { owner.put_back(std::move(reader)); }
  };

  std::unique_ptr<LogStore> take() {
    std::unique_lock lock{mutex_};
    if (idle_.empty()) {
      lock.unlock();
      return store_.reader();
    }
    auto reader = std::move(idle_.back());
    idle_.pop_back();
    return reader;
  }

  void put_back(std::unique_ptr<LogStore> reader) noexcept {
    std::lock_guard lock{mutex_};
    if (idle_.size() < idle_.capacity()) idle_.push_back(std::move(reader));
  }

  static constexpr std::size_t most_idle = 4;

  const LogStore& store_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<LogStore>> idle_ = [] {
    std::vector<std::unique_ptr<LogStore>> room;
    room.reserve(most_idle);
    return room;
  }();
};

}  // namespace psherald::api
