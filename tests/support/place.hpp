#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <utility>

#include "support/temporary.hpp"

namespace psherald::testing {

/// A directory of a test's own, gone at the end.
class Place {
 public:
  /// `database` is the name of the file that most of such a test is about.
  explicit Place(std::string database = "log.sqlite") : database_{std::move(database)} {
    std::string pattern = (temporary_folder() / "psherald-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string file() const { return file(database_); }
  std::string file(const std::string& name) const { return (directory_ / name).string(); }
  std::string directory() const { return directory_.string(); }

 private:
  std::string database_;
  std::filesystem::path directory_;
};

}  // namespace psherald::testing
