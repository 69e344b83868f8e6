#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "psherald/access.hpp"
#include "record/hex.hpp"
#include "record/sha256.hpp"
#include "support/place.hpp"

namespace psherald::testing {

/// A token file in which each role has a token that is called like it.
class Tokens {
 public:
  Tokens() {
    std::ofstream file{place_.file()};
    for (const auto role : {Role::viewer, Role::editor, Role::admin, Role::ingest, Role::forward}) {
      const std::string name{role_name(role)};
      file << name << ' ' << name << " sha256:" << to_hex(bytes_of(sha256(name))) << '\n';
    }
    file.close();
    std::filesystem::permissions(place_.file(), std::filesystem::perms{0600});
  }
  std::string file() const { return place_.file(); }

 private:
  Place place_{"tokens"};
};

}  // namespace psherald::testing
