#include <doctest/doctest.h>

TEST_SUITE_BEGIN("web");

TEST_SUITE_END();
