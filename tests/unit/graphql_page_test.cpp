#include <doctest/doctest.h>

#include <set>
#include <string>

#include "graphql/schema.hpp"
#include "page/graphql_schema.hpp"
#include "page_site.hpp"
#include "psherald/access.hpp"
#include "psherald/query.hpp"
#include "record/json.hpp"
#include "store/log_view.hpp"
#include "support/capture.hpp"
#include "support/json.hpp"
#include "support/tokens.hpp"

using namespace psherald;
using psherald::testing::contains;
using psherald::testing::header;
using psherald::testing::Json;
using psherald::testing::Pages;
using psherald::testing::parse_json;
using psherald::testing::Row;

namespace {

HttpRequest posted(std::string body, std::string type = "application/json", const std::string& target = "/graph_ql") {
  auto request = Pages::request("POST", target, {{"Content-Type", std::move(type)}});
  request.body = std::move(body);
  return request;
}

std::string body_of(const std::string& query, const std::string& variables = "{}") {
  std::string json = "{\"query\":";
  append_json_string(json, query);
  return json + ",\"variables\":" + variables + '}';
}

struct Answer {
  int status;
  Json json;
};
Answer ask(Pages& pages, const std::string& query, const std::string& variables = "{}") {
  const auto response = pages.app.handle(posted(body_of(query, variables)));
  return {response.status, parse_json(response.body)};
}

std::string first_error(const Answer& answer) { return answer.json["errors"].items.at(0)["message"].text; }

std::vector<std::string> messages(const Json& edges) {
  std::vector<std::string> all;
  for (const auto& edge : edges.items) all.push_back(edge["node"]["message"].text);
  return all;
}

void add_numbered(Pages& pages, int count) {
  std::vector<std::string> texts;
  for (int i = 1; i <= count; ++i) texts.push_back("record " + std::to_string(i));
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i)
    rows.push_back({.message = texts[static_cast<std::size_t>(i)],
                    .level = i % 2 == 0 ? Level::info : Level::error,
                    .received = i});
  pages.add(rows);
}

}  // namespace

TEST_SUITE_BEGIN("graphql");

TEST_CASE("the fields of GLog are the columns of ps.herald's table, in their order") {
  const graphql::Schema schema{page::herald_schema, page::grown_schema};
  const auto& fields = schema.type("GLog")->fields;
  REQUIRE(fields.size() == store::log_columns.size());
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string column;
    for (const char c : fields[i].name) {
      if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) column += '_';
      column += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    CHECK(column == store::log_columns[i]);
  }
}

TEST_CASE("a request comes by GET, as JSON, as GraphQL or from a form") {
  Pages pages;
  const std::string expected = R"({"data":{"hello":"Hello Ann!"}})";
  const std::string query = "query Q($n: String) { hello(name: $n) }", variables = R"({"n":"Ann"})";
  CHECK(pages.get("/graph_ql?query=query Q($n: String) { hello(name: $n) }&variables={\"n\":\"Ann\"}").body ==
        expected);
  CHECK(pages.app.handle(posted(body_of(query, variables))).body == expected);
  CHECK(pages.app.handle(posted(body_of(query, R"("{\"n\":\"Ann\"}")"))).body == expected);
  CHECK(pages.app.handle(posted(query, "application/graphql", "/graph_ql?variables={\"n\":\"Ann\"}")).body == expected);
  CHECK(
      pages.app
          .handle(posted(
              R"({"query":"query A { hello } query B { goodbye }","operationName":"B","variables":null,"extensions":{}})",
              "application/json; charset=utf-8"))
          .body == R"({"data":{"goodbye":"See ya!"}})");
  auto form = posted("query=...", "application/x-www-form-urlencoded");
  form.parameters = {{"query", "{ hello(name: \"Ann\") }"}};
  CHECK(pages.app.handle(form).body == expected);
}

TEST_CASE("what is no request is refused with a reason, as an error of GraphQL") {
  Pages pages;
  struct Case {
    std::string body, type;
    int status;
    std::string_view reason;
  };
  for (const auto& c :
       {Case{"", "application/json", 400, "Must provide query string."},
        Case{"{}", "application/json", 400, "Must provide query string."},
        Case{"{\"query\":\" \"}", "application/json", 400, "Must provide query string."},
        Case{"{\"query\":5}", "application/json", 400, "\"query\" has to be a text"},
        Case{"{\"query\":\"{hello}\",\"variables\":[1]}", "application/json", 400, "has to be an object"},
        Case{"[{\"query\":\"{hello}\"}]", "application/json", 400, "one JSON object"},
        Case{"{\"query\":\"{hello}\"", "application/json", 400, "no JSON"},
        Case{"{hello}", "text/plain", 415, "application/graphql"},
        Case{"{ hello", "application/graphql", 400, "Syntax Error"},
        Case{"subscription { hello }", "application/graphql", 400, "not configured"},
        Case{"{ nope }", "application/graphql", 400, "Cannot query field"}}) {
    CAPTURE(c.body);
    const auto response = pages.app.handle(posted(c.body, c.type));
    CHECK(response.status == c.status);
    CHECK(contains(parse_json(response.body)["errors"].items.at(0)["message"].text, c.reason));
  }
}

TEST_CASE("logs goes through all records page by page, in both orders, and ends") {
  Pages pages;
  add_numbered(pages, 7);
  const std::string query =
      "query Q($after: String, $order: LogOrder) { logs(first: 3, after: $after, order: $order) { edges { cursor node "
      "{ "
      "message } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } complete searchedTo } }";
  for (const std::string order : {"NEWEST_FIRST", "OLDEST_FIRST"}) {
    CAPTURE(order);
    std::vector<std::string> found;
    std::string after = "null";
    for (int page = 0; page < 3; ++page) {
      const auto answer =
          ask(pages, query, "{\"order\":\"" + order + "\",\"after\":" + after + "}").json["data"]["logs"];
      const auto& info = answer["pageInfo"];
      for (const auto& message : messages(answer["edges"])) found.push_back(message);
      CHECK(info["hasNextPage"].text == (page < 2 ? "true" : "false"));
      CHECK(info["hasPreviousPage"].text == (page > 0 ? "true" : "false"));
      CHECK(info["startCursor"].text == answer["edges"].items.front()["cursor"].text);
      CHECK(info["endCursor"].text == answer["edges"].items.back()["cursor"].text);
      CHECK(answer["complete"].text == "true");
      CHECK(answer["searchedTo"].kind == Json::Kind::null);
      after = '"' + info["endCursor"].text + '"';
    }
    REQUIRE(found.size() == 7);
    CHECK(found.front() == (order == "NEWEST_FIRST" ? "record 7" : "record 1"));
    CHECK(std::set<std::string>(found.begin(), found.end()).size() == 7);
  }
}

TEST_CASE("logs finds what the filter language says, and a mistake in it has its column and the field's path") {
  Pages pages;
  add_numbered(pages, 6);
  const auto good =
      ask(pages, R"({ errors: logs(query: "level>=error -\"record 4\"") { edges { node { message } } } })");
  CHECK(messages(good.json["data"]["errors"]["edges"]) == std::vector<std::string>{"record 6", "record 2"});
  const auto bad = ask(pages, R"({ x: logs(query: "level>=error systm:a") { complete } hello })");
  CHECK(bad.status == 200);
  const auto& error = bad.json["errors"].items.at(0);
  CHECK(error["path"].items.at(0).text == "x");
  CHECK(error["locations"].items.at(0)["column"].text == "3");
  CHECK(error["extensions"]["fault"]["column"].text == "14");
  CHECK(error["extensions"]["fault"]["nearest"].items.at(0).text == "system");
  CHECK(bad.json["data"]["x"].kind == Json::Kind::null);
  CHECK(bad.json["data"]["hello"].text == "Hello stranger!");
}

TEST_CASE("arguments of logs and getLogs that cannot be meant are refused") {
  Pages pages;
  add_numbered(pages, 3);
  for (const auto& [query, reason] : std::vector<std::pair<std::string, std::string>>{
           {"{ logs(first: 0) { complete } }", "from 1 to 1000"},
           {"{ logs(first: 1001) { complete } }", "from 1 to 1000"},
           {"{ logs(first: -1) { complete } }", "from 1 to 1000"},
           {"{ logs(after: \"x\") { complete } }", "cursor of a page"},
           {"{ logs(after: \"d2-1\", order: OLDEST_FIRST) { complete } }", "other order"},
           {"{ getLogs(first: -1) { id } }", "must not be negative"},
           {"{ getLogs(skip: -5) { id } }", "must not be negative"}}) {
    CAPTURE_BINDING(query);
    const auto answer = ask(pages, query);
    CHECK(answer.status == 200);
    CHECK(contains(first_error(answer), reason));
  }
}

TEST_CASE("a search that is cut off says so, and goes on where it stopped") {
  WebApp::Options options;
  options.page_budget = std::chrono::milliseconds{0};
  Pages pages{options};
  for (int i = 0; i < 12; ++i) pages.add_many(1'000, {.message = "nothing to see"});
  std::string after = "null";
  int pages_read = 0;
  for (bool more = true; more; ++pages_read) {
    REQUIRE(pages_read < 1'000);
    const auto answer = ask(pages,
                            "query Q($a: String) { logs(query: \"/n.thing to (hear|smell)/\", after: $a) { complete "
                            "searchedTo edges { cursor } pageInfo { hasNextPage endCursor } } }",
                            "{\"a\":" + after + "}")
                            .json["data"]["logs"];
    more = answer["pageInfo"]["hasNextPage"].text == "true";
    CHECK(answer["edges"].items.empty());
    CHECK(answer["complete"].text == (more ? "false" : "true"));
    CHECK((answer["searchedTo"].kind == Json::Kind::string) == more);
    after = '"' + answer["pageInfo"]["endCursor"].text + '"';
  }
  CHECK(pages_read > 1);
}

TEST_CASE("a whole request has a time, and getLogs says when it is over") {
  WebApp::Options options;
  options.api_budget = std::chrono::milliseconds{0};
  Pages pages{options};
  pages.add_many(20'000, {.message = "nothing to see"});
  const auto answer = ask(pages, "{ getLogs(search: \"hear\") { id } }");
  CHECK(answer.status == 200);
  CHECK(contains(first_error(answer), "took too long"));
}

TEST_CASE("addLog stores a record and answers it, each column as it was given") {
  Pages pages;
  const std::string given =
      R"({"created":"2026-01-02 03:04:05.500000","threadname":"t","apiVersion":"1","packageVersion":"2","name":"n","relativecreated":"12.5",)"
      R"("process":"7","args":"[1]","module":"m","funcname":"f","levelno":"40","processname":"p","thread":"139665143253888","msecs":"500.5",)"
      R"("message":"added <b>","excText":"trace","excInfo":"info","stackInfo":"stack","pathname":"a/b.py","filename":"b.py","asctime":"then",)"
      R"("levelname":"BAD","lineno":"12","produktId":"shop","systemId":"s","subSystemId":"ss","subSubSystemId":"sss","userSpec1":"u1","userSpec2":"u2","summary":"sum"})";
  const auto expected = parse_json(given);
  std::string fields;
  for (const auto& [name, value] : expected.members) fields += ' ' + name;
  const auto answer = ask(pages, "mutation M($i: AddGLogFields!) { addLog(input: $i) { log { id" + fields + " } } }",
                          "{\"i\":" + given + '}');
  CHECK(answer.status == 200);
  const auto& log = answer.json["data"]["addLog"]["log"];
  CHECK(log["id"].text == "1");
  for (const auto& [name, value] : expected.members) {
    CAPTURE_BINDING(name);
    CHECK(log[name].text.starts_with(value.text));  // floats have a point
  }
  const auto page = find(pages.store, {});
  REQUIRE(page.batch.size() == 1);
  CHECK(page.batch.records()[0].level == Level::error);
  CHECK(format_local(*page.batch.records()[0].created) == "2026-01-02 03:04:05.500000");
  CHECK(contains(pages.get("/angular/list").body, R"("args":"[1]")"));
}

TEST_CASE("addLog with next to nothing stores what ps.herald shows as None") {
  Pages pages;
  const auto answer = ask(pages,
                          "mutation { addLog(input: {message: \"m\", systemId: \"None\"}) { log { levelno systemId "
                          "excText summary process } } }");
  const auto& log = answer.json["data"]["addLog"]["log"];
  CHECK(log["levelno"].text == "20");
  CHECK(log["systemId"].text == "None");
  CHECK(log["summary"].text == "NoneNoneNoneNoneNoneNoneNone");
  CHECK(log["process"].kind == Json::Kind::null);
  CHECK(!present(find(pages.store, {}).batch.sources()[0].system_id));
}

TEST_CASE("addLog refuses what no record can have, and stores nothing") {
  Pages pages;
  for (const auto& input : std::vector<std::string>{
           R"(id: 5)", R"(process: "x")", R"(lineno: "1.5")", R"(levelno: "high")", R"(created: "soon")",
           R"(relativecreated: "1e300")", R"(msecs: "nan")", R"(args: "a\u0000b")",
           "systemId: \"" + std::string(513, 's') + '"', "summary: \"" + std::string(4'097, 's') + '"'}) {
    CAPTURE(input);
    const auto answer = ask(pages, "mutation { addLog(input: {" + input + "}) { log { id } } }");
    CHECK(answer.status == 200);
    CHECK(answer.json["data"]["addLog"].kind == Json::Kind::null);
    CHECK(contains(first_error(answer), input.substr(0, input.find(':'))));
  }
  CHECK(pages.store.count() == 0);
}

TEST_CASE("only a POST from here adds a record") {
  Pages pages;
  const std::string add = "mutation { addLog(input: {message: \"m\"}) { log { id } } }";
  const auto by_get = pages.get("/graph_ql?query=" + add);
  CHECK(by_get.status == 405);
  CHECK(header(by_get, "Allow") == "POST");
  auto elsewhere = posted(body_of(add));
  elsewhere.headers.emplace_back("Sec-Fetch-Site", "cross-site");
  CHECK(pages.app.handle(elsewhere).status == 401);
  CHECK(pages.store.count() == 0);
  WebApp shown{pages.store, nullptr, {}};
  CHECK(shown.handle(posted(body_of(add))).status == 409);
  CHECK(ask(pages, add).status == 200);
  CHECK(pages.store.count() == 1);
}

TEST_CASE("a viewer may ask, and only an editor add") {
  const testing::Tokens tokens;
  const Access access{tokens.file()};
  WebApp::Options options;
  options.access = &access;
  Pages pages{options};
  const auto status = [&](const std::string& token, const std::string& query) {
    auto request = posted(body_of(query));
    request.loopback = false;
    request.headers.emplace_back("Authorization", "Bearer " + token);
    return pages.app.handle(request).status;
  };
  const std::string add = "mutation { addLog(input: {message: \"m\"}) { log { id } } }";
  CHECK(status("viewer", "{ hello }") == 200);
  CHECK(status("viewer", add) == 403);
  CHECK(status("editor", add) == 200);
  CHECK(status("x", "{ hello }") == 401);
}

TEST_CASE("a browser gets the explorer, with what the address says typed in and nothing of it as markup") {
  Pages pages;
  const auto page = pages.get("/graph_ql?query={ hello(name: \"</textarea><script>\") }&variables={\"a\":1}",
                              {{"Accept", "text/html,*/*"}});
  CHECK(page.status == 200);
  CHECK(contains(page.content_type, "text/html"));
  CHECK(contains(page.body, "&lt;/textarea&gt;&lt;script&gt;"));
  CHECK(!contains(page.body, "</textarea><script>\")"));
  CHECK(contains(page.body, "/static/graphql.js"));
  CHECK(contains(header(page, "Content-Security-Policy"), "script-src 'self'"));
  CHECK(pages.get("/static/graphql.js").status == 200);
  CHECK(pages.get("/static/graphql.css").status == 200);
  CHECK(pages.get("/graph_ql?query={ hello }&raw=1", {{"Accept", "text/html"}}).body ==
        R"({"data":{"hello":"Hello stranger!"}})");
}

TEST_SUITE_END();
