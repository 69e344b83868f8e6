#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "net/session_cookie.hpp"
#include "page_site.hpp"
#include "psherald/access.hpp"
#include "record/hex.hpp"
#include "support/capture.hpp"
#include "support/tokens.hpp"

using namespace psherald;
using psherald::testing::between;
using psherald::testing::contains;
using psherald::testing::header;
using psherald::testing::Pages;
using psherald::testing::Tokens;

namespace {

WebApp::Options guarded(const Access& access) {
  WebApp::Options options;
  options.access = &access;
  return options;
}

using Headers = Pages::Pairs;

HttpRequest from(bool loopback, HttpRequest request) {
  request.loopback = loopback;
  request.headers.emplace_back("Host", "localhost:9021");
  return request;
}
HttpRequest with_token(const std::string& token, HttpRequest request) {
  request.headers.emplace_back("Authorization", "Bearer " + token);
  return from(false, std::move(request));
}
HttpRequest with_cookie(const std::string& token, HttpRequest request) {
  request.headers.emplace_back("Cookie", "other=1; psherald9021=" + to_hex(token) + "; last=2");
  return from(false, std::move(request));
}

}  // namespace

TEST_SUITE_BEGIN("page");

TEST_CASE("every address asks for its right, and for no other") {
  // In the order of the columns: nobody, this machine without and with a token file, then the tokens.
  const std::map<std::string, std::string> golden{
      {"GET /", "- r r r r r - -"},
      {"POST /", "- r r r r r - -"},
      {"GET /patterns", "- r r r r r - -"},
      {"GET /systems", "- r r r r r - -"},
      {"GET /record/{name}", "- r r r r r - -"},
      {"GET /incident/{id}", "- r r r r r - -"},
      {"POST /incident/{id}/ack", "- r - - r r - -"},
      {"POST /incident/{id}/silence", "- r - - r r - -"},
      {"GET /saved/{name}", "- r r r r r - -"},
      {"GET /rm_logs", "- r - - r r - -"},
      {"POST /rm_logs", "- r - - r r - -"},
      {"GET /hello", "- r r r r r - -"},
      {"GET /hello_to_ps_basic_logger", "- r - - r r - -"},
      {"GET /angular/", "- r r r r r - -"},
      {"GET /angular/hello", "- r r r r r - -"},
      {"GET /angular/hello_to_ps_basic_logger", "- r - - r r - -"},
      {"GET /graph_ql", "- r r r r r - -"},
      {"POST /graph_ql", "- r r r r r - -"},
      {"GET /angular/options", "- r r r r r - -"},
      {"GET /angular/list", "- r r r r r - -"},
      {"GET /login", "r r r r r r r r"},
      {"POST /login", "r r r r r r r r"},
      {"GET /logout", "r r r r r r r r"},
      {"POST /logout", "r r r r r r r r"},
      {"GET /healthz", "r r r r r r r r"},
      {"GET /static/{name}", "r r r r r r r r"},
      {"GET /api/v1/parse", "- r r r r r - -"},
      {"POST /api/v1/parse", "- r r r r r - -"},
      {"GET /api/v1/records", "- r r r r r - -"},
      {"POST /api/v1/records", "- r r r r r - -"},
      {"GET /api/v1/record/{name}", "- r r r r r - -"},
      {"GET /api/v1/around/{name}", "- r r r r r - -"},
      {"GET /api/v1/tail", "- r r r r r - -"},
      {"GET /api/v1/count", "- r r r r r - -"},
      {"POST /api/v1/count", "- r r r r r - -"},
      {"GET /api/v1/facets", "- r r r r r - -"},
      {"POST /api/v1/facets", "- r r r r r - -"},
      {"GET /api/v1/values", "- r r r r r - -"},
      {"GET /api/v1/histogram", "- r r r r r - -"},
      {"POST /api/v1/histogram", "- r r r r r - -"},
      {"GET /api/v1/patterns", "- r r r r r - -"},
      {"POST /api/v1/patterns", "- r r r r r - -"},
      {"GET /api/v1/releases", "- r r r r r - -"},
      {"POST /api/v1/releases", "- r r r r r - -"},
      {"GET /api/v1/systems", "- r r r r r - -"},
      {"POST /api/v1/systems", "- r r r r r - -"},
      {"GET /api/v1/heartbeats", "- r r r r r - -"},
      {"GET /api/v1/stats", "- r r r r r - -"},
      {"GET /api/v1/openapi.json", "- r r r r r - -"},
      {"GET /api/v1/saved", "- r r r r r - -"},
      {"POST /api/v1/saved", "- r - - r r - -"},
      {"POST /api/v1/saved/delete", "- r - - r r - -"},
      {"GET /api/v1/incidents", "- r r r r r - -"},
      {"GET /api/v1/incidents/{id}", "- r r r r r - -"},
      {"POST /api/v1/incidents/{id}/ack", "- r - - r r - -"},
      {"GET /api/v1/silences", "- r r r r r - -"},
      {"POST /api/v1/silences", "- r - - r r - -"},
      {"DELETE /api/v1/silences/{id}", "- r - - r r - -"},
      {"GET /api/v1/rules", "- r r r r r - -"},
      {"GET /api/v1/senders", "- r r r r r - -"},
      {"POST /api/v1/senders/retire", "- r - - r r - -"},
      {"GET /api/v1/deliveries", "- r r r r r - -"},
      {"POST /api/v1/ingest", "- r - - - r r -"},
      {"GET /metrics", "- r r r r r - -"},
      {"GET /version", "- r r r r r - -"},
  };
  const Tokens tokens;
  const Access with{tokens.file()}, without;
  Pages guarded_by_tokens{guarded(with)}, guarded_by_place{guarded(without)};
  guarded_by_tokens.add({{}});
  guarded_by_place.add({{}});
  const auto column = [](const HttpResponse& response, bool known) {
    const bool refused = response.status == (known ? 403 : 401) && !contains(response.body, "<form");
    // A form that says 403 or 401 itself, as /rm_logs and /login do, was reached.
    return refused && contains(response.body, known ? "has not the right" : "show a token") ? "-" : "r";
  };

  std::map<std::string, std::string> found;
  for (const auto& route : WebApp::routes())
    for (const std::string method : {"GET", "POST", "DELETE"}) {
      if (method == "GET" ? !route.get : method == "POST" ? !route.post : !route.remove) continue;
      const auto brace = std::min(route.path.find('{'), route.path.size());
      auto path = std::string{route.path.substr(0, brace)};
      if (brace < route.path.size()) path.append("1").append(route.path.substr(route.path.find('}') + 1));
      const auto asked = Pages::request(method, path);
      std::string row = column(guarded_by_tokens.app.handle(from(false, asked)), false);
      row += std::string{" "} + column(guarded_by_place.app.handle(from(true, asked)), true);
      row += std::string{" "} + column(guarded_by_tokens.app.handle(from(true, asked)), true);
      for (const std::string role : {"viewer", "editor", "admin", "ingest", "forward"})
        row += std::string{" "} + column(guarded_by_tokens.app.handle(with_token(role, asked)), true);
      found[method + " " + std::string{route.path}] = row;
    }
  for (const auto& [route, row] : found) {
    CAPTURE_BINDING(route);
    CHECK(golden.contains(route));
    if (golden.contains(route)) CHECK(row == golden.at(route));
  }
  CHECK(found.size() == golden.size());
}

TEST_CASE("a browser that is not known is shown where to log in, and then what it wanted") {
  const Tokens tokens;
  const Access access{tokens.file()};
  Pages pages{guarded(access)};
  pages.add({{}});
  const Headers browser{{"Accept", "text/html,*/*"}};
  const auto asked = pages.app.handle(from(false, Pages::request("GET", "/?pattern=a b%26c", browser)));
  CHECK(asked.status == 303);
  CHECK(header(asked, "Location") == "/login?to=%2F%3Fpattern%3Da%2520b%2526c");

  const auto form = pages.app.handle(from(false, Pages::request("GET", "/login?to=/?pattern=x", browser)));
  CHECK(form.status == 200);
  CHECK(contains(form.body, R"(name="to" value="/?pattern=x")"));
  CHECK(contains(form.body, R"(type="password")"));

  const auto wrong = pages.app.handle(from(false, Pages::request("POST", "/login?token=guess&to=/record/1")));
  CHECK(wrong.status == 401);
  CHECK(contains(wrong.body, R"(value="/record/1")"));
  CHECK(header(wrong, "Set-Cookie").empty());

  const auto right = pages.app.handle(from(false, Pages::request("POST", "/login?token= viewer &to=/record/1")));
  CHECK(right.status == 303);
  CHECK(header(right, "Location") == "/record/1");
  CHECK(header(right, "Set-Cookie") ==
        "psherald9021=" + to_hex("viewer") + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000");
  const auto shown = pages.app.handle(with_cookie("viewer", Pages::request("GET", "/record/1", browser)));
  CHECK(shown.status == 200);
  CHECK(contains(shown.body, R"(action="/logout")"));
  CHECK_FALSE(contains(shown.body, "rm_logs"));
  CHECK(contains(pages.app.handle(with_cookie("editor", Pages::request("GET", "/record/1"))).body, "rm_logs"));

  const auto out = pages.app.handle(with_cookie("viewer", Pages::request("POST", "/logout")));
  CHECK(header(out, "Set-Cookie") == "psherald9021=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

TEST_CASE("the cookie over TLS never goes out in the clear") {
  HttpRequest request{.headers = {{"Host", "logs.example.org"}}};
  request.encrypted = true;
  CHECK(net::set_cookie(request, "a") == "psherald=61; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000; Secure");
}

TEST_CASE("a login goes on to no other site") {
  const Tokens tokens;
  const Access access{tokens.file()};
  Pages pages{guarded(access)};
  for (const char* to :
       {"http://evil.example/", "//evil.example/", "/\\evil.example", "evil", "", "javascript:alert(1)"}) {
    CAPTURE(to);
    const auto done =
        pages.app.handle(from(false, Pages::request("POST", std::string{"/login?token=viewer&to="} + to)));
    CHECK(done.status == 303);
    CHECK(header(done, "Location") == "/");
  }
}

TEST_CASE("what another site makes a browser ask, with its cookie, changes nothing") {
  const Tokens tokens;
  const Access access{tokens.file()};
  Pages pages{guarded(access)};
  pages.add({{}});
  const auto form = pages.app.handle(with_cookie("editor", Pages::request("GET", "/rm_logs"))).body;
  const auto token = between(form, R"(name="token" value=")", "\"");
  for (const Headers& elsewhere :
       {Headers{{"Origin", "http://evil.example"}}, Headers{{"Sec-Fetch-Site", "cross-site"}},
        Headers{{"Sec-Fetch-Site", "same-site"}}, Headers{{"Origin", "null"}}})
    for (const std::string& target :
         {"/rm_logs?token=" + token, std::string{"/login?token=viewer"}, std::string{"/logout"},
          std::string{"/api/v1/incidents/1/ack"}, std::string{"/api/v1/silences?query=*&for=1h"}}) {
      CAPTURE(target);
      const auto answer = pages.app.handle(with_cookie("editor", Pages::request("POST", target, elsewhere)));
      CHECK((answer.status == 401 || answer.status == 403));
      CHECK(header(answer, "Set-Cookie").empty());
      const auto removal = Pages::request("DELETE", "/api/v1/silences/1", elsewhere);
      CHECK(pages.app.handle(with_cookie("editor", removal)).status == 401);
    }
}

TEST_CASE("a cookie that is not of ours, or old, is none") {
  const Tokens tokens;
  const Access access{tokens.file()};
  for (const char* cookie : {"psherald9021=", "psherald9021=zz", "psherald9021=00", "psherald=766965776572",
                             "psherald9022=766965776572", ";;;=;", "psherald9021"}) {
    CAPTURE(cookie);
    CHECK_FALSE(access.identify(from(false, {.headers = {{"Cookie", cookie}}})));
    CHECK(access.identify(from(true, {.headers = {{"Cookie", cookie}}}))->owner == "loopback");
  }
}

TEST_CASE("how much a store holds is for those who may read it") {
  const Tokens tokens;
  const Access access{tokens.file()};
  Pages pages{guarded(access)};
  CHECK(pages.app.handle(from(false, Pages::request("GET", "/healthz"))).body == R"({"status":"ok"})");
  CHECK(contains(pages.app.handle(with_token("viewer", Pages::request("GET", "/healthz"))).body, "records"));
}

TEST_CASE("who guesses tokens is slowed, and nobody else") {
  const Tokens tokens;
  const Access access{tokens.file()};
  Pages pages{guarded(access)};
  const auto ask = [&](HttpRequest request, const std::string& peer) {
    request.peer = peer;
    return pages.app.handle(request);
  };
  const auto records = Pages::request("GET", "/api/v1/records");
  const std::string guesser = "192.0.2.7:40312", other = "192.0.2.8:40312";
  CHECK(ask(with_token("viewer", records), guesser).status == 200);
  // So many that it does not matter how much time goes by: what is slowed comes after eleven of them.
  int slowed = 0;
  for (int i = 0; i < 40; ++i)
    slowed += ask(with_token("guess" + std::to_string(i), records), guesser).status == 429 ? 1 : 0;
  CHECK(slowed > 0);
  CHECK(ask(with_token("viewer", records), guesser).status == 200);
  CHECK(ask(with_token("admin", records), other).status == 200);
  const auto login = ask(from(false, Pages::request("POST", "/login?token=editor")), other);
  CHECK(login.status == 303);
}

TEST_CASE("who has silenced or acknowledged something is told by the name of the token") {
  const Tokens tokens;
  const Access access{tokens.file()};
  Pages pages{guarded(access)};
  const auto silence = Pages::request("POST", "/api/v1/silences?rule=disk&for=1h");
  CHECK(contains(pages.app.handle(with_token("editor", silence)).body, R"("author":"editor")"));
  CHECK(contains(pages.app.handle(with_token("admin", silence)).body, R"("author":"admin")"));
}

TEST_SUITE_END();
