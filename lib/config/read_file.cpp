#include "config/read_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "psherald/error.hpp"

namespace psherald {

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  std::ostringstream text;
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file || file.bad()) throw Error{Errc::bad_config, path + ": cannot be read: " + std::strerror(errno)};
  return text.str();
}

}  // namespace psherald
