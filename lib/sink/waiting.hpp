#pragma once

#include <exception>
#include <future>
#include <memory>
#include <utility>

#include "psherald/queued_sink.hpp"

/// For those who may wait for the thread that owns the store, and have to: never on a host's io_context.
namespace psherald {

/// Does the job on the thread that owns the store, and waits for it. @throws what the job throws
template <class Job>
void run_on(QueuedSink& writer, const Job& job) {
  const auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  writer.post([&job, done] {
    try {
      job();
      done->set_value();
    } catch (...) {
      done->set_exception(std::current_exception());
    }
  });
  future.get();
}

/// Stores the batch, and returns when it is on the disk. @throws Error as Sink::write reports
inline Appended write_and_wait(QueuedSink& writer, RecordBatch batch) {
  const auto stored = std::make_shared<std::promise<Result<Appended>>>();
  writer.write(std::move(batch), [stored](Result<Appended> outcome) { stored->set_value(std::move(outcome)); });
  return stored->get_future().get().value();
}

}  // namespace psherald
