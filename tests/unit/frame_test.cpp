#include <doctest/doctest.h>

TEST_SUITE_BEGIN("frame");

TEST_SUITE_END();
