#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "net/token_file.hpp"
#include "psherald/access.hpp"
#include "psherald/error.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::net;

namespace {

// printf %s open | sha256sum, and the same of "sesame"
constexpr const char* open_digest = "2348f998744212575d85959674f9607ab26f67708a917157472832386337c904";
constexpr const char* sesame_digest = "d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272";

}  // namespace

TEST_SUITE_BEGIN("net");

TEST_CASE("a token file is read line by line, and what is wrong is named") {
  const std::string digest = "sha256:" + std::string(64, 'a');
  const auto tokens = parse_tokens("# who may what\n\n gateway\tforward,ingest " + digest +
                                       " origins=own # a comment\r\n" + "me admin sha256:" + std::string(64, 'F'),
                                   "tokens");
  REQUIRE(tokens.size() == 2);
  CHECK(tokens[0].identity.owner == "token:gateway");
  CHECK(tokens[0].identity.roles == std::set{Role::forward, Role::ingest});
  CHECK(tokens[0].identity.own_origins_only);
  CHECK(tokens[0].digest[31] == 0xaa);
  CHECK(tokens[1].identity.roles == std::set{Role::admin});
  CHECK_FALSE(tokens[1].identity.own_origins_only);

  struct Case {
    std::string line, reason;
  };
  for (const auto& wrong :
       {Case{"gateway", "expected NAME ROLE"}, Case{"gateway viewer", "expected NAME ROLE"},
        Case{"gateway root " + digest, "\"root\" is no role"}, Case{"gateway viewer, " + digest, "\"\" is no role"},
        Case{"gateway viewer sha256:abc", "64 hexadecimal digits"},
        Case{"gateway viewer md5:" + std::string(64, 'a'), "64 hexadecimal digits"},
        Case{"gateway viewer sha256:" + std::string(64, 'g'), "not hexadecimal"},
        Case{"gateway viewer " + digest + " origins=all", "expected origins=own"},
        Case{"gateway viewer " + digest + " origins=own more", "there is more"}}) {
    CAPTURE(wrong.line);
    std::string reason;
    try {
      parse_tokens("\n" + wrong.line + "\n", "tokens");
    } catch (const Error& error) {
      reason = error.what();
    }
    CHECK(reason.find("tokens:2: ") != std::string::npos);
    CHECK(reason.find(wrong.reason) != std::string::npos);
  }
}

TEST_CASE("rights come from a token, a certificate, or from being on this machine") {
  const psherald::testing::Place place{"tokens"};
  const auto line = [](const std::string& name, const std::string& roles, const char* digest) {
    return name + ' ' + roles + " sha256:" + digest + '\n';
  };
  std::ofstream{place.file()} << line("reader", "viewer", open_digest) << line("boss", "admin", sesame_digest);
  std::filesystem::permissions(place.file(), std::filesystem::perms{0600});
  const Access with_file{place.file()}, without;

  struct Case {
    const char* what;
    HttpRequest request;
    std::set<Role> with_file, without;
    int status_with_file = 403, status_without = 403;
  };
  const std::set<Role> all{Role::viewer, Role::editor, Role::admin, Role::ingest, Role::forward}, none;
  const std::set<Role> here{Role::viewer, Role::editor, Role::ingest, Role::forward}, viewer{Role::viewer};
  const std::set<Role> machine{Role::ingest, Role::forward};
  const auto request = [](std::vector<std::pair<std::string, std::string>> headers, bool loopback,
                          const std::string& certificate = "") {
    return HttpRequest{.headers = std::move(headers), .certificate = certificate, .loopback = loopback};
  };
  auto forged = request({{"Host", "localhost"}, {"Origin", "http://evil.example"}}, true);
  forged.method = "POST";
  const Case cases[] = {
      {"this machine", request({{"Host", "localhost:9024"}}, true), viewer, here},
      {"this machine by its address", request({{"Host", "127.0.0.1:9024"}}, true), viewer, here},
      {"another name for it", request({{"Host", "evil.example"}}, true), none, none, 401, 401},
      {"a form of another site", forged, none, none, 401, 401},
      {"a link of another site", request({{"Host", "localhost"}, {"Sec-Fetch-Site", "cross-site"}}, true), viewer,
       here},
      {"somebody else", request({{"Host", "localhost"}}, false), none, none, 401, 401},
      {"a token", request({{"Authorization", "Bearer open"}}, false), viewer, none, 403, 401},
      {"a token, written otherwise", request({{"authorization", "bearer open"}}, false), viewer, none, 403, 401},
      {"the token of an administrator", request({{"Authorization", "Bearer sesame"}}, false), all, none, 403, 401},
      {"a wrong token", request({{"Authorization", "Bearer opem"}}, true), none, none, 401, 401},
      {"an empty token", request({{"Authorization", "Bearer "}}, true), none, none, 401, 401},
      {"another scheme", request({{"Authorization", "Basic b3Blbg=="}}, true), none, none, 401, 401},
      {"a certificate", request({}, false, "CN=gateway"), machine, machine},
      {"a certificate and a wrong token", request({{"Authorization", "Bearer x"}}, false, "CN=g"), none, none, 401,
       401},
  };
  for (const auto& c : cases) {
    CAPTURE(c.what);
    for (const Role role : all) {
      CHECK(static_cast<bool>(with_file.admit(c.request, role)) == c.with_file.contains(role));
      CHECK(static_cast<bool>(without.admit(c.request, role)) == c.without.contains(role));
      if (!c.with_file.contains(role)) CHECK(with_file.refuse(c.request, role).status == c.status_with_file);
      if (!c.without.contains(role)) CHECK(without.refuse(c.request, role).status == c.status_without);
    }
  }
  CHECK(with_file.admit(cases[6].request, Role::viewer)->owner == "token:reader");
  CHECK(with_file.admit(cases[12].request, Role::forward)->owner == "certificate:CN=gateway");
  CHECK(with_file.admit(cases[6].request, Role::forward).error().code == Errc::not_allowed);
}

TEST_CASE("a token file is read again, and a wrong or open one changes nothing") {
  const psherald::testing::Place place{"tokens"};
  const auto write = [&](const std::string& text, unsigned mode) {
    std::ofstream{place.file()} << text;
    std::filesystem::permissions(place.file(), static_cast<std::filesystem::perms>(mode));
  };
  CHECK_THROWS_AS(Access{place.file()}, Error);
  write("reader viewer sha256:" + std::string{open_digest} + "\n", 0640);
  CHECK_THROWS_AS(Access{place.file()}, Error);
  write("reader viewer sha256:" + std::string{open_digest} + "\n", 0600);
  Access access{place.file()};
  const HttpRequest request{.headers = {{"Authorization", "Bearer open"}}, .loopback = false};
  CHECK(access.identify(request));
  write("reader viewer sha256:" + std::string{open_digest} + "\nnonsense\n", 0600);
  CHECK_THROWS_AS(access.reload(), Error);
  CHECK(access.identify(request));
  write("# nobody any more\n", 0600);
  access.reload();
  CHECK_FALSE(access.identify(request));
}

TEST_SUITE_END();
