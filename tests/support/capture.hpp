#pragma once

#include <doctest/doctest.h>

/// CAPTURE for a name of a structured binding, which clang takes into a lambda only from version 16 on.
#define CAPTURE_BINDING(name)         \
  const auto& captured_##name = name; \
  INFO(#name " := ", captured_##name)
