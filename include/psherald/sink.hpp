#pragma once

/// The one seam in front of the store: whatever takes records is a Sink, whatever makes them writes to one.

#include <cstddef>
#include <functional>

#include "psherald/record.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// What became of a batch.
struct Appended {
  RecordId first_id = 0;   ///< Id of the first record stored; the others follow without a hole. 0 when none was.
  std::size_t stored = 0;  ///< Records that are safe now.
  /// Records that came with an origin and were there already: nothing was done for them.
  std::size_t duplicate = 0;
  /// Records that another store sent back, of its own or that it has passed on: nothing was done for them.
  std::size_t looped = 0;
};

/// Told exactly once what became of a batch: when it is as safe as the sink makes it, or why none of it was taken.
/// Runs on whatever thread the sink says; must not throw.
using Done = std::function<void(Result<Appended>)>;

class Sink {
 public:
  virtual ~Sink() = default;
  /// Takes the batch. `done` may be empty. A sink that throws instead has not taken it and does not call `done`.
  virtual void write(RecordBatch batch, Done done) = 0;
  /// Whether a batch written now would be taken. A sender that can wait asks first. Any thread.
  virtual bool has_room() const noexcept { return true; }

 protected:
  Sink() = default;
  Sink(const Sink&) = default;
  Sink& operator=(const Sink&) = default;
};

/// A sink that can make several batches safe at once, which costs as much as one: what a QueuedSink gathers for.
/// Calls come as begin, any number of appends, and commit or rollback, from one thread at a time.
class TransactionalSink : public Sink {
 public:
  virtual void begin() = 0;  ///< @throws Error
  /// All of the batch or nothing: when it throws, the batches before it in this transaction are as they were.
  /// The number in the answer is valid only after the commit. @throws Error
  virtual Appended append(const RecordBatch& batch) = 0;
  virtual void commit() = 0;             ///< @throws Error; nothing of the transaction is kept then.
  virtual void rollback() noexcept = 0;  ///< Drops all since begin. Without effect outside a transaction.

  /// The three in a row; `done` runs before it returns, with the Fault when they threw.
  void write(RecordBatch batch, Done done) override {
    Result<Appended> outcome = Appended{};
    try {
      begin();
      *outcome = append(batch);
      commit();
    } catch (const Error& error) {
      rollback();
      outcome = Fault{static_cast<Errc>(error.code().value()), error.what()};
    }
    if (done) done(std::move(outcome));
  }
};

}  // namespace psherald
