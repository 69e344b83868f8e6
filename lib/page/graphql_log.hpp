#pragma once

#include "graphql/execute.hpp"
#include "page/herald_row.hpp"

namespace psherald::page {

/// A GLog: a record in the words of ps.herald. Its fields are the columns of ps.herald's table, in their order.
class LogObject : public graphql::Object {
 public:
  LogObject(const RecordBatch& batch, const Record& record) : row_{batch, record} {}
  void resolve(const graphql::Field& field, graphql::Out& out) const override;

 private:
  HeraldRow row_;
};

}  // namespace psherald::page
