#pragma once

#include <span>
#include <string_view>

namespace psherald::page {

/// A static file of the page, compiled in by embed.py.
struct Asset {
  std::string_view path;  ///< "/static/page.css"
  std::string_view content_type;
  std::string_view etag;  ///< Of its bytes, with the quotes.
  std::string_view bytes;
  std::string_view packed;  ///< The same as gzip.
};
std::span<const Asset> assets() noexcept;

}  // namespace psherald::page
