#pragma once

#include "query/lexer.hpp"

namespace psherald::query {

/// Reads what stands behind a field's operator, as the field's kind asks for.
class ValueParser {
 public:
  explicit ValueParser(Lexer& in) : in_{in} {}

  /// One value, or those of a list. None at all means a lone star: the field is there.
  std::vector<ast::Value> of(const ast::FieldRef& field, ast::Op op);
  /// The time of `since` and `until`.
  ast::Value clock();
  /// A regular expression that RE2 takes.
  ast::Regex regex(bool in_list);

  /// @throws Failure unless a term may end here
  void expect_separator(const std::string& after, bool in_list = false) const;
  void expect_end_of(const Bare& bare, bool in_list = false) const;

 private:
  struct Context {
    const ast::FieldRef& field;
    ast::Op op;
    bool in_list;
  };
  bool value(const Context& context, std::vector<ast::Value>& into);
  std::vector<ast::Value> list(const Context& context);
  void refuse_in_list() const;
  ast::Value of_phrase(const Context& context, std::string text, std::size_t begin) const;
  ast::Value of_bare(const Context& context, const Bare& bare) const;
  ast::Value of_text(const Context& context, const Bare& bare) const;
  ast::Value of_attribute(const Context& context, const Bare& bare) const;
  ast::Scalar scalar(const ast::FieldRef& field, std::string_view text, std::size_t begin, std::size_t end) const;
  ast::Number number(const ast::FieldRef& field, std::string_view text, std::size_t begin, std::size_t end) const;
  ast::Number level(std::string_view text, std::size_t begin, std::size_t end) const;
  ast::Time time(std::string_view text, std::size_t begin, std::size_t end) const;
  ast::Quantity quantity(std::string_view text, std::size_t begin, std::size_t end) const;
  ast::Value range(const ast::FieldRef& field, const Bare& bare, std::size_t dots) const;
  std::string describe(const ast::FieldRef& field) const;

  Lexer& in_;
  std::size_t regexes_ = 0;
};

}  // namespace psherald::query
