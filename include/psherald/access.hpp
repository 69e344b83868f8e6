#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/http.hpp"
#include "psherald/result.hpp"

namespace psherald {

/// What somebody may do: viewer reads, editor also changes what the page changes, ingest sends records, forward hands
/// over the log of another psherald, admin all of it.
enum class Role { viewer, editor, admin, ingest, forward };

/// "viewer", as in a token file.
std::string_view role_name(Role role) noexcept;

/// What an address takes, and which right it asks for.
struct Route {
  std::string_view path;     ///< In which "{name}" stands for one part, whatever it is: "/record/{name}".
  bool get, post;            ///< Which methods it takes; HEAD where GET is.
  std::optional<Role> role;  ///< What the visitor must be allowed; nothing: everybody is.
  bool remove = false;       ///< It takes DELETE.
};

/// Somebody who was recognised.
struct Identity {
  std::string owner{};  ///< "token:NAME", "certificate:SUBJECT" or "loopback".
  std::set<Role> roles{};
  bool own_origins_only = false;  ///< May hand over records of its own only, none that it got from others.

  /// admin includes all, editor includes viewer.
  bool may(Role role) const noexcept;
};

/// Who may do what: by a token (`Authorization: Bearer TOKEN`, or the cookie of a login, which no page of another site
/// may use to change something), else by a verified client certificate (ingest and forward), else because the request
/// comes from this machine: as viewer where there is a token file, as editor, ingest and forward where there is none.
/// From this machine only counts a request that calls us localhost, by an address or by one of `hosts`, or any web site
/// could ask through a name of its own that points here (DNS rebinding); a page of another site may lead here by a
/// link, and change nothing.
///
/// The token file has a line for each token, `NAME ROLE[,ROLE] sha256:HEX [origins=own]`, where HEX is the SHA-256 of
/// the token; `#` begins a comment. Nobody but its owner may read or write it (0600).
/// Threads: any, all functions.
class Access {
 public:
  /// `token_file` empty: there is none. @throws Error bad_config: file, line and what is wrong.
  explicit Access(std::string token_file = {}, std::vector<std::string> hosts = {});
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;
  ~Access();

  /// Reads the file again. @throws Error bad_config, and the old tokens hold on.
  void reload();
  /// Who asks. A Fault, not_allowed, says why nobody is recognised: 401 in HTTP. After ten wrong tokens from one
  /// address only one more is looked at in six seconds, but for those that were right there before.
  Result<Identity> identify(const HttpRequest& request) const;
  /// Who asks, when they may do it. A Fault says what is missing, as above.
  Result<Identity> admit(const HttpRequest& request, Role role) const;
  /// The answer to a request that was not admitted: 401 to who is not recognised, 429 to whose token was not looked at,
  /// 403 to who has not the right.
  HttpResponse refuse(const HttpRequest& request, Role role) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace psherald
