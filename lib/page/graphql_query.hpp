#pragma once

#include <chrono>

#include "api/readers.hpp"
#include "graphql/execute.hpp"

namespace psherald::page {

/// What the fields of Query are answered from.
struct GraphQlTime {
  std::chrono::milliseconds page_budget;        ///< Of one search that can go on behind its end.
  std::chrono::steady_clock::time_point end{};  ///< Of the whole request.

  std::chrono::milliseconds left() const;
};

/// The root of queries.
class QueryObject : public graphql::Object {
 public:
  QueryObject(api::Readers& readers, GraphQlTime time) : readers_{readers}, time_{time} {}
  void resolve(const graphql::Field& field, graphql::Out& out) const override;

 private:
  void logs_of_herald(const graphql::Field& field, graphql::Out& out) const;
  void logs_by_system(const graphql::Field& field, graphql::Out& out) const;
  void connection(const graphql::Field& field, graphql::Out& out) const;

  api::Readers& readers_;
  GraphQlTime time_;
};

/// The records of a page, with cursors. Answers `logs`. @throws FieldFault
void write_connection(const LogStore& store, const graphql::Field& field, const GraphQlTime& time, graphql::Out& out);

}  // namespace psherald::page
