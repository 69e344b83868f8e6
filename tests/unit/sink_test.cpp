#include <doctest/doctest.h>

TEST_SUITE_BEGIN("sink");

TEST_SUITE_END();
