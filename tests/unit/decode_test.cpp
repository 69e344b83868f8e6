#include <doctest/doctest.h>

TEST_SUITE_BEGIN("decode");

TEST_SUITE_END();
