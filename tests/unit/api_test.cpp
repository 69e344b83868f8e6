#include <doctest/doctest.h>
#include <simdjson.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "page_site.hpp"
#include "support/capture.hpp"
#include "watched_site.hpp"

using namespace psherald;
using psherald::testing::between;
using psherald::testing::contains;
using psherald::testing::count_of;
using psherald::testing::header;
using psherald::testing::Pages;
using psherald::testing::Row;
using psherald::testing::Watched;

namespace {

/// A value of an answer, as JSON: "/records/0/message" of "hello" is "\"hello\"". Empty: it is not there.
std::string at(const HttpResponse& response, const std::string& pointer) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(response.body).at_pointer(pointer).get(element) != simdjson::SUCCESS) return {};
  return simdjson::minify(element);
}

std::vector<std::string> messages(const HttpResponse& response) {
  simdjson::dom::parser parser;
  std::vector<std::string> all;
  for (const auto record : parser.parse(response.body)["records"].get_array())
    all.emplace_back(record["message"].get_string().value());
  return all;
}

HttpResponse post(Pages& pages, const std::string& path, const std::string& body, const std::string& type) {
  auto request = Pages::request("POST", path, {{"Content-Type", type}});
  request.body = body;
  return pages.app.handle(request);
}
HttpResponse ingest(Pages& pages, const std::string& body, const std::string& type = "application/x-ndjson") {
  return post(pages, "/api/v1/ingest", body, type);
}

/// Reads a body in pieces, as a server does.
class Reading {
 public:
  explicit Reading(std::shared_ptr<HttpBody> body) : body_{std::move(body)} {}

  /// The next piece; empty at the end.
  std::string next() {
    auto given = std::make_shared<Given>();
    body_->next([given](std::string piece) {
      std::lock_guard lock{given->mutex};
      given->piece = std::move(piece);
      given->there = true;
      given->arrived.notify_all();
    });
    std::unique_lock lock{given->mutex};
    given->arrived.wait(lock, [&] { return given->there; });
    return given->piece;
  }
  /// Until this text has come.
  std::string until(const std::string& text) {
    std::string all;
    while (!contains(all, text)) all += next();
    return all;
  }
  std::string rest() {
    std::string all;
    for (auto piece = next(); !piece.empty(); piece = next()) all += piece;
    return all;
  }

 private:
  struct Given {
    std::mutex mutex;
    std::condition_variable arrived;
    std::string piece;
    bool there = false;
  };
  std::shared_ptr<HttpBody> body_;
};

}  // namespace

TEST_SUITE_BEGIN("api");

TEST_CASE("records come page by page, in either order, from either side of an id") {
  Pages pages;
  for (int i = 1; i <= 5; ++i) pages.add({{.message = "m" + std::to_string(i)}});
  const auto first = pages.get("/api/v1/records?limit=2");
  CHECK(header(first, "Cache-Control") == "no-store");
  CHECK(first.content_type == "application/json; charset=utf-8");
  CHECK(messages(first) == std::vector<std::string>{"m5", "m4"});
  CHECK(at(first, "/complete") == "true");
  auto cursor = at(first, "/next");
  cursor = cursor.substr(1, cursor.size() - 2);
  const auto second = pages.get("/api/v1/records?limit=3&cursor=" + cursor);
  CHECK(messages(second) == std::vector<std::string>{"m3", "m2", "m1"});
  CHECK(messages(pages.get("/api/v1/records?order=asc&limit=2")) == std::vector<std::string>{"m1", "m2"});
  CHECK(messages(pages.get("/api/v1/records?before=3")) == std::vector<std::string>{"m2", "m1"});
  CHECK(messages(pages.get("/api/v1/records?after=3")) == std::vector<std::string>{"m4", "m5"});
  CHECK(messages(pages.get("/api/v1/records?after=0&limit=1")) == std::vector<std::string>{"m1"});
  CHECK(at(pages.get("/api/v1/records?after=5"), "/next") == "null");
}

TEST_CASE("a query and a range of time narrow what comes; fields choose what of it") {
  Pages pages;
  pages.add({{.message = "old", .received = 0},
             {.message = "bad", .level = Level::error, .source = {.system_id = "s"}, .received = 100},
             {.message = "new", .received = 200}});
  CHECK(messages(pages.get("/api/v1/records?q=level>=error")) == std::vector<std::string>{"bad"});
  const auto ranged = pages.get("/api/v1/records?t=@1795000050..@1795000150");
  CHECK(messages(ranged) == std::vector<std::string>{"bad"});
  CHECK(messages(pages.get("/api/v1/records?t=@1795000050..")) == std::vector<std::string>{"new", "bad"});
  CHECK(messages(pages.get("/api/v1/records?t=..@1795000050&q=level>=error")).empty());
  const auto fields = pages.get("/api/v1/records?q=bad&fields=system,level,attr.none");
  CHECK(at(fields, "/records/0") == R"({"system":"s","level":40})");
}

TEST_CASE("a question may be posted, and may then be as long as a query may") {
  Pages pages;
  pages.add({{.message = "one"}, {.message = "two"}});
  std::string query = "one";
  while (query.size() < 12'000) query += " or nothing" + std::to_string(query.size() % 400);
  query.resize(query.rfind(" or "));
  const auto answer = post(pages, "/api/v1/count", R"({"q":"one","budget_ms":1000})", "application/json");
  CHECK(at(answer, "/total/exact") == "1");
  for (const auto& [body, type, status] : {std::tuple{"[]", "application/json", 400},
                                           {"{", "application/json", 400},
                                           {"{\"q\":[]}", "application/json", 400},
                                           {"{\"qq\":\"\"}", "application/json", 400},
                                           {"{}", "text/plain", 415},
                                           {"", "application/json", 200}})
    CHECK(post(pages, "/api/v1/count", body, type).status == status);
}

TEST_CASE("what is wrong with a request is said in a way that programs and people can use") {
  Pages pages;
  pages.add({{}});
  struct Case {
    const char *target, *code, *part;
    int status = 400;
  };
  for (const auto& c : {Case{"/api/v1/records?q=modul:x", "bad_query", "modul"},
                        Case{"/api/v1/records?limit=0", "bad_parameter", "from 1 to 1000"},
                        Case{"/api/v1/records?limit=x", "bad_parameter", "whole number"},
                        Case{"/api/v1/records?limit=99999999999999999999", "bad_parameter", "whole number"},
                        Case{"/api/v1/records?order=up", "bad_parameter", "desc, asc"},
                        Case{"/api/v1/records?format=xml", "bad_parameter", "json, ndjson, csv"},
                        Case{"/api/v1/records?cursor=x", "bad_cursor", "next"},
                        Case{"/api/v1/records?cursor=d0-1", "bad_cursor", "next"},
                        Case{"/api/v1/records?limits=1", "unknown_parameter", "limit"},
                        Case{"/api/v1/records?t=tomorow", "bad_time", "is no time"},
                        Case{"/api/v1/records?t=\"", "bad_time", "is no time"},
                        Case{"/api/v1/records?fields=nofield", "bad_query", "nofield"},
                        Case{"/api/v1/values?field=message", "bad_query", ""},
                        Case{"/api/v1/values?field=no", "bad_parameter", "no"},
                        Case{"/api/v1/facets?fields=message", "bad_query", ""},
                        Case{"/api/v1/record/0", "not_found", "", 404},
                        Case{"/api/v1/record/2", "not_found", "", 404},
                        Case{"/api/v1/record/x", "not_found", "", 404},
                        Case{"/api/v1/record/12:1", "not_found", "", 404},
                        Case{"/api/v1/around/2", "not_found", "", 404},
                        Case{"/api/v1/nothing", "not_found", "openapi.json", 404},
                        Case{"/api/v1/ingest", "wrong_method", "POST", 405},
                        Case{"/api/v1/count?budget_ms=0", "bad_parameter", "60000"}}) {
    CAPTURE(c.target);
    const auto answer = pages.get(c.target);
    CHECK(answer.status == c.status);
    CHECK(at(answer, "/error/code") == '"' + std::string{c.code} + '"');
    CHECK(contains(at(answer, "/error/message"), c.part));
  }
  const auto fault = pages.get("/api/v1/records?q=a modul:x");
  CHECK(at(fault, "/error/fault/column") == "3");
  CHECK(at(fault, "/error/fault/nearest/0") == "\"module\"");
}

TEST_CASE("parse gives the canonical text and remarks, or the place of a mistake") {
  Pages pages;
  CHECK(at(pages.get("/api/v1/parse?q=LEVEL:warn"), "/valid") == "true");
  CHECK(!at(pages.get("/api/v1/parse?q=LEVEL:warn"), "/canonical").empty());
  const auto wrong = pages.get("/api/v1/parse?q=level>=");
  CHECK(wrong.status == 200);
  CHECK(at(wrong, "/valid") == "false");
  CHECK(at(wrong, "/fault/column") == "8");
}

TEST_CASE("a record has a name for ever, and is found by it") {
  Pages pages;
  pages.add({{.message = "here"}});
  RecordBatch batch;
  batch.append({.message = "from elsewhere", .origin = "0123456789abcdef0123456789abcdef", .origin_id = 7});
  pages.queue.write(std::move(batch), {});
  pages.queue.flush();
  for (const auto& [id, message] : {std::pair{"1", "\"here\""}, {"2", "\"from elsewhere\""}}) {
    const auto by_id = pages.get(std::string{"/api/v1/record/"} + id);
    CHECK(at(by_id, "/record/message") == message);
    auto name = at(by_id, "/name");
    name = name.substr(1, name.size() - 2);
    CHECK(at(pages.get("/api/v1/record/" + name), "/record/message") == message);
  }
  CHECK(at(pages.get("/api/v1/record/0123456789abcdef0123456789abcdef:7"), "/record/id") == "2");
  CHECK(pages.get("/api/v1/record/0123456789abcdef0123456789abcdef:2").status == 404);
}

TEST_CASE("around a record are those of all, or of its system, host or process") {
  Pages pages;
  for (int i = 1; i <= 9; ++i)
    pages.add({{.message = "m" + std::to_string(i),
                .source = {.system_id = i % 2 ? "odd" : "even", .sub_system_id = i < 6 ? "low" : "high"}}});
  CHECK(messages(pages.get("/api/v1/around/5?before=1&after=1")) == std::vector<std::string>{"m4", "m5", "m6"});
  CHECK(messages(pages.get("/api/v1/around/5?before=1&after=1&scope=system")) ==
        std::vector<std::string>{"m3", "m5", "m7"});
  CHECK(messages(pages.get("/api/v1/around/5?scope=host")) == std::vector<std::string>{"m1", "m2", "m3", "m4", "m5"});
  CHECK(messages(pages.get("/api/v1/around/5?scope=process&before=1&after=9")) == std::vector<std::string>{"m3", "m5"});
  CHECK(messages(pages.get("/api/v1/around/5?q=m9")) == std::vector<std::string>{"m5", "m9"});
  CHECK(at(pages.get("/api/v1/around/5"), "/id") == "5");
}

TEST_CASE("statistics have the members that the description says") {
  Pages pages;
  pages.add_many(3, {.message = "took 5 ms", .level = Level::error, .source = {.system_id = "a"}});
  pages.add({{.message = "other", .source = {.system_id = "b"}, .received = 3'600}});
  CHECK(at(pages.get("/api/v1/count"), "/total") == R"({"exact":4})");
  const auto facets = pages.get("/api/v1/facets?fields=system&most=1");
  CHECK(at(facets, "/facets/0") == R"({"field":"system","values":[{"value":"a","records":3}],"others":1,"absent":0})");
  CHECK(at(pages.get("/api/v1/values?field=system&prefix=A"), "/values") == R"(["a"])");
  const auto histogram = pages.get("/api/v1/histogram?most=10");
  CHECK(at(histogram, "/bars/0/40") == "3");
  CHECK(!at(histogram, "/width_us").empty());
  const auto patterns = pages.get("/api/v1/patterns");
  CHECK(at(patterns, "/patterns/0/records") == "3");
  CHECK(at(patterns, "/patterns/0/fingerprint").size() == 18);
  // They came an hour before the newest: 56 steps of 64 s back.
  CHECK(at(patterns, "/trend/width_us") == "64000000");
  CHECK(at(patterns, "/patterns/0/trend/56") == "3");
  CHECK(at(patterns, "/patterns/1/trend") == "[1]");
  CHECK(at(pages.get("/api/v1/systems"), "/systems/0/system") == R"("b")");
  CHECK(at(pages.get("/api/v1/stats"), "/records") == "4");
  CHECK(contains(pages.get("/metrics").body, "\npsherald_records 4\n"));
  CHECK(at(pages.get("/version"), "/name") == R"("psherald")");
  CHECK(at(pages.get("/api/v1/heartbeats"), "/heartbeats") == "[]");
  CHECK(at(pages.get("/api/v1/openapi.json"), "/openapi") == R"("3.1.0")");
}

TEST_CASE("a search that ends before its end says how far it came, and goes on from there") {
  Pages pages;
  pages.add_many(3'000, {.message = "common"});
  const auto first_window = [&](const std::string& target) {
    std::stop_source left;
    left.request_stop();
    auto request = Pages::request("GET", target);
    request.cancel = left.get_token();
    return pages.app.handle(request);
  };
  const auto cut = first_window("/api/v1/records?q=rare");
  CHECK(at(cut, "/complete") == "false");
  CHECK(at(cut, "/records") == "[]");
  const auto reached = std::stoll(at(cut, "/searched_to"));
  CHECK(reached > 1);
  CHECK(reached < 3'000);
  const auto cursor = between(cut.body, "\"next\":\"", "\"");
  const auto rest = pages.get("/api/v1/records?q=rare&cursor=" + cursor);
  CHECK(at(rest, "/complete") == "true");
  CHECK(at(rest, "/next") == "null");
  for (const std::string statistic : {"count", "facets", "histogram", "patterns", "systems"}) {
    const auto answer = first_window("/api/v1/" + statistic + "?q=common");
    CAPTURE(answer.body);
    CHECK(at(answer, "/complete") == "false");
    CHECK(std::stoll(at(answer, "/searched_to")) > 1);
  }
}

TEST_CASE("a search is saved under a name or as a link, and has an address") {
  Pages pages;
  const auto json = [&](const std::string& path, const std::string& body) {
    return post(pages, path, body, "application/json");
  };
  const auto saved =
      json("/api/v1/saved", R"({"name":"bad nights","q":"level>=error \"disk full\"","t":"6h","o":"asc"})");
  CHECK(saved.status == 200);
  CHECK(at(saved, "/name") == R"("bad nights")");
  CHECK(at(pages.get("/api/v1/saved"), "/saved/0") == saved.body);
  CHECK(header(pages.get("/saved/bad nights"), "Location") == "/?q=level%3E%3Derror%20%22disk%20full%22&t=6h&o=asc");
  CHECK(pages.get("/saved/good nights").status == 404);

  const auto link = json("/api/v1/saved", R"({"q":"x"})");
  const auto name = between(link.body, "\"name\":\"", "\"");
  CHECK(header(pages.get("/saved/" + name), "Location") == "/?q=x");
  CHECK(at(pages.get("/api/v1/saved"), "/saved/1").empty());

  CHECK(at(json("/api/v1/saved", R"({"name":"x","q":"modul:a"})"), "/error/fault/column") == "1");
  CHECK(at(json("/api/v1/saved", R"({"name":"x","t":"soon"})"), "/error/code") == R"("bad_time")");
  CHECK(at(json("/api/v1/saved", R"({"name":"a/b"})"), "/error/code") == R"("bad_query")");
  CHECK(json("/api/v1/saved/delete", R"({"name":"bad nights"})").status == 200);
  CHECK(json("/api/v1/saved/delete", R"({"name":"bad nights"})").status == 404);
  CHECK(json("/api/v1/saved/delete", "{}").status == 400);
  CHECK(at(pages.get("/api/v1/saved"), "/saved") == "[]");
  CHECK(header(pages.app.handle(Pages::request("PUT", "/api/v1/saved")), "Allow") == "GET, HEAD, POST");
  CHECK(header(pages.get("/api/v1/saved/delete"), "Allow") == "POST");
}

TEST_CASE("times without a zone are in the one that was asked for") {
  Pages pages;
  pages.add({{.message = "at 11:06:40 UTC"}});
  CHECK(at(pages.get("/api/v1/count?q=received:2026-11-18T11"), "/total/exact") == "1");
  CHECK(at(pages.get("/api/v1/count?q=received:2026-11-18T11&zone=60"), "/total/exact") == "0");
  CHECK(at(pages.get("/api/v1/count?t=2026-11-18T12..2026-11-18T13&zone=60"), "/total/exact") == "1");
  CHECK(messages(pages.get("/api/v1/records?q=received:2026-11-18T05&zone=-360")).size() == 1);
  CHECK(pages.get("/api/v1/count?zone=900").status == 400);
}

TEST_CASE("a version is as old as its first record in the whole log") {
  Pages pages;
  pages.add({{.source = {.system_id = "a"}, .site = {.package_version = "1.0"}},
             {.source = {.system_id = "b"}, .site = {.package_version = "1.1"}, .received = 60},
             {.source = {.system_id = "a"}, .site = {.package_version = "1.1"}, .received = 120}});
  const auto releases = pages.get("/api/v1/releases?q=system:a&t=2026-01-01..2027-01-01");
  CHECK(at(releases, "/complete") == "true");
  CHECK(contains(releases.body, R"({"version":"1.1","system":"b","first":"2026-11-18T11:07:40)"));
  CHECK(contains(releases.body, R"("version":"1.0","system":"a")"));
  CHECK(at(pages.get("/api/v1/releases?q=system:none"), "/releases") == "[]");
}

TEST_CASE("records that are sent over HTTP are stored before the answer, under names of this store") {
  Pages pages;
  const auto two =
      ingest(pages, "{\"message\":\"a\",\"level\":40,\"order_id\":7}\n{\"msg\":\"b\",\"levelname\":\"ERROR\"}\n");
  CHECK(two.status == 200);
  CHECK(at(two, "/stored") == "2");
  CHECK(at(two, "/first_id") == "1");
  CHECK(pages.store.count() == 2);
  CHECK(at(ingest(pages, "{\"message\":\"a\",\"level\":40,\"order_id\":7}\n"), "/stored") == "1");
  CHECK(messages(pages.get("/api/v1/records?q=attr.order_id:7")).size() == 2);
  const auto forged = ingest(pages,
                             R"([{"message":"c","id":99,"origin":"0123456789abcdef0123456789abcdef","origin_id":1,)"
                             R"("received":"2001-01-01T00:00:00Z","flags":3},)"
                             "\n {\"message\":\"d\"}]",
                             "application/json");
  CHECK(at(forged, "/stored") == "2");
  const auto record = pages.get("/api/v1/record/4");
  CHECK(at(record, "/record/message") == R"("c")");
  CHECK(at(record, "/record/origin") != R"("0123456789abcdef0123456789abcdef")");
  CHECK(at(record, "/record/origin_id") == "4");
  CHECK(at(record, "/record/flags").empty());
  CHECK(at(record, "/record/received").substr(0, 5) != "\"2001");
  CHECK(at(ingest(pages, "{\n \"message\": \"one object\"\n}", "application/json"), "/stored") == "1");
}

TEST_CASE("of records that are sent the bad ones are named, and the good ones kept") {
  Pages pages;
  const auto mixed = ingest(pages, "{\"message\":\"a\"}\nnonsense\n{}\n{\"message\":\"b\"}");
  CHECK(mixed.status == 200);
  CHECK(at(mixed, "/stored") == "2");
  CHECK(at(mixed, "/refused/0/line") == "2");
  CHECK(at(mixed, "/refused/1/line") == "3");
  struct Case {
    const char *body, *type;
    int status;
  };
  for (const auto& c : {Case{"", "application/x-ndjson", 400}, Case{"nonsense", "application/x-ndjson", 400},
                        Case{"[1]", "application/json", 400}, Case{"[", "application/json", 400},
                        Case{"[{\"message\":\"a\"}", "application/json", 400}, Case{"", "application/json", 400},
                        Case{"{\"message\":\"a\"}", "text/plain", 415}, Case{"{\"message\":\"a\"}", "", 415}}) {
    CAPTURE(c.body);
    CHECK(ingest(pages, c.body, c.type).status == c.status);
  }
  CHECK(pages.store.count() == 2);
}

TEST_CASE("an export has everything that matches, however much, as lines or for a spreadsheet") {
  Pages pages;
  pages.add_many(5'000, {.message = "with a text of some length, so that it is more than one piece"});
  pages.add({{.message = "=1+1", .level = Level::error}});
  Reading all{pages.get("/api/v1/records?format=ndjson&order=asc").stream};
  const auto first = all.next();
  CHECK(first.size() < 1'000'000);
  const auto text = first + all.rest();
  CHECK(count_of(text, "\n") == 5'001);
  CHECK(contains(text.substr(0, 20), "{\"id\":1,"));
  Reading some{pages.get("/api/v1/records?format=csv&q=level:error&fields=id,message").stream};
  CHECK(some.rest() == "id,message\r\n5001,'=1+1\r\n");
  Reading few{pages.get("/api/v1/records?format=ndjson&limit=3").stream};
  CHECK(count_of(few.rest(), "\n") == 3);
  Reading none{pages.get("/api/v1/records?format=ndjson&q=nothing").stream};
  CHECK(none.rest().empty());
}

TEST_CASE("who follows the log gets each record once, as it comes, and goes on where he was") {
  Pages pages;
  pages.add({{.message = "before"}});
  const auto answer = pages.get("/api/v1/tail?q=-skip");
  CHECK(answer.content_type == "text/event-stream");
  Reading reading{answer.stream};
  CHECK(contains(reading.next(), "id: 1\nevent: start\n"));
  pages.add({{.message = "skip me"}, {.message = "first"}});
  const auto event = reading.until("first");
  CHECK(contains(event, "id: 3\ndata: {\"id\":3,"));
  CHECK(event.ends_with("}\n\n"));
  pages.add({{.message = "second"}});
  CHECK(!contains(reading.until("second"), "first"));

  Reading again{pages.get("/api/v1/tail", {{"Last-Event-ID", "1"}}).stream};
  const auto missed = again.until("second");
  CHECK(contains(missed, "skip me"));
  CHECK(contains(missed, "first"));
  CHECK(!contains(missed, "before"));
  Reading from_the_beginning{pages.get("/api/v1/tail?after=0").stream};
  CHECK(contains(from_the_beginning.until("second"), "before"));
}

TEST_CASE("many follow the log at once, and each gets it all") {
  Pages pages;
  std::vector<Reading> all;
  for (int i = 0; i < 100; ++i) all.emplace_back(pages.get("/api/v1/tail").stream);
  for (auto& one : all) CHECK(contains(one.next(), "event: start"));
  for (int i = 0; i < 3; ++i) pages.add_many(700, {.message = "x"});
  pages.add({{.message = "the end"}});
  for (auto& one : all) CHECK(count_of(one.until("the end"), "\ndata: {\"id\"") == 2'101);
}

TEST_CASE("what a watchdog has found is listed page by page, with who was told of it") {
  Watched watched;
  auto& pages = watched.pages;
  pages.add({{.message = "disk full", .source = {.system_id = "shop"}, .received = 10}});
  watched.check(20);
  pages.add({{.message = "disk full", .source = {.system_id = "mail"}, .received = 400}});
  watched.check(410);
  const auto first = pages.get("/api/v1/incidents?limit=1");
  CHECK(at(first, "/incidents/0/rule") == R"("full")");
  CHECK(at(first, "/incidents/0/key") == R"("mail")");
  CHECK(at(first, "/incidents/0/phase") == R"("firing")");
  CHECK(at(first, "/incidents/0/acknowledged") == "null");
  CHECK(at(first, "/incidents/0/first_id") ==
        at(pages.get("/api/v1/records?q=system:mail disk&order=asc"), "/records/0/id"));
  CHECK(at(first, "/incidents/0/told") == R"(["ops"])");
  CHECK(at(first, "/complete") == "true");
  const auto second = pages.get("/api/v1/incidents?limit=1&before=" + at(first, "/next"));
  CHECK(at(second, "/incidents/0/key") == R"("shop")");
  CHECK(at(second, "/next") == "null");
  CHECK(at(pages.get("/api/v1/incidents?rule=other"), "/incidents") == "[]");

  const auto one = pages.get("/api/v1/incidents/" + at(first, "/incidents/0/id"));
  CHECK(at(one, "/key") == R"("mail")");
  CHECK(at(one, "/deliveries/0/target") == R"("ops@example.org")");
  CHECK(at(one, "/deliveries/0/state") == R"("sent")");
  CHECK(at(pages.get("/api/v1/deliveries?limit=1"), "/deliveries/0") == at(one, "/deliveries/0"));
  for (const char* wrong : {"9", "0", "x", "-1", "99999999999999999999"})
    CHECK(pages.get(std::string{"/api/v1/incidents/"} + wrong).status == 404);

  watched.check(4 * 24 * 3'600);
  CHECK(at(pages.get("/api/v1/incidents?rule=full"), "/incidents") == "[]");
  const auto over = pages.get("/api/v1/incidents?rule=full&state=all");
  CHECK(at(over, "/incidents/1/phase") == R"("resolved")");
  CHECK(at(over, "/incidents/1/ended").size() > 20);
}

TEST_CASE("somebody takes care of an incident while it is open") {
  Watched watched;
  auto& pages = watched.pages;
  pages.add({{.message = "disk full", .source = {.system_id = "shop"}, .received = 10}});
  watched.check(20);
  const auto acked =
      post(pages, "/api/v1/incidents/1/ack", R"({"note":"a new one is on its way"})", "application/json");
  CHECK(acked.body == R"({"by":"somebody on this machine","note":"a new one is on its way"})");
  CHECK(at(pages.get("/api/v1/incidents"), "/incidents/0/acknowledged") == acked.body);
  for (const char* wrong : {"2", "0", "x"})
    CHECK(post(pages, std::string{"/api/v1/incidents/"} + wrong + "/ack", "", "").status == 404);
  CHECK(post(pages, "/api/v1/incidents/1/ack", R"({"note":")" + std::string(1'001, 'x') + "\"}", "application/json")
            .status == 400);
  watched.check(4 * 24 * 3'600);
  CHECK(pages.ask("POST", "/api/v1/incidents/1/ack").status == 404);
  CHECK(header(pages.get("/api/v1/incidents/1/ack"), "Allow") == "POST");
}

TEST_CASE("a silence has an author and an end, and may be ended") {
  Pages pages;
  const auto silence = [&](const std::string& body) {
    return post(pages, "/api/v1/silences", body, "application/json");
  };
  CHECK(at(pages.get("/api/v1/silences"), "/silences") == "[]");
  const auto made = silence(R"({"rule":"full","key":"shop","for":"2h","reason":"new disk"})");
  CHECK(at(made, "/author") == R"("somebody on this machine")");
  CHECK(at(pages.get("/api/v1/silences"), "/silences/0") == made.body);
  const auto until = silence(R"({"query":"host:h1","until":"2199-12-24T08:00"})");
  CHECK(at(until, "/until") == R"("2199-12-24T08:00:00.000000Z")");
  struct Case {
    const char *body, *code;
  };
  for (const auto& c :
       {Case{"{}", "bad_parameter"}, Case{R"({"for":"2h"})", "bad_parameter"},
        Case{R"({"rule":"full"})", "bad_parameter"}, Case{R"({"rule":"full","for":"soon"})", "bad_parameter"},
        Case{R"({"rule":"full","for":"1h","until":"2199-12-24"})", "bad_parameter"},
        Case{R"({"rule":"full","until":"2001-01-01"})", "bad_parameter"},
        Case{R"({"rule":"full","until":"soon"})", "bad_time"},
        Case{R"({"query":"modul:x","for":"1h"})", "bad_query"}}) {
    CAPTURE(c.body);
    CHECK(at(silence(c.body), "/error/code") == '"' + std::string{c.code} + '"');
  }
  CHECK(pages.ask("DELETE", "/api/v1/silences/1").status == 200);
  CHECK(pages.ask("DELETE", "/api/v1/silences/1").status == 404);
  CHECK(pages.ask("DELETE", "/api/v1/silences/x").status == 404);
  CHECK(at(pages.get("/api/v1/silences"), "/silences/0") == until.body);
  CHECK(header(pages.get("/api/v1/silences/2"), "Allow") == "DELETE");
  CHECK(header(pages.ask("DELETE", "/api/v1/silences"), "Allow") == "GET, HEAD, POST");
}

TEST_CASE("senders are listed with what is known of them, and are no longer waited for when somebody says so") {
  Watched watched;
  auto& pages = watched.pages;
  pages.add({{.source = {.system_id = "shop"}, .received = 10}});
  watched.check(20);
  const auto senders = pages.get("/api/v1/senders");
  CHECK(at(senders, "/senders/0/key") == R"("shop")");
  CHECK(at(senders, "/senders/0/fields/system") == R"("shop")");
  CHECK(at(senders, "/senders/0/state") == R"("watched")");
  CHECK(at(senders, "/senders/0/condition") == R"("2h")");
  CHECK(at(senders, "/senders/0/usual_interval_us") == "null");
  const auto rules = pages.get("/api/v1/rules");
  CHECK(at(rules, "/rules/0/name") == R"("alive")");
  CHECK(at(rules, "/rules/0/kind") == R"("heartbeat")");
  CHECK(at(rules, "/rules/1/health") == R"("ok")");

  const auto retire = [&](const std::string& body) {
    return post(pages, "/api/v1/senders/retire", body, "application/json").status;
  };
  CHECK(retire(R"({"rule":"alive","key":"mail"})") == 404);
  CHECK(retire("{}") == 404);
  CHECK(retire(R"({"rule":"alive","key":"shop"})") == 200);
  watched.check(30);
  CHECK(at(pages.get("/api/v1/senders"), "/senders/0/state") == R"("retired")");
}

TEST_CASE("where nobody ever watched there is nothing to list") {
  Pages pages;
  for (const std::string name : {"incidents", "silences", "rules", "senders", "deliveries"})
    CHECK(at(pages.get("/api/v1/" + name), "/" + name) == "[]");
}

TEST_CASE("where nothing may be changed records are read, and not taken") {
  LogStore store{{":memory:"}};
  WebApp app{store, nullptr, {}};
  auto request = Pages::request("POST", "/api/v1/ingest", {{"Content-Type", "application/x-ndjson"}});
  request.body = "{\"message\":\"a\"}\n";
  CHECK(app.handle(request).status == 409);
  CHECK(app.handle(Pages::request("POST", "/api/v1/silences?rule=x&for=1h")).status == 409);
  CHECK(app.handle(Pages::request("GET", "/api/v1/records")).status == 200);
}

TEST_SUITE_END();
