#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/http.hpp"
#include "psherald/log_store.hpp"

namespace psherald::page {

/// The incidents that are open, as a section. `token` goes into the forms; empty: nothing can be changed.
void write_incidents(Html& html, const LogStore& store, std::string_view token);

/// A page of its own; nothing when there is no incident of that number.
std::optional<Html> incident_page(const LogStore& store, std::int64_t id, std::string_view token, Frame frame);

/// What one of the forms asks for. False: there is no such open incident. @throws Error as acknowledge, silence_for
bool acknowledge_as_asked(LogStore& store, std::int64_t id, const HttpRequest& request, const std::string& who);
bool silence_as_asked(LogStore& store, std::int64_t id, const HttpRequest& request, const std::string& who);

}  // namespace psherald::page
