#pragma once

#include <cstddef>

#include "graphql/mistake.hpp"
#include "graphql/schema.hpp"

namespace psherald::graphql {

/// What a document may ask for, each fragment counted wherever it is used.
struct ExtentLimits {
  std::size_t fields = 2'000;  ///< Of all its operations, aliases too.
  std::size_t depth = 15;      ///< Fields within each other. An introspection query has 13.
};

/// What is wrong with the document, as far as it can be said without variables: at most some hundred mistakes. None:
/// it can be executed. Source: the specification, section 5; the sentences are those of its reference implementation.
Mistakes validate(const Schema& schema, const Document& document, const ExtentLimits& limits = {});

}  // namespace psherald::graphql
