#pragma once

#include <string>
#include <vector>

#include "watch/story.hpp"

namespace psherald::watch {

/// The whole of it for programs: docs/alerting.md says what stands where. The alert is complete but for this.
std::string json_of(const Alert& alert, const std::vector<Story>& stories);

}  // namespace psherald::watch
