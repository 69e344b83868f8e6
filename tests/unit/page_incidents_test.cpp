/// Incidents on the page: what is told of them, and who may say something to them.

#include <string>

#include "psherald/incidents.hpp"
#include "watched_site.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("page");

namespace {

/// One incident is open: the disk of <b>shop is full.
struct Trouble : Watched {
  Trouble() {
    pages.add({{.message = "disk full", .level = Level::error, .source = {.system_id = "<b>shop"}, .received = 10}});
    check(20);
  }
  std::string token() { return between(page("/incident/1"), R"(name="token" value=")", "\""); }
  std::string page(const std::string& path) { return pages.get(path).body; }
  HttpResponse post(const std::string& target, Pages::Pairs headers = {}) {
    return pages.ask("POST", target, std::move(headers));
  }
};

}  // namespace

TEST_CASE("open incidents stand on top of the systems, and at their name in the head of every page") {
  Trouble trouble;
  const auto html = trouble.page("/systems");
  CHECK(contains(html, R"(title="1 open, 1 not acknowledged")"));
  CHECK(contains(trouble.page("/"), R"(title="1 open, 1 not acknowledged")"));
  CHECK(html.find("id=\"incidents\"") < html.find("id=\"systems\""));
  CHECK(contains(html, R"(<a href="/incident/1">)"));
  CHECK(contains(html, "Told: ops"));
  const auto evidence = between(html, R"(<p class="evidence">)", "</p>");
  CHECK(contains(evidence, "ERROR &lt;b&gt;shop"));
  CHECK(contains(evidence, "disk full"));
  CHECK(!contains(html, "<b>shop"));
  CHECK(contains(html, "within 2h, listed"));

  Pages calm;
  CHECK(!contains(calm.get("/systems").body, "class=\"badge\""));
  CHECK(contains(calm.get("/systems").body, "none is open"));
}

TEST_CASE("an incident has a page with its times and messages, also when it is over") {
  Trouble trouble;
  auto html = trouble.page("/incident/1");
  CHECK(contains(html, "<dt>opened</dt><dd>"));
  CHECK(contains(html, R"(<a href="/?around=1">)"));
  CHECK(contains(html, "<td>ops</td>"));
  CHECK(contains(html, R"(action="/incident/1/ack")"));
  trouble.check(4 * 24 * 3'600);
  html = trouble.page("/incident/1");
  CHECK(contains(html, "over since"));
  CHECK(contains(html, "<dt>ended</dt>"));
  CHECK(!contains(html, R"(action="/incident/1/)"));
  for (const std::string wrong : {"9", "0", "-1", "x", "1x", "99999999999999999999"})
    CHECK(trouble.pages.get("/incident/" + wrong).status == 404);
}

TEST_CASE("a form of the page acknowledges and silences an incident, and nothing else does") {
  Trouble trouble;
  const auto with_token = "token=" + trouble.token();
  for (const std::string action : {"/incident/1/ack", "/incident/1/silence"}) {
    CHECK(trouble.pages.get(action + "?" + with_token).status == 405);
    CHECK(trouble.post(action).status == 403);
    CHECK(trouble.post(action + "?token=0").status == 403);
    CHECK(trouble.post(action + "?" + with_token, {{"Origin", "http://evil.example"}}).status == 401);
  }
  CHECK(trouble.post("/incident/2/ack?" + with_token).status == 404);
  CHECK(trouble.post("/incident/1/silence?for=9y&" + with_token).status == 404);
  CHECK(!incidents(trouble.pages.store)[0].acknowledged_by);
  CHECK(count_firing(trouble.pages.store).unattended == 1);
  CHECK(silences(trouble.pages.store).empty());

  const auto acked = trouble.post("/incident/1/ack?note=on <it>&" + with_token);
  CHECK(acked.status == 303);
  CHECK(header(acked, "Location") == "/incident/1");
  CHECK(incidents(trouble.pages.store)[0].acknowledged_by == "somebody on this machine");
  const auto html = trouble.page("/incident/1");
  CHECK(contains(html, "takes care of it: on &lt;it&gt;"));
  CHECK(contains(html, R"(title="1 open, 0 not acknowledged")"));
  CHECK(!contains(html, "/incident/1/ack"));

  CHECK(trouble.post("/incident/1/silence?for=4h&reason=moving&" + with_token).status == 303);
  const auto quiet = silences(trouble.pages.store);
  REQUIRE(quiet.size() == 1);
  CHECK(quiet[0].rule == "full");
  CHECK(quiet[0].key == incidents(trouble.pages.store)[0].key);
  CHECK(quiet[0].reason == "moving");
  CHECK(quiet[0].until > now() + std::chrono::hours{3});
}

TEST_CASE("a page that may not change anything has no form for it") {
  LogStore store{{":memory:"}};
  WebApp looking{store, nullptr, {}};
  CHECK(looking.handle(Pages::request("POST", "/incident/1/ack")).status == 409);
  CHECK(!contains(looking.handle(Pages::request("GET", "/systems")).body, "name=\"token\""));
}

TEST_CASE("the systems tell where records go on to, and what could not be read") {
  Pages pages;
  pages.add_many(5);
  run_on(pages.queue, [&] {
    Cursor cursor{.name = "central", .url = "http://<central>"};
    cursor.id = 2;
    cursor.dead_letters.push_back({std::string(32, '0'), 1, "too <large>"});
    pages.store.save_cursor(cursor);
  });
  const auto html = pages.get("/systems").body;
  CHECK(contains(html, R"(<tr data-name="central">)"));
  CHECK(contains(html, "http://&lt;central&gt;"));
  CHECK(contains(between(html, R"(<tr data-name="central">)", "</tr>"), R"(<td class="num">3</td>)"));
  CHECK(contains(between(html, R"(class="t refused")", "</table>"), "too &lt;large&gt;"));
}

TEST_SUITE_END();
