#pragma once

#include <string>

namespace psherald::net {

/// This machine's name, as UTF-8; `otherwise` when the system does not say.
std::string host_name(std::string otherwise);

}  // namespace psherald::net
