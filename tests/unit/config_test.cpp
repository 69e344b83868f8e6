#include <doctest/doctest.h>

TEST_SUITE_BEGIN("config");

TEST_SUITE_END();
