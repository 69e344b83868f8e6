#include "psherald/access.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "net/attempts.hpp"
#include "net/http_message.hpp"
#include "net/session_cookie.hpp"
#include "net/token_file.hpp"
#include "net/visitor.hpp"
#include "record/sha256.hpp"

namespace psherald {
namespace {

Fault not_allowed(std::string text) { return {Errc::not_allowed, std::move(text)}; }

/// The token that a request shows; empty: one that nobody can have.
std::optional<std::string_view> token_of(const HttpRequest& request) {
  constexpr std::string_view scheme = "bearer ";
  const auto header = request.header("Authorization");
  if (!header) return {};
  if (!net::same_name(header->substr(0, scheme.size()), scheme)) return "";
  return header->substr(scheme.size());
}

/// Whether another site makes a browser change something here. It may make it follow a link: what it leads to is shown
/// to nobody but the one before the screen.
bool is_forged(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD" && net::from_elsewhere(request);
}

Fault forged() {
  return not_allowed("a page of another site asks for this; do it from a page of psherald, or show a token");
}

}  // namespace

std::string_view role_name(Role role) noexcept {
  switch (role) {
    case Role::viewer: return "viewer";
    case Role::editor: return "editor";
    case Role::admin: return "admin";
    case Role::ingest: return "ingest";
    case Role::forward: return "forward";
  }
  return "";
}

bool Identity::may(Role role) const noexcept {
  return roles.contains(role) || roles.contains(Role::admin) || (role == Role::viewer && roles.contains(Role::editor));
}

struct Access::Impl {
  using Tokens = std::shared_ptr<const std::vector<net::Token>>;

  Impl(std::string token_file, std::vector<std::string> names)
      : file{std::move(token_file)}, hosts{std::move(names)}, tokens{read()} {}

  Tokens read() const {
    if (file.empty()) return std::make_shared<std::vector<net::Token>>();
    return std::make_shared<std::vector<net::Token>>(net::read_token_file(file));
  }
  Tokens current() const {
    std::lock_guard lock{mutex};
    return tokens;
  }

  Result<Identity> by_token(std::string_view shown, const std::string& peer) const {
    const auto digest = sha256(shown);
    const auto now = std::chrono::steady_clock::now();
    if (const auto left = wait(peer, digest, now))
      return not_allowed("too many wrong tokens came from this address; try again in " + std::to_string(left->count()) +
                         " s");
    auto identity = by_digest(shown, digest);
    std::lock_guard lock{mutex};
    identity ? attempts.was_right(peer, digest, now) : attempts.was_wrong(peer, digest, now);
    return identity;
  }

  std::optional<std::chrono::seconds> wait(const std::string& peer, const net::Attempts::Digest& digest,
                                           net::Attempts::Time now) const {
    std::lock_guard lock{mutex};
    return attempts.wait(peer, digest, now);
  }

  Result<Identity> by_digest(std::string_view shown, const net::Attempts::Digest& digest) const {
    const auto all = current();
    const net::Token* found = nullptr;
    for (const auto& token : *all)
      if (net::equal_secret(bytes_of(token.digest), bytes_of(digest)) && found == nullptr) found = &token;
    if (found == nullptr || shown.empty()) return not_allowed("the token is not known here; see [web] tokens");
    return found->identity;
  }

  /// Nothing when there is no cookie, or an old one: then nobody has logged in.
  std::optional<Result<Identity>> by_cookie(const HttpRequest& request) const {
    const auto token = net::cookie_token(request);
    if (!token) return {};
    auto identity = by_token(*token, request.peer);
    if (!identity) return {};
    if (is_forged(request)) return forged();
    return identity;
  }

  Result<Identity> by_place(const HttpRequest& request) const {
    if (!request.loopback) return not_allowed("log in at /login, or show a token, as in: Authorization: Bearer TOKEN");
    if (!net::calls_us_by_name(request, hosts))
      return not_allowed("call this machine localhost or by its address, or show a token");
    if (is_forged(request)) return forged();
    if (!file.empty()) return Identity{"loopback", {Role::viewer}};
    return Identity{"loopback", {Role::editor, Role::ingest, Role::forward}};
  }

  const std::string file;
  const std::vector<std::string> hosts;
  mutable std::mutex mutex{};
  Tokens tokens;                     // under the mutex
  mutable net::Attempts attempts{};  // under the mutex
};

Access::Access(std::string token_file, std::vector<std::string> hosts)
    : impl_{std::make_unique<Impl>(std::move(token_file), std::move(hosts))} {}

Access::~Access() = default;

void Access::reload() {
  auto fresh = impl_->read();
  std::lock_guard lock{impl_->mutex};
  impl_->tokens.swap(fresh);
}

Result<Identity> Access::identify(const HttpRequest& request) const {
  if (const auto token = token_of(request)) return impl_->by_token(*token, request.peer);
  if (auto identity = impl_->by_cookie(request)) return std::move(*identity);
  if (!request.certificate.empty())
    return Identity{"certificate:" + request.certificate, {Role::ingest, Role::forward}};
  return impl_->by_place(request);
}

Result<Identity> Access::admit(const HttpRequest& request, Role role) const {
  auto identity = identify(request);
  if (!identity || identity->may(role)) return identity;
  return not_allowed(identity->owner + " has not the right " + std::string{role_name(role)} +
                     "; show a token that has it");
}

HttpResponse Access::refuse(const HttpRequest& request, Role role) const {
  const auto token = token_of(request);
  const bool slowed = token && impl_->wait(request.peer, sha256(*token), std::chrono::steady_clock::now());
  const auto identity = identify(request);
  const auto admitted = admit(request, role);
  auto response = net::plain_response(slowed     ? 429
                                      : identity ? 403
                                                 : 401,
                                      admitted ? "Try again." : admitted.error().text);
  if (slowed) response.headers.emplace_back("Retry-After", "6");
  if (!identity && !slowed) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace psherald
