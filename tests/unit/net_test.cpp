#include <doctest/doctest.h>

TEST_SUITE_BEGIN("net");

TEST_SUITE_END();
