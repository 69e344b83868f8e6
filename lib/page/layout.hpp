#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "page/html.hpp"
#include "psherald/record.hpp"

namespace psherald::page {

/// What stands around the contents of every page.
struct Frame {
  std::string_view title;
  std::int64_t records = -1;           ///< Shown in the head; negative: not known.
  std::int64_t records_a_second = 0;   ///< Of the last minute.
  std::int64_t open_incidents = 0;     ///< Shown at the view of systems,
  std::int64_t new_incidents = 0;      ///< red while nobody takes care of some.
  std::int64_t clean_after_days = -1;  ///< Offers to clean up; negative: does not.
  Markup script = "plain.js";          ///< The static file of its script.
  std::string_view view{};             ///< The path of the view that it is; empty: none of them.
  std::string_view query{};            ///< What the links to the views carry along: Search::view_query().
  std::string user{};                  ///< Who has logged in and may log out; empty: nobody.
  bool look_again = false;             ///< The browser loads the page anew by itself.
};

void begin_page(Html& html, const Frame& frame);
void end_page(Html& html);

/// "/static/page.css?v=TAG": a file of the page under an address that changes with it, so that it may be kept for ever.
std::string asset_address(std::string_view name);

/// A whole page that says one thing: `sentence`, and below it what to do.
Html message_page(std::string_view title, std::string_view sentence, std::string_view advice);

/// The class of the five that a level belongs to; it has a shape and a colour.
Markup level_band(Level level);
/// The classes of a row: the lower-case name of its level, as the sender calls it, and its band. Record text never
/// becomes more than one short word here.
std::string level_classes(std::string_view name, Level level);
/// The shape of the level.
void write_level_mark(Html& html, Level level);
/// The sender's name for the level, or Python's.
std::string level_text(std::string_view name, Level level);

/// "22 Nov 2026"
std::string day_text(std::string_view local_time);

}  // namespace psherald::page
