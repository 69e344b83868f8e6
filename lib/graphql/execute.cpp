#include "graphql/execute.hpp"

#include <cmath>
#include <limits>

#include "graphql/execution.hpp"
#include "record/json.hpp"

namespace psherald::graphql {
namespace {

using Scalar = TypeDefinition::Scalar;

}  // namespace

std::string Execution::run(const Object& root) {
  try {
    if (!object(root, request_.fields)) json = "null";
  } catch (const Ended& ended) {
    mistakes_.push_back({ended.why, {}, path()});
    json = "null";
  }
  std::string answer = "{";
  if (!mistakes_.empty()) {
    append_errors(answer, mistakes_);
    answer += ',';
  }
  return ((answer += "\"data\":") += json) += '}';
}

bool Execution::object(const Object& object, const std::vector<Field>& fields) {
  json += '{';
  for (const auto& field : fields) {
    if (&field != &fields.front()) json += ',';
    if (!this->field(object, field)) return false;
  }
  json += '}';
  return true;
}

bool Execution::field(const Object& object, const Field& field) {
  json += field.key;
  const auto start = json.size();
  const auto depth = way.size();
  way.push_back({&field, 0});
  look_at_limits(!field.fields.empty());  // what has fields may have to be searched for
  Out out{*this, field, field.definition->type.wraps};
  try {
    resolve(object, field, out);
  } catch (const FieldFault& fault) {
    way.resize(depth + 1);
    tell(field, fault.message, fault.extensions);
    out.told_ = true;
    out.state_ = Out::State::null;
  }
  const bool settled = settle(field, out, start);
  way.pop_back();
  return settled;
}

void Execution::resolve(const Object& object, const Field& field, Out& out) {
  if (field.fault) {
    tell(field.fault->message, {field.fault->at});
    out.told_ = true;
    out.state_ = Out::State::null;
  } else if (field.definition == &schema_.typename_field())
    out.text(field.parent->name);
  else if (field.definition == &schema_.schema_field())
    introspect_schema(schema_, introspect_all_, out);
  else if (field.definition == &schema_.type_field())
    introspect_type(schema_, introspect_all_, field.argument("name")->text, out);
  else
    object.resolve(field, out);
}

bool Execution::settle(const Field& field, Out& out, std::size_t start) {
  if (out.state_ == Out::State::written) return true;
  if (out.non_null()) {
    if (!out.told_)
      tell(field,
           "Cannot return null for non-nullable field " + field.parent->name + '.' + field.definition->name + '.');
    return false;
  }
  json.resize(start);
  json += "null";
  return true;
}

void Execution::tell(const Field& field, std::string message, std::string extensions) {
  tell(std::move(message), field.at, std::move(extensions));
}

void Execution::tell(std::string message, const std::vector<At>& at, std::string extensions) {
  constexpr std::size_t most = 100;
  if (mistakes_.size() > most) return;
  if (mistakes_.size() == most) {
    mistakes_.push_back({"There are more than " + std::to_string(most) + " errors; these are the first."});
    return;
  }
  Mistake mistake{std::move(message), {}, path(), std::move(extensions)};
  for (const auto place : at) mistake.locations.push_back(location_of(request_.source, place));
  mistakes_.push_back(std::move(mistake));
}

Path Execution::path() const {
  Path path;
  for (const auto& step : way) {
    if (step.field)
      path.emplace_back(step.field->name);
    else
      path.emplace_back(step.index);
  }
  return path;
}

void Execution::look_at_limits(bool at_the_clock) {
  constexpr std::size_t seldom = 256;  // a look at the clock costs as much as a field
  if (json.size() > limits_.bytes)
    throw Ended{"The answer is longer than " + std::to_string(limits_.bytes) + " bytes; ask for less at once."};
  if ((at_the_clock || looked_++ % seldom == 0) && limits_.end && std::chrono::steady_clock::now() > *limits_.end)
    throw Ended{"The answer took too long; ask for less at once."};
}

void Out::unfit(std::string message) {
  execution_.tell(field_, std::move(message));
  told_ = true;
  state_ = State::null;
}

void Out::text(std::string_view value) {
  state_ = State::written;
  append_json_string(execution_.json, value);
}

void Out::number(std::int64_t value) {
  const auto digits = std::to_string(value);
  if (scalar() == Scalar::real) return number(static_cast<double>(value));
  if (scalar() == Scalar::id || scalar() == Scalar::string) return text(digits);
  using Int = std::numeric_limits<std::int32_t>;
  if (value < Int::min() || value > Int::max())
    return unfit("Int cannot represent non 32-bit signed integer value: " + digits);
  state_ = State::written;
  execution_.json += digits;
}

void Out::number(double value) {
  if (!std::isfinite(value)) return unfit("Float cannot represent non numeric value: " + std::to_string(value));
  state_ = State::written;
  append_json_double(execution_.json, value);
}

void Out::flag(bool value) {
  state_ = State::written;
  execution_.json += value ? "true" : "false";
}

void Out::object(const Object& value) {
  const bool whole = execution_.object(value, field_.fields);
  state_ = whole ? State::written : State::null;
  told_ = !whole;
}

std::string_view Out::begin_list() {
  state_ = State::written;
  execution_.json += '[';
  return wraps_.substr(non_null() ? 2 : 1);
}

void Out::end_list() {
  if (state_ == State::written) execution_.json += ']';
}

void Out::Items::begin() {
  if (count_ > 0) list_.execution_.json += ',';
  start_ = list_.execution_.json.size();
  list_.execution_.way.push_back({nullptr, count_++});
  list_.execution_.look_at_limits();
}

bool Out::Items::end(Out& item) {
  const bool settled = list_.execution_.settle(list_.field_, item, start_);
  list_.execution_.way.pop_back();
  if (!settled) {
    list_.state_ = State::null;
    list_.told_ = true;
  }
  return settled;
}

std::string execute(const Schema& schema, const PreparedRequest& request, const Object& root,
                    const ExecutionLimits& limits, bool introspect_all) {
  return Execution{schema, request, limits, introspect_all}.run(root);
}

}  // namespace psherald::graphql
