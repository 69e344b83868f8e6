#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "graphql/prepare.hpp"

namespace psherald::graphql {

class Out;

/// Something that has fields.
class Object {
 public:
  virtual ~Object() = default;
  /// Writes the value of one of its type's fields; writing nothing is null. @throws FieldFault
  virtual void resolve(const Field& field, Out& out) const = 0;
};

/// Why a field has no answer. It becomes null, and the sentence one of the answer's errors.
struct FieldFault {
  std::string message{};
  std::string extensions{};  ///< As of a Mistake.
};

struct ExecutionLimits {
  std::size_t bytes = 64u << 20;  ///< Of the answer.
  /// Beyond it nothing more is answered. None: no bound.
  std::optional<std::chrono::steady_clock::time_point> end{};
};

class Execution;

/// Where a resolver writes one value. What does not fit the field's type becomes null with an error, and null where
/// that must not be makes what is around it null. Source: the specification, sections 6.4.3 and 6.4.4.
class Out {
 public:
  Out(Execution& execution, const Field& field, std::string_view wraps)
      : execution_{execution}, field_{field}, wraps_{wraps} {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  void text(std::string_view value);  ///< UTF-8.
  void number(std::int64_t value);
  void number(double value);
  void flag(bool value);
  void object(const Object& value);

  /// Adds to a list that is being written.
  class Items {
   public:
    Items(Out& list, std::string_view wraps) : list_{list}, wraps_{wraps} {}
    /// `write` takes an Out&. False: the list has become null, and more is not asked for.
    template <class Write>
    bool add(Write write) {
      if (list_.state_ == State::null) return false;
      begin();
      Out item{list_.execution_, list_.field_, wraps_};
      write(item);
      return end(item);
    }

   private:
    void begin();
    bool end(Out& item);

    Out& list_;
    std::string_view wraps_;
    std::size_t count_ = 0, start_ = 0;
  };

  /// `write` takes an Items&.
  template <class Write>
  void list(Write write) {
    Items items{*this, begin_list()};
    write(items);
    end_list();
  }

 private:
  friend class Execution;
  enum class State { nothing, written, null };

  std::string_view begin_list();
  void end_list();
  TypeDefinition::Scalar scalar() const noexcept { return field_.definition->of->scalar; }
  bool non_null() const noexcept { return wraps_.starts_with('!'); }
  void unfit(std::string message);

  Execution& execution_;
  const Field& field_;
  std::string_view wraps_;  // as of a TypeRef
  State state_ = State::nothing;
  bool told_ = false;  // why it is null
};

/// The answer as JSON: `{"data":...}`, with the errors of fields before it. `root` answers the fields of the schema's
/// root type; introspection is answered for it, of all that is there or of what was not grown.
std::string execute(const Schema& schema, const PreparedRequest& request, const Object& root,
                    const ExecutionLimits& limits = {}, bool introspect_all = false);

}  // namespace psherald::graphql
