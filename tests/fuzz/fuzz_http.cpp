// A head is found wherever its bytes are cut, and what is read from it is what one gets by writing and reading it
// again.

#include "net/http_head.hpp"
#include "net/http_message.hpp"
#include "target.hpp"

using namespace psherald;
using namespace psherald::testing;

namespace {

std::string written(const net::HttpHead& head) {
  std::string headers;
  bool has_host = false;
  for (const auto& [name, value] : head.headers) {
    headers += name + ": " + value + "\r\n";
    has_host = has_host || net::same_name(name, "Host");
  }
  return head.method + " " + head.target + (has_host ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n") + headers + "\r\n";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr net::HeadLimits limits{.max_body_bytes = 1'000'000};
  const auto received = text_of(data, size);
  const auto end = net::find_head_end(received, 0);
  for (std::size_t came = 0; came < received.size(); ++came) {
    const auto sooner = net::find_head_end(received.substr(0, came + 1), came);
    require(!sooner || (end && *sooner >= *end), "a head ends before its end");
    if (sooner && *sooner == *end) break;
    require(came + 1 < received.size() || !end, "the end of a head is not found when it comes bit by bit");
  }
  const auto parsed = net::parse_head(end ? received.substr(0, *end) : received, limits);
  if (const auto* refusal = std::get_if<net::HttpRefusal>(&parsed)) {
    require(refusal->status >= 400 && refusal->status < 600 && !refusal->text.empty(), "refused without a reason");
    return 0;
  }
  const auto& head = std::get<net::HttpHead>(parsed);
  require(end.has_value(), "a head without an end");
  require(head.body_bytes <= limits.max_body_bytes, "a body above the limit");
  if (head.headers.size() > 100) return 0;  // one more came from the target
  const auto again = net::parse_head(written(head), limits);
  const auto* same = std::get_if<net::HttpHead>(&again);
  require(same != nullptr && same->method == head.method && same->target == head.target &&
              same->headers == head.headers && same->body_bytes == head.body_bytes,
          "written and read again it is another request");
  return 0;
}
