#include <doctest/doctest.h>

TEST_SUITE_BEGIN("record");

TEST_SUITE_END();
