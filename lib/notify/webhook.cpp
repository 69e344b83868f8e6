#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "net/curl.hpp"
#include "notify/channels.hpp"
#include "notify/signature.hpp"
#include "record/json.hpp"

namespace psherald::notify {
namespace {

using Outcome = Delivery::Outcome;

constexpr std::size_t longest_answer = 64 * 1024;

struct Free {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

/// Addresses that nobody means who writes a webhook: of this link, and what clouds tell their machines about
/// themselves.
bool is_refused(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto ip = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    return ip >> 16 == 0xA9FE || ip >> 24 == 0;  // 169.254.0.0/16, 0.0.0.0/8
  }
  if (address->sa_family != AF_INET6) return true;
  const auto& bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr;
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return true;  // fe80::/10
  constexpr std::array<unsigned char, 8> metadata{0xfd, 0x00, 0x0e, 0xc2};
  if (std::equal(metadata.begin(), metadata.end(), bytes)) return true;
  const bool mapped = std::all_of(bytes, bytes + 10, [](auto byte) { return byte == 0; }) && bytes[10] == 0xff;
  return mapped && bytes[12] == 169 && bytes[13] == 254;
}

struct Exchange {
  std::string answer{};
  bool too_long = false, refused = false, opened = false;
  bool allow_link_local = false;
  const std::atomic<bool>* stop = nullptr;

  static std::size_t take(char* data, std::size_t size, std::size_t count, void* self) {
    auto& exchange = *static_cast<Exchange*>(self);
    exchange.too_long = exchange.answer.size() + size * count > longest_answer;
    if (exchange.too_long) return 0;
    exchange.answer.append(data, size * count);
    return size * count;
  }
  static curl_socket_t open(void* self, curlsocktype, curl_sockaddr* address) {
    auto& exchange = *static_cast<Exchange*>(self);
    exchange.refused = !exchange.allow_link_local && is_refused(&address->addr);
    if (exchange.refused) return CURL_SOCKET_BAD;
    exchange.opened = true;
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<Exchange*>(self)->stop ? 1 : 0;
  }
};

/// What all requests have in common.
void prepare(CURL* handle, Exchange& exchange, const std::string& url, std::chrono::milliseconds timeout) {
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle, option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeout.count()));
  set(CURLOPT_WRITEFUNCTION, &Exchange::take);
  set(CURLOPT_WRITEDATA, &exchange);
  set(CURLOPT_OPENSOCKETFUNCTION, &Exchange::open);
  set(CURLOPT_OPENSOCKETDATA, &exchange);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Exchange::go_on);
  set(CURLOPT_XFERINFODATA, &exchange);
}

/// What may stand in a header: one line of ASCII.
std::string header_text(std::string_view text) {
  std::string safe;
  for (const char c : text) safe += c >= ' ' && c <= '~' ? c : '?';
  return safe;
}

std::string body_of(const Alert& alert, Receiver::Format format) {
  if (format == Receiver::Format::json) return alert.json;
  if (format == Receiver::Format::ntfy) return alert.text;
  std::string json = "{\"text\":";
  append_json_string(json, alert.subject + "\n```\n" + alert.text + "```");
  return json + "}";
}

std::vector<std::string> headers_of(const Alert& alert, const Webhook& webhook, const std::string& body) {
  using Kind = Alert::Kind;
  std::vector<std::string> headers{"Idempotency-Key: " + header_text(alert.uid), "User-Agent: psherald", "Expect:"};
  if (webhook.format == Receiver::Format::ntfy) {
    const bool calm = alert.kind == Kind::resolve || alert.kind == Kind::blind;
    headers.push_back("Content-Type: text/plain; charset=utf-8");
    headers.push_back("Title: " + header_text(alert.subject));
    headers.push_back(std::string{"Priority: "} + (calm                           ? "default"
                                                   : alert.kind == Kind::escalate ? "urgent"
                                                                                  : "high"));
    headers.push_back(std::string{"Tags: "} + (calm ? "white_check_mark" : "warning"));
  } else {
    headers.push_back("Content-Type: application/json");
  }
  if (!webhook.secret.empty()) {
    const auto at =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(alert.at.time_since_epoch()).count());
    headers.push_back("X-Psherald-Signature: t=" + at + ",sha256=" + hmac_sha256(webhook.secret, at + "." + body));
  }
  return headers;
}

Delivery judged(long status, long retry_after, const std::string& url) {
  const int code = static_cast<int>(status);
  const std::string said = url + " answers " + std::to_string(code);
  if (code >= 200 && code < 300) return {Outcome::accepted, code, said, {}};
  if (code == 408 || code == 425 || code == 429 || code >= 500)
    return {Outcome::unavailable, code, said + ", it is tried again", std::chrono::seconds{std::max(retry_after, 0L)}};
  if (code >= 300 && code < 400) return {Outcome::refused, code, said + ": redirects are not followed", {}};
  return {Outcome::refused, code, said, {}};
}

/// For messages: what may hold a password or a token is not shown.
std::string shown(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return "the webhook";
  const auto end = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  auto host = url.substr(scheme + 3, end - scheme - 3);
  if (const auto at = host.rfind('@'); at != host.npos) host = host.substr(at + 1);
  return url.substr(0, scheme + 3) + host;
}

}  // namespace

Delivery to_webhook(const Alert& alert, const Webhook& webhook, const std::atomic<bool>& stop) {
  const std::string name = shown(webhook.url);
  if (!net::curl_is_ready()) return {Outcome::unavailable, 0, "libcurl cannot be used", {}};
  const std::unique_ptr<CURL, Free> handle{curl_easy_init()};
  if (!handle) return {Outcome::unavailable, 0, "out of memory", {}};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(handle.get(), option, value); };
  const std::string body = body_of(alert, webhook.format);
  std::unique_ptr<curl_slist, Free> headers;
  for (const auto& header : headers_of(alert, webhook, body)) {
    auto* longer = curl_slist_append(headers.get(), header.c_str());
    if (!longer) return {Outcome::unavailable, 0, "out of memory", {}};
    if (!headers) headers.reset(longer);
  }
  Exchange exchange;
  exchange.stop = &stop;
  exchange.allow_link_local = webhook.allow_link_local;
  std::array<char, CURL_ERROR_SIZE> error{};
  prepare(handle.get(), exchange, webhook.url, webhook.timeout);
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_POST, 1L);
  set(CURLOPT_POSTFIELDS, body.c_str());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(CURLOPT_ERRORBUFFER, error.data());
  const auto result = curl_easy_perform(handle.get());
  long status = 0;
  curl_off_t retry_after = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle.get(), CURLINFO_RETRY_AFTER, &retry_after);
  // What a long answer says is of no interest; that there was one is.
  if (result == CURLE_OK || exchange.too_long) return judged(status, static_cast<long>(retry_after), name);
  if (exchange.refused)
    return {Outcome::refused, 0, name + " leads to an address of this link or of a metadata service", {}};
  // One that answers in another protocol may be itself again later.
  if (!exchange.opened && (result == CURLE_URL_MALFORMAT || result == CURLE_UNSUPPORTED_PROTOCOL))
    return {Outcome::refused, 0, name + " is no URL", {}};
  const std::string why = error[0] ? error.data() : curl_easy_strerror(result);
  return {Outcome::unavailable, 0, "cannot reach " + name + ": " + net::one_line(why), {}};
}

Result<void> ping(const std::string& url, std::chrono::milliseconds timeout, const std::atomic<bool>& stop) {
  const auto fail = [&](const std::string& why) { return Fault{Errc::peer_lost, shown(url) + ": " + why}; };
  const std::unique_ptr<CURL, Free> handle{net::curl_is_ready() ? curl_easy_init() : nullptr};
  if (!handle) return fail("libcurl cannot be used");
  Exchange exchange;
  exchange.stop = &stop;
  prepare(handle.get(), exchange, url, timeout);
  const auto result = curl_easy_perform(handle.get());
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  if (result != CURLE_OK && !exchange.too_long) return fail(curl_easy_strerror(result));
  if (status < 200 || status > 299) return fail("answers " + std::to_string(status));
  return {};
}

}  // namespace psherald::notify
