#pragma once

#include "graphql/execute.hpp"

namespace psherald::graphql {

/// An answer being written.
class Execution {
 public:
  Execution(const Schema& schema, const PreparedRequest& request, const ExecutionLimits& limits, bool introspect_all)
      : schema_{schema}, request_{request}, limits_{limits}, introspect_all_{introspect_all} {}

  std::string run(const Object& root);

  /// A field; nullptr: an item of the list before.
  struct Step {
    const Field* field;
    std::size_t index;
  };

  std::string json{};
  std::vector<Step> way{};  ///< To what is being written.

  /// False: it is null, and the mistake is told.
  bool object(const Object& object, const std::vector<Field>& fields);
  void tell(const Field& field, std::string message, std::string extensions = {});
  /// Turns what was written behind `start` into null, where that may be. False: it may not.
  bool settle(const Field& field, Out& out, std::size_t start);
  /// @throws what ends the whole answer
  void look_at_limits(bool at_the_clock = false);

 private:
  struct Ended {
    std::string why;
  };
  bool field(const Object& object, const Field& field);
  Path path() const;
  void tell(std::string message, const std::vector<At>& at, std::string extensions = {});
  void resolve(const Object& object, const Field& field, Out& out);

  const Schema& schema_;
  const PreparedRequest& request_;
  const ExecutionLimits& limits_;
  const bool introspect_all_;
  Mistakes mistakes_{};
  std::size_t looked_ = 0;
};

/// What __schema and __type answer.
void introspect_schema(const Schema& schema, bool all, Out& out);
void introspect_type(const Schema& schema, bool all, std::string_view name, Out& out);

}  // namespace psherald::graphql
