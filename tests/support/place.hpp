#pragma once

#include <doctest/doctest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace psherald::support {

/// A directory of a test's own, gone at the end.
class Place {
 public:
  Place() {
    std::string pattern = (std::filesystem::temp_directory_path() / "psherald-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  std::string file(const std::string& name = "log.sqlite") const { return (directory_ / name).string(); }

 private:
  std::filesystem::path directory_;
};

}  // namespace psherald::support
