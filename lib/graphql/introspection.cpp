#include <algorithm>
#include <array>

#include "graphql/execution.hpp"

namespace psherald::graphql {
namespace {

struct View {
  const Schema& schema;
  bool all;  // what was grown, too

  template <class Part>
  bool shows(const Part& part) const {
    return all || !part.grown;
  }
};

void write_text(Out& out, std::string_view text) {
  if (!text.empty()) out.text(text);
}

void write_reason(Out& out, const std::optional<std::string>& reason) {
  if (reason) out.text(*reason);
}

/// A list of objects, each made of one of these and written while it lives.
template <class Range, class Make>
void write_list(Out& out, const Range& range, Make make) {
  out.list([&](Out::Items& items) {
    for (const auto& one : range)
      if (!items.add([&](Out& item) { item.object(make(one)); })) return;
  });
}

class TypeObject : public Object {
 public:
  TypeObject(const View& view, TypeRef type)
      : view_{view}, type_{std::move(type)}, named_{type_.wraps.empty() ? view.schema.type(type_.name) : nullptr} {}
  void resolve(const Field& field, Out& out) const override;

 private:
  std::string_view kind() const {
    if (type_.non_null()) return "NON_NULL";
    if (type_.list()) return "LIST";
    switch (named_->kind) {
      case TypeDefinition::Kind::scalar: return "SCALAR";
      case TypeDefinition::Kind::object: return "OBJECT";
      case TypeDefinition::Kind::enumeration: return "ENUM";
      case TypeDefinition::Kind::input_object: break;
    }
    return "INPUT_OBJECT";
  }
  bool is(TypeDefinition::Kind kind) const { return named_ && named_->kind == kind; }

  View view_;
  TypeRef type_;
  const TypeDefinition* named_;
};

class InputValueObject : public Object {
 public:
  InputValueObject(const View& view, const InputValue& input) : view_{view}, input_{input} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "name") out.text(input_.name);
    if (name == "description") write_text(out, input_.description);
    if (name == "type") out.object(TypeObject{view_, input_.type});
    if (name == "defaultValue" && input_.default_value) out.text(print(*input_.default_value));
    if (name == "isDeprecated") out.flag(input_.deprecation.has_value());
    if (name == "deprecationReason") write_reason(out, input_.deprecation);
  }

 private:
  View view_;
  const InputValue& input_;
};

class EnumValueObject : public Object {
 public:
  explicit EnumValueObject(const EnumValue& value) : value_{value} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "name") out.text(value_.name);
    if (name == "description") write_text(out, value_.description);
    if (name == "isDeprecated") out.flag(value_.deprecation.has_value());
    if (name == "deprecationReason") write_reason(out, value_.deprecation);
  }

 private:
  const EnumValue& value_;
};

/// Those that are not deprecated, or all where that is asked for.
template <class Part>
std::vector<const Part*> wanted(const std::vector<Part>& parts, const Field& field) {
  const auto* deprecated = field.argument("includeDeprecated");
  std::vector<const Part*> some;
  for (const auto& part : parts)
    if (!part.deprecation || (deprecated && deprecated->text == "true")) some.push_back(&part);
  return some;
}

void write_inputs(const View& view, const std::vector<InputValue>& inputs, const Field& field, Out& out) {
  write_list(out, wanted(inputs, field), [&](const InputValue* input) { return InputValueObject{view, *input}; });
}

class FieldObject : public Object {
 public:
  FieldObject(const View& view, const FieldDefinition& definition) : view_{view}, definition_{definition} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "name") out.text(definition_.name);
    if (name == "description") write_text(out, definition_.description);
    if (name == "args") write_inputs(view_, definition_.arguments, field, out);
    if (name == "type") out.object(TypeObject{view_, definition_.type});
    if (name == "isDeprecated") out.flag(definition_.deprecation.has_value());
    if (name == "deprecationReason") write_reason(out, definition_.deprecation);
  }

 private:
  View view_;
  const FieldDefinition& definition_;
};

void TypeObject::resolve(const Field& field, Out& out) const {
  using Kind = TypeDefinition::Kind;
  const auto& name = field.definition->name;
  if (name == "kind") out.text(kind());
  if (name == "ofType" && !named_) out.object(TypeObject{view_, type_.inner()});
  if (!named_) return;
  if (name == "name") out.text(named_->name);
  if (name == "description") write_text(out, named_->description);
  if (name == "fields" && is(Kind::object)) {
    auto fields = wanted(named_->fields, field);
    std::erase_if(fields, [&](const FieldDefinition* one) { return !view_.shows(*one); });
    write_list(out, fields, [&](const FieldDefinition* one) { return FieldObject{view_, *one}; });
  }
  if (name == "interfaces" && is(Kind::object)) out.list([](Out::Items&) {});
  if (name == "enumValues" && is(Kind::enumeration))
    write_list(out, wanted(named_->values, field), [](const EnumValue* value) { return EnumValueObject{*value}; });
  if (name == "inputFields" && is(Kind::input_object)) write_inputs(view_, named_->inputs, field, out);
}

class DirectiveObject : public Object {
 public:
  DirectiveObject(const View& view, const DirectiveDefinition& directive) : view_{view}, directive_{directive} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "name") out.text(directive_.name);
    if (name == "description") write_text(out, directive_.description);
    if (name == "isRepeatable") out.flag(false);
    if (name == "locations")
      out.list([&](Out::Items& items) {
        for (const auto& location : directive_.locations) items.add([&](Out& item) { item.text(location); });
      });
    if (name == "args") write_inputs(view_, directive_.arguments, field, out);
  }

 private:
  View view_;
  const DirectiveDefinition& directive_;
};

class SchemaObject : public Object {
 public:
  explicit SchemaObject(const View& view) : view_{view} {}
  void resolve(const Field& field, Out& out) const override {
    const auto& name = field.definition->name;
    if (name == "description") write_text(out, view_.schema.description());
    if (name == "types") {
      std::vector<std::string_view> names;
      for (const auto& type : view_.schema.types())
        if (view_.shows(type)) names.push_back(type.name);
      write_list(out, names, [&](std::string_view type) { return TypeObject{view_, {std::string{type}}}; });
    }
    if (name == "queryType") write_root(view_.schema.query(), out);
    if (name == "mutationType") write_root(view_.schema.mutation(), out);
    if (name == "directives")
      write_list(out, view_.schema.directives(), [&](const DirectiveDefinition& directive) {
        return DirectiveObject{view_, directive};
      });
  }

 private:
  void write_root(const TypeDefinition* root, Out& out) const {
    if (root) out.object(TypeObject{view_, {root->name}});
  }

  View view_;
};

}  // namespace

void introspect_schema(const Schema& schema, bool all, Out& out) { out.object(SchemaObject{{schema, all}}); }

void introspect_type(const Schema& schema, bool all, std::string_view name, Out& out) {
  const View view{schema, all};
  const auto* type = schema.type(name);
  if (type && view.shows(*type)) out.object(TypeObject{view, {type->name}});
}

}  // namespace psherald::graphql
