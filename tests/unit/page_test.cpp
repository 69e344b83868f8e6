/// The pages as a whole: addresses, methods, who may do what, the JSON, the files.

#include <atomic>
#include <filesystem>
#include <thread>

#include "net/inflate.hpp"
#include "page/json_api.hpp"
#include "page_site.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::testing;
namespace fs = std::filesystem;

TEST_SUITE_BEGIN("page");

namespace {

using Texts = std::vector<std::string>;

const std::string json_type = "application/json; charset=utf-8", text_type = "text/plain; charset=utf-8";

// What a browser sends with our own form.
const Pages::Pairs own_form = {{"Host", "localhost:9021"}, {"Origin", "http://localhost:9021"}};

std::string token_of(Pages& pages) { return between(pages.get("/rm_logs").body, R"(name="token" value=")", "\""); }

HttpResponse remove(Pages& pages, const std::string& token, const Pages::Pairs& headers = own_form) {
  return pages.ask("POST", "/rm_logs?token=" + token, headers);
}

WebApp::Options remove_all() {
  WebApp::Options options;
  options.remove_after = std::chrono::hours{0};
  return options;
}

Texts values(const std::string& json, const std::string& key) { return all_between(json, '"' + key + "\":", ","); }

}  // namespace

TEST_CASE("each address takes its methods and no other") {
  Pages pages;
  pages.add({{}});
  struct Case {
    std::string path;
    int get, post;
  };
  const Case cases[] = {{"/", 200, 200},
                        {"/record/1", 200, 405},
                        {"/rm_logs", 200, 403},
                        {"/hello", 200, 405},
                        {"/hello_to_ps_basic_logger", 200, 405},
                        {"/angular/", 200, 405},
                        {"/angular/hello", 200, 405},
                        {"/angular/hello_to_ps_basic_logger", 200, 405},
                        {"/angular/options", 200, 405},
                        {"/angular/list", 200, 405},
                        {"/healthz", 200, 405},
                        {"/static/page.css", 200, 405},
                        {"/static/logs.js", 200, 405},
                        {"/patterns", 200, 405},
                        {"/systems", 200, 405},
                        {"/static/favicon.svg", 200, 405},
                        {"/static/", 404, 404},
                        {"/static/../page.css", 404, 404},
                        {"/nothing", 404, 404},
                        {"/angular", 404, 404},
                        {"/hello/", 404, 404},
                        {"//", 404, 404},
                        {"*", 404, 404},
                        {"", 404, 404}};
  for (const auto& c : cases) {
    CAPTURE(c.path);
    CHECK(pages.ask("GET", c.path).status == c.get);
    CHECK(pages.ask("HEAD", c.path).status == c.get);
    CHECK(pages.ask("POST", c.path).status == c.post);
    if (c.post == 404) continue;
    for (const std::string method : {"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "GE", "ET", "get", ""}) {
      CAPTURE(method);
      const auto response = pages.ask(method, c.path);
      CHECK(response.status == 405);
      CHECK(header(response, "Allow") == (c.post == 405 ? "GET, HEAD" : "GET, HEAD, POST"));
    }
  }
}

TEST_CASE("every response is safe to show") {
  Pages pages;
  pages.add({{}});
  std::vector<HttpResponse> responses;
  for (const std::string path :
       {"/", "/record/1", "/record/2", "/rm_logs", "/hello", "/hello_to_ps_basic_logger", "/angular/", "/angular/hello",
        "/angular/options", "/angular/list", "/angular/list?order=asc&num_records=x", "/healthz", "/static/page.css",
        "/nothing", "/?max_rows=x"})
    responses.push_back(pages.get(path));
  responses.push_back(pages.ask("PUT", "/"));
  responses.push_back(pages.ask("POST", "/rm_logs"));
  responses.push_back(pages.get("/", {{"Host", "evil.example"}}));
  responses.push_back(
      pages.get("/static/page.css", {{"If-None-Match", header(pages.get("/static/page.css"), "ETag")}}));
  for (const auto& response : responses) {
    CAPTURE(response.status);
    const auto policy = header(response, "Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
    for (const std::string part : {"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"})
      CHECK(contains(policy, part));
    CHECK(!contains(policy, "unsafe"));
    CHECK(header(response, "X-Content-Type-Options") == "nosniff");
    CHECK(header(response, "Referrer-Policy") == "no-referrer");
    CHECK(header(response, "Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(header(response, "Access-Control-Allow-Origin").empty());
    const bool file = response.content_type.starts_with("text/css");
    CHECK(header(response, "Cache-Control") == (file ? "no-cache" : "no-store"));
  }
}

TEST_CASE("a form that is posted shows the same page and changes nothing") {
  Pages pages;
  pages.add({{.message = "one"}, {.message = "two"}});
  const auto posted = pages.ask("POST", "/?pattern=one");
  CHECK(posted.status == 200);
  CHECK(contains(posted.body, "one"));
  CHECK(count_of(posted.body, R"(<td class="msg">)") == 1);
  CHECK(pages.store.newest_id() == 2);
}

TEST_CASE("old records that a destination has still to get are spared, and it is told") {
  RecordId needed = 3;
  auto options = remove_all();
  options.keep_from = [&] { return needed; };
  Pages pages{options};
  pages.add_many(5, {.received = -100'000});
  const auto spared = remove(pages, token_of(pages));
  CHECK(spared.status == 200);
  CHECK(contains(spared.body, "About 3 old records were kept"));
  CHECK(pages.store.count() == 3);
  needed = 6;
  CHECK(remove(pages, token_of(pages)).status == 303);
  CHECK(pages.store.count() == 0);
}

TEST_CASE("no GET changes anything, but for the two that log a record") {
  Pages pages{remove_all()};
  pages.add_many(3, {.received = -100'000});
  for (const std::string path : {"/", "/record/1", "/rm_logs", "/hello", "/angular/", "/angular/hello",
                                 "/angular/options", "/angular/list", "/healthz", "/static/page.css", "/nothing"})
    for (const std::string method : {"GET", "HEAD"}) {
      pages.ask(method, path);
      pages.ask(method, path + "?token=" + token_of(pages));
    }
  for (const std::string path : {"/hello_to_ps_basic_logger", "/angular/hello_to_ps_basic_logger"})
    pages.ask("HEAD", path);
  pages.queue.flush();
  CHECK(pages.store.newest_id() == 3);
  CHECK(pages.store.count() == 3);
}

TEST_CASE("the hello family answers as ps.herald did, and logs where it did") {
  Pages pages;
  const auto text = [&](const std::string& path) {
    const auto response = pages.get(path);
    CHECK(response.status == 200);
    CHECK(response.content_type == text_type);
    return response.body;
  };
  CHECK(text("/hello") == "Hello, World!");
  CHECK(text("/angular/hello") == "Hello Angular World called");
  CHECK(pages.store.newest_id() == 0);
  CHECK(text("/hello_to_ps_basic_logger") == "Hello, World!");
  CHECK(text("/angular/hello_to_ps_basic_logger") == "Hello Angular World called");
  CHECK(pages.store.newest_id() == 2);
  const auto list = pages.get("/angular/list?order=asc").body;
  CHECK(values(list, "message") == Texts{R"("Hello World called")", R"("Hello Angular World called")"});
  CHECK(values(list, "system_id") == Texts{R"("ps_herald")", R"("ps_herald")"});
  CHECK(values(list, "levelno") == Texts{"20", "20"});

  const auto elsewhere = pages.get("/hello_to_ps_basic_logger", {{"Sec-Fetch-Site", "cross-site"}});
  CHECK(elsewhere.status == 403);
  CHECK(pages.store.newest_id() == 2);
}

TEST_CASE("removing asks first, and then removes what is old") {
  Pages pages;
  pages.add_many(3, {.message = "old", .received = -100'000'000});
  pages.add({{.message = "new"}});
  WebApp::Options options;
  options.remove_after = std::chrono::duration_cast<std::chrono::hours>(now() - at(-50'000'000));
  WebApp app{pages.store, &pages.queue, options};
  const auto minute = [&] { return format_local(now() - options.remove_after).substr(0, 16); };
  const auto earliest = minute();
  const auto asked = app.handle(Pages::request("GET", "/rm_logs"));
  CHECK(asked.status == 200);
  CHECK(contains(asked.body, R"(action="/rm_logs" method="post")"));
  CHECK(contains(asked.body, "about <b>3</b> of 4 records"));
  CHECK((contains(asked.body, earliest) || contains(asked.body, minute())));
  CHECK(pages.store.count() == 4);

  const auto token = between(asked.body, R"(name="token" value=")", "\"");
  const auto done = app.handle(Pages::request("POST", "/rm_logs?token=" + token, own_form));
  CHECK(done.status == 303);
  CHECK(header(done, "Location") == "/");
  CHECK(pages.store.count() == 1);
  CHECK(values(pages.get("/angular/list").body, "message") == Texts{R"("new")"});

  const auto nothing = app.handle(Pages::request("GET", "/rm_logs"));
  CHECK(contains(nothing.body, "Nothing to remove"));
  CHECK(!contains(nothing.body, "<form"));
}

TEST_CASE("only our own form on this machine removes anything") {
  Pages pages{remove_all()}, others;
  others.add_many(3, {.received = -1});
  pages.add_many(3, {.received = -1});
  const auto token = token_of(pages);
  REQUIRE(token.size() == 32);
  CHECK(remove(pages, "").status == 403);
  CHECK(pages.ask("POST", "/rm_logs", own_form).status == 403);
  CHECK(remove(pages, token.substr(1)).status == 403);
  CHECK(remove(pages, std::string(32, '0')).status == 403);
  CHECK(remove(pages, token_of(others)).status == 403);
  CHECK(remove(pages, token, {{"Host", "localhost:9021"}, {"Origin", "http://evil.example"}}).status == 401);
  CHECK(remove(pages, token, {{"Host", "localhost:9021"}, {"Origin", "null"}}).status == 401);
  CHECK(remove(pages, token, {{"Host", "localhost:9021"}, {"Sec-Fetch-Site", "cross-site"}}).status == 401);
  CHECK(remove(pages, token, {{"Host", "evil.example"}, {"Origin", "http://evil.example"}}).status == 421);
  auto remote = Pages::request("POST", "/rm_logs?token=" + token, own_form);
  remote.loopback = false;
  CHECK(pages.app.handle(remote).status == 401);
  CHECK(pages.store.count() == 3);
  CHECK(remove(pages, token).status == 303);
  CHECK(pages.store.count() == 0);
}

TEST_CASE("removing very much is done in parts that are asked for") {
  auto options = remove_all();
  options.api_budget = std::chrono::milliseconds{0};
  Pages pages{options};
  for (int i = 0; i < 4; ++i) pages.add_many(10'000, {.received = -100 + i});
  const auto token = token_of(pages);
  const auto first = remove(pages, token);
  CHECK(first.status == 200);
  CHECK(contains(first.body, "Remove records older than 0 days?"));
  const auto left = pages.store.count();
  CHECK(left < 40'000);
  CHECK(left > 0);
  for (int i = 0; i < 1'000 && pages.store.count() > 0; ++i) CHECK(remove(pages, token).status < 400);
  CHECK(pages.store.count() == 0);
}

TEST_CASE("records come in between the parts of a removal") {
  Pages pages{remove_all()};
  for (int i = 0; i < 4; ++i) pages.add_many(10'000, {.received = -100 + i});
  const auto token = token_of(pages);
  std::atomic<bool> removed = false;
  std::thread remover{[&] {
    CHECK(remove(pages, token).status == 303);
    removed = true;
  }};
  std::size_t written = 0;
  for (; !removed; ++written) pages.add({{.received = 1'000'000'000}});
  remover.join();
  CHECK(written > 0);
  CHECK(pages.store.count() == static_cast<std::int64_t>(written));
  CHECK(pages.queue.stats().failed == 0);
}

TEST_CASE("a page without a writer changes nothing and says so") {
  Pages pages;
  pages.add({{.received = -100'000'000}});
  WebApp app{pages.store, nullptr, {}};
  for (const std::string path : {"/hello_to_ps_basic_logger", "/angular/hello_to_ps_basic_logger", "/rm_logs"})
    CHECK(app.handle(Pages::request("GET", path)).status == 409);
  CHECK(app.handle(Pages::request("POST", "/rm_logs")).status == 409);
  const auto html = app.handle(Pages::request("GET", "/")).body;
  CHECK(contains(html, "<b>1</b> of <b>1</b> records"));
  CHECK(!contains(html, "rm_logs"));
  CHECK(pages.store.count() == 1);
}

TEST_CASE("the list has ps.herald's columns, each in its type") {
  Pages pages;
  pages.add({{.message = "a \"quoted\"\n<b>",
              .level = Level::warning,
              .source = {.produkt_id = "p", .system_id = "s", .user_spec_2 = "u2"},
              .site = {.name = "n",
                       .pathname = "/p/f.py",
                       .filename = "f.py",
                       .module = "f",
                       .funcname = "g",
                       .levelname = "WARNING",
                       .package_version = "1.0",
                       .lineno = 12}},
             {}});
  const auto response = pages.get("/angular/list?order=asc");
  CHECK(response.status == 200);
  CHECK(response.content_type == json_type);
  const auto created = format_local(at(0));
  CHECK(
      response.body ==
      R"([{"id":1,"created":")" + created +
          R"(","threadname":null,"api_version":"None","package_version":"1.0","name":"n","relativecreated":null,)"
          R"("process":null,"args":"","module":"f","funcname":"g","levelno":30,"processname":null,"thread":null,)"
          R"("msecs":750.0,"message":"a \"quoted\"\n<b>","exc_text":"None","exc_info":"None","stack_info":"None",)"
          R"("pathname":"/p/f.py","filename":"f.py","asctime":null,"levelname":"WARNING","lineno":12,)"
          R"("produkt_id":"p","system_id":"s","sub_system_id":"None","sub_sub_system_id":"None","user_spec_1":"None",)"
          R"("user_spec_2":"u2","summary":"NonepsNoneNoneNoneu2"},{"id":2,"created":")" +
          created +
          R"(","threadname":null,"api_version":"None","package_version":"None","name":null,"relativecreated":null,)"
          R"("process":null,"args":"","module":null,"funcname":null,"levelno":20,"processname":null,"thread":null,)"
          R"("msecs":750.0,"message":"text","exc_text":"None","exc_info":"None","stack_info":"None",)"
          R"("pathname":null,"filename":null,"asctime":null,"levelname":"INFO","lineno":null,)"
          R"("produkt_id":"None","system_id":"None","sub_system_id":"None","sub_sub_system_id":"None",)"
          R"("user_spec_1":"None","user_spec_2":"None","summary":"NoneNoneNoneNoneNoneNoneNone"}])");
}

TEST_CASE("the list filters as ps.herald's did, and has all rows unless told otherwise") {
  Pages pages;
  for (int i = 0; i < 3; ++i) pages.add_many(500, {.message = "many", .source = {.system_id = "a"}, .received = i});
  pages.add(
      {{.message = "error", .level = Level::error, .source = {.produkt_id = "p", .system_id = "b"}, .received = 60}});
  struct Case {
    std::string parameters;
    std::size_t rows;
  };
  const auto time = format_local(at(60)).substr(0, 19);
  const Case cases[] = {{"", 1'501},
                        {"num_records=not_selected&system_id=not_selected&notify_level=not_selected", 1'501},
                        {"num_records=7", 7},
                        {"num_records=1400", 1'400},
                        {"system_id=b", 1},
                        {"system_id=c", 0},
                        {"produkt_id=None", 1'500},
                        {"sub_system_id=None&sub_sub_system_id=None&user_spec_1=None&user_spec_2=None", 1'501},
                        {"pattern=ERR", 1},
                        {"notify_level=40", 1},
                        {"starting_at=" + time, 1},
                        // A page's own names mean nothing here.
                        {"SYSTEM_ID=b&max_rows=1", 1'501}};
  for (const auto& c : cases) {
    CAPTURE(c.parameters);
    CHECK(count_of(pages.get("/angular/list?" + c.parameters).body, "{\"id\":") == c.rows);
  }
  CHECK(values(pages.get("/angular/list?num_records=2").body, "[{\"id") == Texts{});
  CHECK(pages.get("/angular/list?num_records=1").body.starts_with(R"([{"id":1501,)"));
  CHECK(pages.get("/angular/list?num_records=1&order=asc").body.starts_with(R"([{"id":1,)"));
  CHECK(pages.get("/angular/list?system_id=c").body == "[]");
  CHECK(header(pages.get("/angular/list"), "X-Psherald-Cut").empty());

  for (const std::string wrong : {"num_records=x", "num_records=0", "notify_level=loud", "starting_at=soon"}) {
    const auto response = pages.get("/angular/list?" + wrong);
    CHECK(response.status == 400);
    CHECK(response.content_type == json_type);
    CHECK(response.body.starts_with("{\"error\":\"" + wrong.substr(0, wrong.find('=')) + ": \\\""));
  }
}

TEST_CASE("a list that ends early says why") {
  WebApp::Options options;
  options.api_budget = std::chrono::milliseconds{0};
  Pages pages{options};
  pages.add_many(2'000);
  const auto slow = pages.get("/angular/list?pattern=nothing");
  CHECK(slow.status == 200);
  CHECK(slow.body == "[]");
  CHECK(header(slow, "X-Psherald-Cut") == "time budget");

  const auto list = [&](page::ListLimits limits, const std::string& parameters) {
    return page::list_json(pages.store, page::parse_api_search(Pages::request("GET", "/?" + parameters)),
                           std::chrono::hours{1}, limits);
  };
  const auto rows = list({.rows = 10}, "");
  CHECK(rows.cut == "10 rows");
  CHECK(count_of(rows.text, "{\"id\":") == 10);
  CHECK(list({.rows = 10}, "num_records=10").cut.empty());
  CHECK(list({.rows = 2'000}, "").cut.empty());
  const auto bytes = list({.bytes = 10'000}, "");
  CHECK(bytes.cut == "10000 bytes");
  CHECK(bytes.text.size() < 11'000);
  CHECK(bytes.text.ends_with("}]"));
}

TEST_CASE("the options are the distinct names, each list with not_selected") {
  Pages pages;
  CHECK(pages.get("/angular/options").body ==
        R"({"system_ids":["not_selected"],"sub_system_ids":["not_selected"],"sub_sub_system_ids":["not_selected"],)"
        R"("produkt_ids":["not_selected"],"user_spec_1s":["not_selected"],"user_spec_2s":["not_selected"]})");
  pages.add({{.source = {.produkt_id = "p", .system_id = "b"}}, {.source = {.produkt_id = "p", .system_id = "a\"<"}}});
  const auto response = pages.get("/angular/options");
  CHECK(response.content_type == json_type);
  CHECK(contains(response.body, R"("system_ids":["a\"<","b","not_selected"])"));
  CHECK(contains(response.body, R"("produkt_ids":["p","not_selected"])"));
  CHECK(contains(response.body, R"("user_spec_1s":["None","not_selected"])"));
}

TEST_CASE("scripts of other sites read the JSON only where that is configured") {
  struct Case {
    const char* name;
    std::vector<std::string> cors;
    std::string origin, allowed;
  };
  const Case cases[] = {{"off", {}, "http://a", ""},
                        {"named", {"http://a", "http://b"}, "http://b", "http://b"},
                        {"another", {"http://a"}, "http://ab", ""},
                        {"none says so", {"http://a"}, "", ""},
                        {"all", {"*"}, "http://any", "http://any"}};
  for (const auto& c : cases) {
    CAPTURE(std::string{c.name});
    WebApp::Options options;
    options.cors = c.cors;
    Pages pages{options};
    Pages::Pairs headers;
    if (!c.origin.empty()) headers.emplace_back("Origin", c.origin);
    for (const std::string path : {"/angular/list", "/angular/options", "/angular/list?num_records=x"}) {
      const auto response = pages.get(path, headers);
      CHECK(header(response, "Access-Control-Allow-Origin") == c.allowed);
      CHECK(header(response, "Vary") == (c.cors.empty() ? "" : "Origin"));
    }
    for (const std::string path : {"/", "/rm_logs", "/healthz"})
      CHECK(header(pages.get(path, headers), "Access-Control-Allow-Origin").empty());
  }
}

TEST_CASE("a name that is not ours gets no page, whatever it asks for") {
  WebApp::Options options;
  options.hosts = {"logs.example"};
  Pages pages{options};
  pages.add({{.message = "secret"}});
  for (const std::string path : {"/", "/angular/list", "/healthz", "/static/page.css", "/hello_to_ps_basic_logger"}) {
    const auto response = pages.get(path, {{"Host", "evil.example"}});
    CHECK(response.status == 421);
    CHECK(!contains(response.body, "secret"));
    CHECK(pages.get(path, {{"Host", "logs.example:9021"}}).status == 200);
  }
  CHECK(pages.store.newest_id() == 2);
}

TEST_CASE("static files come with a tag, and not again while it holds") {
  Pages pages;
  const auto css = pages.get("/static/page.css");
  CHECK(css.content_type == "text/css; charset=utf-8");
  CHECK(css.body.size() > 1'000);
  CHECK(pages.get("/static/favicon.svg").content_type == "image/svg+xml");
  const auto tag = header(css, "ETag");
  CHECK(tag.size() > 10);
  CHECK(tag != header(pages.get("/static/favicon.svg"), "ETag"));
  for (const auto& sent : {tag, "W/" + tag, "\"other\", " + tag}) {
    const auto again = pages.get("/static/page.css", {{"If-None-Match", sent}});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(header(again, "ETag") == tag);
  }
  CHECK(pages.get("/static/page.css", {{"If-None-Match", "\"other\""}}).status == 200);
  const auto html = pages.get("/").body;
  for (const auto& file : all_between(html, "<link ", ">"))
    CHECK(pages.get(between(file, "href=\"", "\"")).status == 200);
  // Under the address that the page names they may be kept for ever, and under no other.
  const auto script = pages.get(between(html, R"(<script type="module" src=")", "\""));
  CHECK(script.content_type == "text/javascript; charset=utf-8");
  CHECK(header(script, "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(header(pages.get("/static/logs.js?v=0"), "Cache-Control") == "no-cache");
}

TEST_CASE("static files come as gzip to whoever takes that") {
  Pages pages;
  const auto plain = pages.get("/static/page.css");
  for (const auto* const accepted : {"gzip", "br, gzip", "deflate , GZIP ;q=0.5", "gzip;q=1.0, *;q=0"}) {
    const auto packed = pages.get("/static/page.css", {{"Accept-Encoding", accepted}});
    CHECK(header(packed, "Content-Encoding") == "gzip");
    CHECK(header(packed, "ETag") == header(plain, "ETag"));
    CHECK(std::get<std::string>(net::inflate_gzip(packed.body, 1 << 20)) == plain.body);
  }
  for (const auto* const accepted : {"", " ", ",", "identity", "br, gzip;q=0", "gzip; q=0.0", "gzipped"}) {
    const auto response = pages.get("/static/page.css", {{"Accept-Encoding", accepted}});
    CHECK(header(response, "Content-Encoding").empty());
    CHECK(response.body == plain.body);
  }
  CHECK(header(plain, "Vary") == "Accept-Encoding");
}

TEST_CASE("whoever watches over the page is told how it is") {
  Pages pages;
  CHECK(pages.get("/healthz").body == R"({"status":"ok","records":0,"newest_id":0})");
  pages.add_many(3);
  pages.store.prune({.since = at(1)});
  pages.add({{}});
  const auto response = pages.get("/healthz");
  CHECK(response.content_type == json_type);
  CHECK(response.body == R"({"status":"ok","records":1,"newest_id":4})");
}

TEST_CASE("what goes wrong behind the page is a page with the reason") {
  const Place place{"<log>"};
  LogStore store{{place.file()}};
  WebApp app{store, nullptr, {}};
  fs::remove(place.file());
  const auto response = app.handle(Pages::request("GET", "/"));
  CHECK(response.status == 500);
  CHECK(contains(response.body, "That did not work"));
  CHECK(contains(response.body, "&lt;log&gt;"));
  CHECK(!contains(response.body, "<log>"));
  CHECK(!header(response, "Content-Security-Policy").empty());
}

TEST_CASE("a pattern may have any length") {
  Pages pages;
  pages.add({{}});
  CHECK(pages.get("/?pattern=" + std::string(100'000, 'x')).status == 200);
  CHECK(pages.get("/angular/list?pattern=" + std::string(100'000, 'x')).status == 200);
}

TEST_CASE("any number of threads may ask at once") {
  Pages pages;
  pages.add_many(100);
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n)
        for (const std::string path : {"/", "/angular/list", "/angular/options", "/record/7", "/rm_logs", "/healthz"})
          good += pages.get(path + "?n=" + std::to_string(i)).status == 200;
    });
  for (int i = 0; i < 20; ++i) pages.add({{}});
  for (auto& thread : threads) thread.join();
  CHECK(good == 4 * 5 * 6);
}

TEST_SUITE_END();
