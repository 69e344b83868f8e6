/// What the pages are made of: escaping, JSON members, levels, searches.

#include "net/visitor.hpp"
#include "page/html.hpp"
#include "page/json_members.hpp"
#include "page/layout.hpp"
#include "page/removal.hpp"
#include "page/search.hpp"
#include "page_site.hpp"

using namespace psherald;
using namespace psherald::page;
using psherald::net::calls_us_by_name;
using psherald::net::equal_secret;
using psherald::net::from_elsewhere;
using namespace psherald::testing;

TEST_SUITE_BEGIN("page");

namespace {

std::string shown(std::string_view text) {
  Html html;
  html << text;
  return std::move(html).take();
}

std::string as_value(std::string_view text) {
  Html html;
  html << Value{text};
  return std::move(html).take();
}

std::vector<std::string> members(std::string_view object, std::size_t most = 100) {
  std::vector<std::string> all;
  for (const auto& member : json_members(object, most)) all.push_back(member.name + '=' + member.value);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("text never becomes markup, and what shows nothing becomes visible") {
  struct Case {
    std::string text, html;
  };
  const Case cases[] = {
      {"", ""},
      {"plain, größe, 日本", "plain, größe, 日本"},
      {"<b class=\"a\">'&'</b>", "&lt;b class=&quot;a&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;"},
      {"&amp;", "&amp;amp;"},
      {"a\tb\nc", "a\tb\nc"},
      {"a\r\nb\rc", "a\nb[U+000D]c"},
      {std::string{"a\0b", 3}, "a[U+0000]b"},
      {"\x1B[1m\x07\x7F", "[U+001B][1m[U+0007][U+007F]"},
      {"\u0085\u009F", "[U+0085][U+009F]"},
      {"\u202Egnp\u202C", "[U+202E]gnp[U+202C]"},
      {"\u2066a\u2069\u200F\u061C", "[U+2066]a[U+2069][U+200F][U+061C]"},
      {"a\u200Bb\u00ADc\uFEFF", "a[U+200B]b[U+00AD]c[U+FEFF]"},
      {"\U000E0041", "[U+E0041]"},
      {"\u2028\u2029", "[U+2028][U+2029]"},
      {"❤\uFE0F", "❤\uFE0F"},
      {"a\xFF\xED\xA0\x80z", "a\uFFFD\uFFFDz"},
      {"<\u202E>", "&lt;[U+202E]&gt;"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.html);
    CHECK(shown(c.text) == c.html);
  }
}

TEST_CASE("a value comes back letter by letter, but never ends its attribute") {
  CHECK(as_value("a\u202Eb\tc") == "a\u202Eb\tc");
  CHECK(as_value("\"'<>&") == "&quot;&#39;&lt;&gt;&amp;");
  CHECK(as_value("\xC3") == "\uFFFD");
}

TEST_CASE("terminal sequences are left out") {
  struct Case {
    std::string text, without;
  };
  const Case cases[] = {{"plain", "plain"},
                        {"\x1B[31mred\x1B[0m", "red"},
                        {"\x1B[38;5;196mred", "red"},
                        {"a\x1B]0;title\aB", "aB"},
                        {"a\x1B]8;;http://a\x1B\\link", "alink"},
                        {"a\x1B(Bc", "aBc"},
                        {"a\x1B", "a"},
                        {"a\x1B[", "a"},
                        {"a\x1B[31", "a"},
                        {"a\x1B]0;never", "a"}};
  for (const auto& c : cases) {
    CAPTURE(c.without);
    CHECK(without_ansi(c.text) == c.without);
  }
}

TEST_CASE("text in an address is encoded, numbers are grouped") {
  CHECK(url_encode("a b&c=d+e%/?#\"<ö\n") == "a%20b%26c%3Dd%2Be%25%2F%3F%23%22%3C%C3%B6%0A");
  CHECK(url_encode("2026-11-22 14:30_.~") == "2026-11-22%2014:30_.~");
  for (const auto& [number, text] : {std::pair{std::int64_t{0}, "0"},
                                     {999, "999"},
                                     {1'000, "1,000"},
                                     {-1'234'567, "-1,234,567"},
                                     {-999, "-999"},
                                     {41'208'374, "41,208,374"}})
    CHECK(grouped(number) == text);
}

TEST_CASE("the members of a JSON object are read one level deep") {
  struct Case {
    std::string object;
    Texts expected;
  };
  const Case cases[] = {
      {"", {}},
      {"null", {}},
      {"[1]", {}},
      {"{}", {}},
      {R"({"a":1,"b":"x","c":true,"d":null,"e":-1.5e3})", {"a=1", "b=x", "c=true", "e=-1.5e3"}},
      {R"( { "a" : 1 , "b" : "x" } )", {"a=1", "b=x"}},
      {R"({"a":{"b":[1,"}",{"c":","}]},"d":[]})", {R"(a={"b":[1,"}",{"c":","}]})", "d=[]"}},
      {R"({"a":"q\"\\\/\n\t","b":"\u00e9\ud83d\ude00"})", {"a=q\"\\/\n\t", "b=é😀"}},
      {R"({"a":"\ud83d"})", {"a=\uFFFD"}},
      {R"({"\u003cb\u003e":"<i>"})", {"<b>=<i>"}},
      {R"({"":""})", {"="}},
      // What is cut off or wrong gives what came before, and an end.
      {R"({"a":1,"b":)", {"a=1"}},
      {R"({"a":1,"b)", {"a=1"}},
      {R"({"a":1,)", {"a=1"}},
      {R"({"a")", {}},
      {R"({"a":"x\)", {}},
      {R"({"a":"\u12)", {}},
      {R"({a:1})", {}},
      {R"({"a":]]]])", {"a=]]]]"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.object);
    CHECK(members(c.object) == c.expected);
  }
  CHECK(members(R"({"a":1,"b":2,"c":3})", 2) == Texts{"a=1", "b=2"});
  CHECK(members(R"({"a":1})", 0).empty());
  const std::string object = R"({"a":"é\ud83d\ude00\"","b":{"c":[1,{"d":"}"}]},"e":null,"f":1.5})";
  for (std::size_t size = 0; size <= object.size(); ++size)
    CHECK(members(std::string_view{object}.substr(0, size)).size() <= 3);
}

TEST_CASE("a row's class is its level's name, and the band whose colour it has") {
  struct Case {
    std::string name;
    Level level;
    std::string classes;
  };
  const Case cases[] = {{"INFO", Level::info, "info"},
                        {"", Level::warning, "warning"},
                        {"WARN", Level::warning, "warn warning"},
                        {"NOTICE", Level{25}, "notice info"},
                        {"", Level{25}, "info"},
                        {"trace", Level{5}, "trace debug"},
                        {"FATAL", Level{60}, "fatal critical"},
                        {"a b", Level::error, "error"},
                        {"\"><script>", Level::error, "error"},
                        {"größe", Level::error, "error"},
                        {std::string(40, 'a'), Level::error, "error"},
                        {"", Level::notset, "notset debug"},
                        {"x", Level{-1}, "x debug"}};
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(level_classes(c.name, c.level) == c.classes);
  }
  CHECK(day_text("2026-11-02 10:00:00") == "2 Nov 2026");
  CHECK(day_text("2026-12-31 23:59:59") == "31 Dec 2026");
}

TEST_CASE("a search is its own address") {
  for (const std::string target :
       {"/", "/?pattern=a%26b%25_%20%22", "/?SYSTEM_ID=None&notify_level=warning", "/?starting_at=2026-11&max_rows=7",
        "/?old_row_first=asc",
        "/?pattern=x&SYSTEM_ID=a&SUB_SYSTEM_ID=b&SUB_SUB_SYSTEM_ID=c&PRODUKT_ID=d&USER_SPEC_1=e"
        "&USER_SPEC_2=f&notify_level=40&starting_at=2026-11-22%2014:30&max_rows=7&old_row_first=asc"}) {
    CAPTURE(target);
    const auto search = parse_search(Pages::request("GET", target), 100);
    CHECK(search.problems.empty());
    CHECK(search.url() == target);
  }
  const auto page = parse_search(Pages::request("GET", "/?pattern=a&before=7&nonsense=1"), 100);
  CHECK(page.before == 7);
  CHECK(page.url() == "/?pattern=a");
}

TEST_CASE("who calls the page by a name of somebody else is not answered") {
  struct Case {
    std::string host;
    bool ours;
  };
  const Case cases[] = {{"localhost", true},
                        {"LocalHost:9021", true},
                        {"127.0.0.1:9021", true},
                        {"192.0.2.7", true},
                        {"[::1]:9021", true},
                        {"[2001:db8::1]", true},
                        {"logs.example", true},
                        {"LOGS.example:80", true},
                        {"", false},
                        {"evil.example", false},
                        {"localhost.evil", false},
                        {"127.0.0.1.evil.example", false},
                        {"me@localhost", false},
                        {"localhost/evil", false},
                        {"[evil]:1", false},
                        {"[", false},
                        {"dead:beef", false},
                        {"xlogs.example", false}};
  for (const auto& c : cases) {
    CAPTURE(c.host);
    CHECK(calls_us_by_name(Pages::request("GET", "/", {{"Host", c.host}}), {"logs.example"}) == c.ours);
  }
  CHECK(calls_us_by_name(Pages::request("GET", "/"), {}));
}

TEST_CASE("a request that another site makes is told from our own") {
  struct Case {
    const char* name;
    Pages::Pairs headers;
    bool elsewhere;
  };
  const Case cases[] = {
      {"a program", {{"Host", "localhost"}}, false},
      {"our form",
       {{"Host", "localhost:1"}, {"Origin", "http://localhost:1"}, {"Sec-Fetch-Site", "same-origin"}},
       false},
      {"our form, an older browser", {{"Host", "localhost:1"}, {"Origin", "http://localhost:1"}}, false},
      {"the address bar", {{"Host", "localhost:1"}, {"Sec-Fetch-Site", "none"}}, false},
      {"behind a proxy", {{"Host", "logs.example"}, {"Origin", "https://logs.example"}}, false},
      {"another site", {{"Host", "localhost:1"}, {"Origin", "http://evil"}, {"Sec-Fetch-Site", "cross-site"}}, true},
      {"another site, an older browser", {{"Host", "localhost:1"}, {"Origin", "http://evil"}}, true},
      {"another port", {{"Host", "localhost:1"}, {"Origin", "http://localhost:2"}}, true},
      {"a site beside ours", {{"Host", "a.example"}, {"Sec-Fetch-Site", "same-site"}}, true},
      {"nobody", {{"Host", "localhost:1"}, {"Origin", "null"}}, true},
  };
  for (const auto& c : cases) {
    CAPTURE(std::string{c.name});
    CHECK(from_elsewhere(Pages::request("POST", "/", c.headers)) == c.elsewhere);
  }
}

TEST_CASE("a token is compared as a whole") {
  const std::string token = "4e5d5bb3";
  CHECK(equal_secret(token, std::string{token}));
  CHECK(!equal_secret(token, token.substr(1)));
  CHECK(!equal_secret(token, token + "0"));
  CHECK(!equal_secret("", token));
}

TEST_CASE("old records are counted by a few looks") {
  Pages pages;
  CHECK(count_before(pages.store, at(0)) == 0);
  std::vector<Row> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back({.received = i});
  pages.add(rows);
  for (const std::int64_t seconds : {0, 1, 2, 4'095, 19'999, 20'000, 30'000}) {
    CAPTURE(seconds);
    CHECK(count_before(pages.store, at(seconds)) == std::min<std::int64_t>(seconds, 20'000));
  }
  pages.store.prune({.since = at(16'385)});
  CHECK(count_before(pages.store, at(16'386)) == 1);
}

TEST_SUITE_END();
