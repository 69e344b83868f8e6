#include "net/curl.hpp"

#include <curl/curl.h>

#include "record/utf8.hpp"

namespace psherald::net {

bool curl_is_ready() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

std::string one_line(std::string_view text) {
  constexpr std::size_t most = 400;
  std::string line;
  append_utf8(line, text.substr(0, most));
  for (char& byte : line)
    if (static_cast<unsigned char>(byte) < ' ' || byte == 0x7f) byte = ' ';
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace psherald::net
