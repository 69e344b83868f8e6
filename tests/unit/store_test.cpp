#include <doctest/doctest.h>

TEST_SUITE_BEGIN("store");

TEST_SUITE_END();
