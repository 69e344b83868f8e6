#include <doctest/doctest.h>

TEST_SUITE_BEGIN("ingest");

TEST_SUITE_END();
