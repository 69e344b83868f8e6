#include <doctest/doctest.h>

TEST_SUITE_BEGIN("query");

TEST_SUITE_END();
