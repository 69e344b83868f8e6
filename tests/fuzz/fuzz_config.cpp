// Any psherald.toml: a Config, or an Error that names the file.

#include <unistd.h>

#include <fstream>

#include "psherald/config.hpp"
#include "psherald/error.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string path = "/dev/shm/psherald-fuzz-" + std::to_string(::getpid()) + ".toml";
  std::ofstream{path, std::ios::binary} << text_of(data, size);
  try {
    const Config config =
        load_config({.file = path, .environment = [](const char*) -> const char* { return nullptr; }});
    require(config.stage != nullptr && config.file == path, "a Config of nothing");
  } catch (const Error& error) {
    require(error.code() == Errc::bad_config, "an Error of another kind");
    require(std::string_view{error.what()}.find(path) != std::string_view::npos, error.what());
  }
  ::unlink(path.c_str());
  return 0;
}
