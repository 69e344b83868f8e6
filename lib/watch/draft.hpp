#pragma once

#include <string>
#include <utility>
#include <vector>

namespace psherald::watch {

/// A message while it is put together: the same for both forms.
struct Draft {
  std::string subject{};
  std::string headline{};
  std::vector<std::string> sentences{};
  std::vector<std::pair<std::string, std::string>> facts{};
  struct Block {
    std::string title{};
    std::vector<std::string> lines{};
  };
  std::vector<Block> blocks{};
};

std::string as_text(const Draft& draft);
std::string as_html(const Draft& draft);

}  // namespace psherald::watch
