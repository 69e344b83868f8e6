#pragma once

#include "api/readers.hpp"
#include "graphql/execute.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::page {

/// The root of mutations: addLog.
class MutationObject : public graphql::Object {
 public:
  MutationObject(api::Readers& readers, QueuedSink& writer) : readers_{readers}, writer_{writer} {}
  void resolve(const graphql::Field& field, graphql::Out& out) const override;

 private:
  api::Readers& readers_;
  QueuedSink& writer_;
};

}  // namespace psherald::page
