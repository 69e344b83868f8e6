#include <doctest/doctest.h>

TEST_SUITE_BEGIN("page");

TEST_SUITE_END();
