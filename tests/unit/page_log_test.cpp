/// What the pages show: the form, the rows, one record, the first run, what is not there.

#include "page_site.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("page");

namespace {

using Texts = std::vector<std::string>;

std::string page_of(Pages& pages, const std::string& target, int status = 200) {
  const auto response = pages.get(target);
  CHECK(response.status == status);
  CHECK(response.content_type == "text/html; charset=utf-8");
  CHECK(response.body.starts_with("<!doctype html><html lang=\"en\">"));
  CHECK(response.body.ends_with("</html>\n"));
  return response.body;
}

// The messages of the rows, without what stands behind them.
Texts messages(const std::string& html) { return all_between(html, R"(<td class="msg">)", "<"); }

// Where the link with that text leads to; empty when there is none.
std::string link(const std::string& html, const std::string& text) {
  for (const auto& anchor : all_between(html, "<a ", "</a>"))
    if (anchor.ends_with('>' + text)) return between(anchor, "href=\"", "\"");
  return {};
}

// A link as the browser follows it.
std::string followed(std::string link) {
  for (auto at = link.find("&amp;"); at != link.npos; at = link.find("&amp;")) link.erase(at + 1, 4);
  return link;
}

Texts numbers(int from, int to) {
  Texts all;
  for (int i = from; from <= to ? i <= to : i >= to; i += from <= to ? 1 : -1) all.push_back("m" + std::to_string(i));
  return all;
}

void add_numbers(Pages& pages, int count) {
  const auto all = numbers(1, count);
  std::vector<Row> rows;
  for (int i = 0; i < count; ++i) rows.push_back({.message = all[static_cast<std::size_t>(i)], .received = i});
  pages.add(rows);
}

// Something that would do harm in each place where text stands.
const std::string hostile = R"(x"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\)"
                            "\u202E";
const std::string hostile_json = R"({"<script>k":"<script>v","a":["<script>"]})";

Row hostile_row() {
  const std::string_view h = hostile;
  return {.message = h,
          .level = Level::error,
          .source = {h, h, h, h, h, h, h},
          .site = {h, h, h, h, h, h, h, 7},
          .exc_text = h,
          .stack_info = h,
          .extra = hostile_json};
}

void check_harmless(const std::string& html) {
  CHECK(count_of(html, "<script") == 1);
  CHECK(contains(html, R"(<script type="module" src="/static/)"));
  CHECK(!contains(html, "<img"));
  CHECK(!contains(html, "\"'>"));
  CHECK(!contains(html, "onerror=alert(2)>"));
}

}  // namespace

TEST_CASE("the form has every field and cell of ps.herald") {
  Pages pages;
  pages.add({{.source = {.produkt_id = "shop", .system_id = "ch2eu"}}});
  const auto html = page_of(pages, "/");
  for (const std::string cell : {"form_system_id", "form_sub_system_id", "form_sub_sub_system_id", "form_user_spec_1",
                                 "form_user_spec_2", "form_produkt_id", "form_pattern", "form_starting_at",
                                 "form_notify_level", "form_num_records", "form_order", "form_input"}) {
    CAPTURE(cell);
    CHECK(count_of(html, " id=\"" + cell + "\"") == 1);
  }
  for (const std::string field :
       {"PRODUKT_ID", "SYSTEM_ID", "SUB_SYSTEM_ID", "SUB_SUB_SYSTEM_ID", "USER_SPEC_1", "USER_SPEC_2", "pattern",
        "starting_at", "notify_level", "max_rows", "old_row_first"}) {
    CAPTURE(field);
    CHECK(count_of(html, " name=\"" + field + "\"") == 1);
    CHECK(count_of(html, " id=\"" + field + "\"") == 1);
    CHECK(count_of(html, "<label for=\"" + field + "\"") == 1);
  }
  CHECK(contains(html, R"(<form class="search" action="/" method="get" role="search">)"));
  CHECK(between(html, R"(<select id="SYSTEM_ID" name="SYSTEM_ID">)", "</select>") ==
        R"(<option value="not_selected" selected>any</option><option value="ch2eu">ch2eu</option>)");
  CHECK(between(html, R"(<select id="USER_SPEC_1" name="USER_SPEC_1">)", "</select>") ==
        R"(<option value="not_selected" selected>any</option><option value="None">None</option>)");
  CHECK(all_between(between(html, R"(<select id="old_row_first")", "</select>"), "value=\"", "\"") ==
        Texts{"desc", "asc"});
  CHECK(all_between(between(html, R"(<select id="notify_level")", "</select>"), "value=\"", "\"") ==
        Texts{"not_selected", "10", "20", "30", "40", "50"});
}

TEST_CASE("the search box takes the filter language, beside the fields and the time") {
  Pages pages;
  pages.add({{.message = "one", .source = {.system_id = "a"}},
             {.message = "two", .level = Level::error, .source = {.system_id = "a"}, .received = 60},
             {.message = "three", .level = Level::error, .source = {.system_id = "b"}, .received = 120}});
  CHECK(messages(page_of(pages, "/?q=level>=error")) == Texts{"three", "two"});
  CHECK(messages(page_of(pages, "/?q=level>=error&SYSTEM_ID=a")) == Texts{"two"});
  CHECK(messages(page_of(pages, "/?q=-two&o=asc")) == Texts{"one", "three"});
  CHECK(messages(page_of(pages, "/?t=..@1795000060")) == Texts{"one"});
  CHECK(messages(page_of(pages, "/?at=2")) == Texts{"two", "one"});
  CHECK(messages(page_of(pages, "/?at=2&o=asc")) == Texts{"two", "three"});
  CHECK(messages(page_of(pages, "/?q=level>=error&around=1")) == Texts{"three", "two", "one"});
  const auto html = page_of(pages, "/?q=level>=error \"x\"&t=2d&SYSTEM_ID=a");
  CHECK(contains(html, R"(value="level&gt;=error &quot;x&quot;")"));
  CHECK(contains(html, R"(data-q="(level&gt;=error &quot;x&quot;) system=a")"));
  CHECK(contains(html, R"(href="/patterns?q=%28level%3E%3Derror%20%22x%22%29%20system%3Da&amp;t=2d")"));
  CHECK(contains(html, R"(href="/?t=2d&amp;SYSTEM_ID=a">)"));
}

TEST_CASE("a query that is wrong is told with its column, and the box keeps it") {
  Pages pages;
  const auto html = page_of(pages, "/?q=modul:x", 400);
  CHECK(contains(html, R"(value="modul:x" aria-invalid="true" aria-describedby="problem_q")"));
  CHECK(contains(html, R"(role="alert" id="problem_q">Column 1: )"));
  CHECK(contains(page_of(pages, "/?t=later", 400), "&quot;later&quot; is no time"));
}

TEST_CASE("a record that says what is missing is a row of its own kind") {
  Pages pages;
  pages.add({{.message = "one"}, {.message = "gap: 7 missing", .level = Level::warning, .flags = Flag::gap}});
  const auto html = page_of(pages, "/");
  CHECK(contains(html, R"(<tr class="gaprow warning"><td class="date">)"));
  CHECK(count_of(html, "gaprow") == 1);
}

TEST_CASE("patterns begin with a first look at the newest records, and look further when asked to") {
  WebApp::Options options;
  options.page_budget = std::chrono::milliseconds{0};
  Pages pages{options};
  pages.add_many(2'000, {.message = "order 7 late"});
  const auto first = page_of(pages, "/patterns?q=order");
  CHECK(contains(first, "</b> of the newest <b>"));
  CHECK(contains(first, R"(<a href="/patterns?q=order&amp;far=1">look further</a>)"));
  CHECK(contains(page_of(pages, "/patterns"), R"(<a href="/patterns?far=1">look further</a>)"));
  const auto second = page_of(pages, "/patterns?q=order&far=1");
  CHECK(contains(second, "</b> records: cut off after 0 s"));
}

TEST_CASE("the views link to each other and say which one it is") {
  Pages pages;
  pages.add({{.message = "order 7 late", .level = Level::error, .source = {.system_id = "shop", .sub_system_id = "n1"}},
             {.message = "order 8 late", .source = {.system_id = "shop", .sub_system_id = "n1"}}});
  const auto patterns = page_of(pages, "/patterns?q=late");
  CHECK(contains(patterns, R"(<a href="/patterns?q=late" aria-current="page">Patterns</a>)"));
  CHECK(contains(patterns, R"(<a href="/?q=late">Logs</a>)"));
  CHECK(contains(patterns, "<b>1 pattern</b> of <b>2</b> records"));
  CHECK(contains(patterns, R"(<a href="/record/2">order &lt;num&gt; late</a>)"));
  CHECK(contains(page_of(pages, "/patterns?q=none"), "there are no patterns"));
  CHECK(contains(page_of(pages, "/patterns?q=a:", 400), "Column "));
  const auto systems = page_of(pages, "/systems");
  CHECK(contains(systems, R"(<td class="mono">shop</td><td class="mono">n1</td>)"));
  CHECK(contains(systems, R"(aria-current="page">Systems</a>)"));
  Pages empty;
  CHECK(contains(page_of(empty, "/systems"), "Nobody has sent a record yet"));
}

TEST_CASE("the table has the columns of ps.herald, and a row the class of its level") {
  Pages pages;
  pages.add({{.message = "order 7 accepted",
              .level = Level::error,
              .source = {.produkt_id = "shop",
                         .system_id = "ch2eu",
                         .sub_system_id = "node1",
                         .sub_sub_system_id = "api",
                         .user_spec_1 = "eu",
                         .user_spec_2 = "b2c"},
              .site = {.module = "shop.orders",
                       .funcname = "submit",
                       .levelname = "ERROR",
                       .package_version = "2.4.2",
                       .lineno = 214},
              .exc_text = "Traceback (most recent call last):\n  File \"a.py\", line 1\nshop.errors.Late: by 3 s",
              .stack_info = "Stack (most recent call last):\n  File \"b.py\"",
              .extra = R"({"basket":3})"}});
  const auto html = page_of(pages, "/");
  CHECK(all_between(between(html, "<thead>", "</thead>"), R"(scope="col">)", "<") ==
        Texts{"Level", "System", "App", "Module", "Message", "Exception", "Stack info"});
  CHECK(contains(html, "Date <small>"));
  CHECK(contains(html, R"(<table class="htable">)"));
  CHECK(contains(html, R"(<tr class="heading">)"));
  const auto row = between(html, R"(<tr class="error">)", "</tr>");
  const auto time = format_local(at(0));
  CHECK(contains(row, R"(<td class="date"><a href="/record/1"><span class="d">)" + time.substr(0, 11) + "</span>" +
                          time.substr(11, 8) + "<i>" + time.substr(19, 4)));
  CHECK(contains(row, "<span>ERROR</span>"));
  CHECK(contains(row, R"(<td class="sys">ch2eu <i>node1</i> <i>api</i></td>)"));
  CHECK(contains(row, R"(<td class="app">shop <i>eu</i> <i>b2c</i></td>)"));
  CHECK(contains(row, R"(<td class="mod">orders.submit:214 <i>2.4.2</i></td>)"));
  CHECK(contains(row, R"(<td class="msg">order 7 accepted)"));
  CHECK(contains(row, "<i> basket=3</i>"));
  CHECK(contains(row, R"(<td class="exc"><details><summary>Late</summary><pre>Traceback)"));
  CHECK(contains(row, R"(<td class="stk"><details><summary>Stack</summary><pre>Stack)"));
}

TEST_CASE("the exception's type is found in any traceback") {
  struct Case {
    std::string trace, type;
  };
  const std::string frames = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\n";
  const Case cases[] = {
      {frames + "ValueError", "ValueError"},
      {frames + "ValueError: no: such\n", "ValueError"},
      {frames + "shop.errors.Late: by 3 s", "Late"},
      {frames + "f.<locals>.Local: x", "Local"},
      {frames + "ValueError: first line\nsecond line\nthird: line", "ValueError"},
      {frames + "OSError: a\n\nThe above exception was the direct cause of the following exception:\n\n" + frames +
           "B: c",
       "B"},
      {"ValueError: without a stack", "ValueError"},
      {"one\ntwo: three", "two"},
      {"  all\n  indented", "Exception"},
      {" \n", "Exception"},
      {": ", "Exception"},
      {"NoneType: None", "NoneType"},
  };
  Pages pages;
  std::vector<Row> rows;
  Texts expected;
  for (const auto& c : cases) {
    rows.push_back({.exc_text = c.trace});
    expected.push_back(c.type);
  }
  pages.add(rows);
  CHECK(all_between(page_of(pages, "/?old_row_first=asc"), R"(<td class="exc"><details><summary>)", "<") == expected);
}

TEST_CASE("record text is text, wherever it stands") {
  Pages pages;
  pages.add({hostile_row()});
  check_harmless(page_of(pages, "/patterns"));
  check_harmless(page_of(pages, "/systems"));
  for (const std::string target : {"/", "/record/1"}) {
    CAPTURE(target);
    const auto html = page_of(pages, target);
    check_harmless(html);
    CHECK(contains(html, "x&quot;&#39;&gt;&lt;script&gt;"));
    CHECK(contains(html, "[U+202E]"));
    CHECK(contains(html, "&lt;script&gt;k"));
    CHECK(contains(html, R"( class="error">)") == (target == "/"));
  }
}

TEST_CASE("what is searched for is text as well") {
  Pages pages;
  pages.add({{}});
  std::string encoded;
  for (const char c : hostile) encoded += c == '&' ? std::string{"%26"} : std::string{c};
  for (const std::string field : {"q", "t", "pattern", "SYSTEM_ID", "PRODUKT_ID", "starting_at", "notify_level",
                                  "max_rows", "before", "after", "nonsense"}) {
    CAPTURE(field);
    auto response = pages.get("/?" + field + '=' + encoded);
    check_harmless(response.body);
    CHECK(contains(response.body, "x&quot;&#39;&gt;&lt;script&gt;") == (field != "nonsense"));
  }
  check_harmless(pages.get("/nothing/" + hostile).body);
  check_harmless(pages.get("/record/" + hostile).body);
}

TEST_CASE("a page that only one sender made hostile is as long as others") {
  Pages pages;
  const std::string message(200'000, 'x'), trace(100'000, 'y'), json = "{\"a\":\"" + std::string(100'000, 'z') + "\"}";
  pages.add({{.message = message, .exc_text = trace, .stack_info = trace, .extra = json}});
  const auto html = page_of(pages, "/");
  CHECK(html.size() < 60'000);
  CHECK(contains(html, R"(<a href="/record/1">all 200,000 bytes</a>)"));
  CHECK(contains(html, R"(<a href="/record/1">All of it</a>)"));
  const auto record = page_of(pages, "/record/1");
  CHECK(contains(record, message));
  CHECK(contains(record, trace));
  CHECK(contains(record, std::string(100'000, 'z')));
}

TEST_CASE("a page is bounded in bytes, and goes on behind its last row") {
  Pages pages;
  const std::string message(1'000'000, 'x');
  for (int i = 0; i < 2; ++i) pages.add_many(10, {.message = message});
  const auto html = page_of(pages, "/?max_rows=20");
  const auto rows = count_of(html, R"(<td class="msg">)");
  CHECK(rows >= 10);
  CHECK(rows < 20);
  CHECK(link(html, "Older") == "/?max_rows=20&amp;before=" + std::to_string(20 - rows + 1));
}

TEST_CASE("pages follow each other in both directions and orders") {
  Pages pages;
  add_numbers(pages, 8);
  for (const bool asc : {false, true}) {
    CAPTURE(asc);
    const std::string onwards = asc ? "Newer" : "Older", back = asc ? "Older" : "Newer",
                      first = std::string{"/?max_rows=3"} + (asc ? "&amp;old_row_first=asc" : "");
    std::vector<Texts> there, here;
    std::string target = first, html;
    for (int page = 0; page < 3; ++page) {
      REQUIRE(!target.empty());
      html = page_of(pages, followed(target));
      there.push_back(messages(html));
      CHECK(link(html, back).empty() == (page == 0));
      target = link(html, onwards);
      CHECK(link(html, onwards + " records") == target);
    }
    CHECK(target.empty());
    if (asc) {
      CHECK(there == std::vector{numbers(1, 3), numbers(4, 6), numbers(7, 8)});
    } else {
      CHECK(there == std::vector{numbers(8, 6), numbers(5, 3), numbers(2, 1)});
    }
    for (target = link(html, back); !target.empty(); target = link(html, back)) {
      html = page_of(pages, followed(target));
      here.push_back(messages(html));
      REQUIRE(here.size() <= 3);
    }
    // The first page is shown whole again.
    REQUIRE(here.size() == 2);
    CHECK(here[0] == there[1]);
    CHECK(here[1] == there[0]);
  }
}

TEST_CASE("what comes in meanwhile does not move the older pages") {
  Pages pages;
  add_numbers(pages, 6);
  pages.add_many(5, {.message = "new"});
  CHECK(messages(page_of(pages, "/?max_rows=3&before=4")) == numbers(3, 1));
  CHECK(messages(page_of(pages, "/?max_rows=3&after=3")) == numbers(6, 4));
  CHECK(messages(page_of(pages, "/?max_rows=3&before=4&after=1")) == numbers(3, 1));
}

TEST_CASE("the fields filter, and say what they filter by") {
  Pages pages;
  pages.add({{.message = "one", .level = Level::debug, .source = {.produkt_id = "p", .system_id = "a"}, .received = 0},
             {.message = "two", .level = Level{25}, .source = {.system_id = "b", .sub_system_id = "s"}, .received = 60},
             {.message = "three 100%",
              .level = Level::error,
              .source = {.system_id = "b", .sub_sub_system_id = "t"},
              .received = 120},
             {.message = "four",
              .source = {.user_spec_1 = "u", .user_spec_2 = "v"},
              .site = {.module = "mailer", .funcname = "send"},
              .received = 180}});
  const auto time = format_local(at(120));
  struct Case {
    std::string parameters;
    Texts expected;
  };
  const Case cases[] = {
      {"", {"four", "three 100%", "two", "one"}},
      {"SYSTEM_ID=b", {"three 100%", "two"}},
      {"SYSTEM_ID=b&SUB_SYSTEM_ID=s", {"two"}},
      {"SUB_SUB_SYSTEM_ID=t", {"three 100%"}},
      {"PRODUKT_ID=p", {"one"}},
      {"USER_SPEC_1=u&USER_SPEC_2=v", {"four"}},
      {"SYSTEM_ID=None", {"four"}},
      {"SYSTEM_ID=not_selected&pattern=&notify_level=not_selected", {"four", "three 100%", "two", "one"}},
      {"pattern=O", {"four", "two", "one"}},
      {"pattern=100%25", {"three 100%"}},
      {"pattern=t_o", {"two"}},
      {"pattern=MAILER", {"four"}},
      {"pattern=send", {"four"}},
      {"pattern=not_selected", {"four", "three 100%", "two", "one"}},
      {"notify_level=40", {"three 100%"}},
      {"notify_level=error", {"three 100%"}},
      {"notify_level=21", {"three 100%", "two"}},
      {"notify_level=0", {"four", "three 100%", "two", "one"}},
      {"starting_at=" + time, {"four", "three 100%"}},
      {"starting_at=" + time.substr(0, 16), {"four", "three 100%"}},
      {"starting_at=" + time.substr(0, 4), {"four", "three 100%", "two", "one"}},
      {"max_rows=2", {"four", "three 100%"}},
      {"max_rows=not_selected", {"four", "three 100%", "two", "one"}},
      {"old_row_first=asc&max_rows=1", {"one"}},
      {"old_row_first=desc&max_rows=1", {"four"}},
      {"old_row_first=nonsense&max_rows=1", {"four"}},
      {"SYSTEM_ID=b&notify_level=40&pattern=three&starting_at=2026&max_rows=1", {"three 100%"}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.parameters);
    CHECK(messages(page_of(pages, "/?" + c.parameters)) == c.expected);
  }
  const auto html = page_of(pages, "/?SYSTEM_ID=gone&notify_level=25&pattern=a%22b&old_row_first=asc", 200);
  CHECK(contains(html, R"(<div class="field on" id="form_system_id">)"));
  CHECK(contains(html, R"(<option value="gone" selected>gone</option>)"));
  CHECK(contains(html, R"(<option value="25" selected>Level 25</option>)"));
  CHECK(contains(html, R"(value="a&quot;b")"));
  CHECK(contains(html, R"(<option value="asc" selected>)"));
  CHECK(contains(html, "<title>a&quot;b - psherald</title>"));
}

TEST_CASE("one request knows nothing of another") {
  Pages pages;
  add_numbers(pages, 3);
  CHECK(messages(page_of(pages, "/?pattern=m2&old_row_first=asc&max_rows=1")) == Texts{"m2"});
  const auto html = page_of(pages, "/");
  CHECK(messages(html) == numbers(3, 1));
  CHECK(!contains(html, "m2\""));
  CHECK(!contains(html, "field on"));
}

TEST_CASE("a search that cannot be understood says so at its field, and searches nothing") {
  Pages pages;
  add_numbers(pages, 3);
  struct Case {
    std::string parameters, cell, said;
  };
  const Case cases[] = {
      {"starting_at=yesterday", "form_starting_at", "&quot;yesterday&quot; is no time"},
      {"starting_at=2026-13", "form_starting_at", "&quot;2026-13&quot; is no time"},
      {"starting_at=2026-02-30", "form_starting_at", "is no time"},
      {"notify_level=loud", "form_notify_level", "&quot;loud&quot; is no level"},
      {"notify_level=" + std::string(100, 'x'), "form_notify_level", std::string(40, 'x') + "...&quot; is no level"},
      {"max_rows=0", "form_num_records", "is no number of records"},
      {"max_rows=-1", "form_num_records", "is no number of records"},
      {"max_rows=1e3", "form_num_records", "is no number of records"},
      {"max_rows=99999999999999999999", "form_num_records", "is no number of records"},
      {"before=x", "", "is no record"},
      {"after=0", "", "is no record"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.parameters);
    const auto html = page_of(pages, "/?pattern=m&" + c.parameters, 400);
    CHECK(messages(html).empty());
    CHECK(contains(html, "Nothing was searched"));
    CHECK(contains(html, c.said));
    if (!c.cell.empty()) {
      const auto cell = between(html, "id=\"" + c.cell + "\">", "</div>");
      CHECK(contains(html, "<div class=\"field bad"));
      CHECK(contains(cell, R"(aria-invalid="true" aria-describedby=")"));
      CHECK(contains(cell, c.said));
    }
  }
}

TEST_CASE("a page has as many rows as asked for, and no more than allowed") {
  WebApp::Options options;
  options.max_rows = 70;
  Pages pages{options};
  pages.add_many(80);
  for (const auto& [asked, given] :
       {std::pair{"", 50}, {"?max_rows=7", 7}, {"?max_rows=70", 70}, {"?max_rows=71", 70}, {"?max_rows=1000000", 70}})
    CHECK(count_of(page_of(pages, std::string{"/"} + asked), R"(<td class="msg">)") == static_cast<std::size_t>(given));
  CHECK(contains(page_of(pages, "/"), "<b>50</b> of <b>80</b> records, newest first"));
  CHECK(contains(page_of(pages, "/?pattern=t&max_rows=7"), "<b>7</b> matching records, of 80, newest first"));
  CHECK(contains(page_of(pages, "/?pattern=zzz"), "<b>0</b> records match, of 80<"));
  CHECK(contains(page_of(pages, "/?max_rows=1&q=text"), "<b>1</b> matching record, of 80<"));
}

TEST_CASE("a search without a match offers to leave out each of its filters") {
  Pages pages;
  add_numbers(pages, 3);
  const auto html = page_of(pages, "/?pattern=a%26b&SYSTEM_ID=x&notify_level=40&starting_at=2026&max_rows=9");
  CHECK(contains(html, "No record matches"));
  const auto ways = all_between(between(html, "<ul>", "</ul>"), "<a class=\"btn\" href=\"", "\"");
  CHECK(ways == Texts{"/?SYSTEM_ID=x&amp;notify_level=40&amp;starting_at=2026&amp;max_rows=9",
                      "/?pattern=a%26b&amp;notify_level=40&amp;starting_at=2026&amp;max_rows=9",
                      "/?pattern=a%26b&amp;SYSTEM_ID=x&amp;starting_at=2026&amp;max_rows=9",
                      "/?pattern=a%26b&amp;SYSTEM_ID=x&amp;notify_level=40&amp;max_rows=9"});
  CHECK(link(html, "All records") == "/");
  const auto beyond = page_of(pages, "/?before=1");
  CHECK(contains(beyond, "There is no record here"));
  CHECK(link(beyond, "Newer") == "/?after=1");
  CHECK(contains(page_of(pages, "/?pattern=m1&before=1"), "No further record matches"));
}

TEST_CASE("a search that takes too long says how far it came, and goes on from there") {
  WebApp::Options options;
  options.page_budget = std::chrono::milliseconds{0};
  Pages pages{options};
  pages.add({{.message = "oldest"}});
  pages.add_many(600);
  pages.add({{.message = "newest"}});
  for (const std::string order : {"", "&old_row_first=asc"}) {
    CAPTURE(order);
    auto html = page_of(pages, "/?pattern=est" + order);
    Texts found = messages(html);
    for (int pages_read = 0; contains(html, "Cut off after"); ++pages_read) {
      CHECK(contains(html, "complete as far as that"));
      const auto onwards = followed(link(html, "Search on"));
      REQUIRE(contains(onwards, "/?pattern=est"));
      html = page_of(pages, onwards);
      for (const auto& message : messages(html)) found.push_back(message);
      REQUIRE(pages_read < 1'000);
    }
    CHECK(found == (order.empty() ? Texts{"newest", "oldest"} : Texts{"oldest", "newest"}));
  }
}

TEST_CASE("each further day begins with its date") {
  Pages pages;
  pages.add({{.received = 0}, {.received = 10}, {.received = 3 * 86'400}, {.received = 5 * 86'400}});
  const auto html = page_of(pages, "/");
  CHECK(count_of(html, R"(<tr class="day">)") == 2);
}

TEST_CASE("beyond two hundred names the field is for typing") {
  Pages pages;
  std::vector<std::string> names;
  for (int i = 0; i < 201; ++i) names.push_back("n" + std::to_string(i));
  std::vector<Row> rows;
  for (const auto& name : names) rows.push_back({.source = {.produkt_id = "p", .system_id = name}});
  pages.add(rows);
  const auto html = page_of(pages, "/?SYSTEM_ID=n7");
  CHECK(contains(html, R"(<input id="SYSTEM_ID" name="SYSTEM_ID" value="n7")"));
  CHECK(contains(html, R"(<select id="PRODUKT_ID")"));
  CHECK(count_of(html, R"(<td class="msg">)") == 1);
}

TEST_CASE("until somebody sends a record the page says how") {
  struct Case {
    std::string ingest, python, shell;
  };
  const Case cases[] = {
      {"127.0.0.1:9020", "SocketHandler(<b>\"127.0.0.1\"</b>, 9020)", "emit --to 127.0.0.1:9020 "},
      {"0.0.0.0:9020", "SocketHandler(<b>\"127.0.0.1\"</b>, 9020)", "emit --to 127.0.0.1:9020 "},
      {"[::]:9020", "SocketHandler(<b>\"::1\"</b>, 9020)", "emit --to [::1]:9020 "},
      {"[::1]:7", "SocketHandler(<b>\"::1\"</b>, 7)", "emit --to [::1]:7 "},
      {"unix:/run/<p>", "SocketHandler(<b>\"/run/&lt;p&gt;\"</b>, None)", ""},
      {"", "", ""},
  };
  for (const auto& c : cases) {
    CAPTURE(c.ingest);
    WebApp::Options options;
    options.ingest = c.ingest;
    Pages pages{options};
    const auto html = page_of(pages, "/");
    CHECK(contains(html, "nobody has sent a record yet"));
    CHECK(contains(html, R"(<meta http-equiv="refresh")"));
    CHECK(contains(html, "SocketHandler(") == !c.python.empty());
    CHECK(contains(html, c.python));
    CHECK(contains(html, "psherald emit") == !c.shell.empty());
    CHECK(contains(html, c.shell));
  }
}

TEST_CASE("who waits for the first record reads where it is kept, and what was refused") {
  WebApp::Options options;
  options.ingest = "127.0.0.1:9020";
  Pages pages{options};
  pages.add({{.message = "a frame from <127.0.0.1> was refused", .level = Level::warning, .flags = Flag::own}});
  const auto html = pages.get("/", {{"Host", "127.0.0.1:9021"}}).body;
  CHECK(contains(html, "http://127.0.0.1:9021/api/v1/ingest"));
  CHECK(contains(html, ".url = <b>\"http://127.0.0.1:9020\"</b>"));
  CHECK(contains(html, "psherald import --database "));
  CHECK(contains(html, "GB of room"));
  CHECK(contains(between(html, "Nothing comes?", "</section>"), "a frame from &lt;127.0.0.1&gt; was refused"));
}

TEST_CASE("what psherald itself writes does not end the waiting, but can be looked at") {
  Pages pages;
  pages.add({{.message = "receiving records", .flags = Flag::own}});
  auto html = page_of(pages, "/");
  CHECK(contains(html, "nobody has sent a record yet"));
  CHECK(messages(page_of(pages, link(html, "show it"))) == Texts{"receiving records"});
  pages.add({{.message = "first"}});
  html = page_of(pages, "/");
  CHECK(messages(html) == Texts{"first", "receiving records"});
  CHECK(!contains(html, "refresh"));
}

TEST_CASE("a record has a page with all that is known of it") {
  Pages pages;
  add_numbers(pages, 2);
  pages.add({{.message = "two\nlines",
              .level = Level::critical,
              .source = {"prod", "sys", "sub", "subsub", "spec1", "spec2", "api"},
              .site = {"logger", "/a/file.py", "file.py", "mod", "func", "FATAL", "1.2", 77},
              .exc_text = "the trace",
              .stack_info = "the stack",
              .extra = R"({"order":4711,"note":"n"})"}});
  pages.add({{}});
  const auto html = page_of(pages, "/record/3");
  CHECK(contains(html, R"(class="detail fatal critical")"));
  CHECK(contains(html, "FATAL <small>record 3</small></h1>"));
  CHECK(contains(html, R"(<pre class="message">two)"
                       "\nlines</pre>"));
  CHECK(contains(html, "<dt>received</dt><dd>" + format_local(at(0))));
  CHECK(contains(html, format_utc(at(0))));
  CHECK(contains(html, "1.250 s before, by the sender's clock"));
  CHECK(contains(html, R"(<pre class="tb">the trace</pre>)"));
  CHECK(contains(html, R"(<pre class="tb plain">the stack</pre>)"));
  for (const std::string value :
       {"system_id</dt><dd>sys<", "sub_system_id</dt><dd>sub<", "sub_sub_system_id</dt><dd>subsub<",
        "produkt_id</dt><dd>prod<", "user_spec_1</dt><dd>spec1<", "user_spec_2</dt><dd>spec2<",
        "api_version</dt><dd>api<", "logger</dt><dd>logger<", "level</dt><dd>50<", "module</dt><dd>mod<",
        "function</dt><dd>func<", "line</dt><dd>77<", "file</dt><dd>/a/file.py<", "package_version</dt><dd>1.2<",
        "<dt>order</dt><dd>4711<", "<dt>note</dt><dd>n<"}) {
    CAPTURE(value);
    CHECK(contains(html, value));
  }
  CHECK(link(html, "Newer") == "/record/4");
  CHECK(link(html, "Older") == "/record/2");
  CHECK(link(html, "In the log") == "/?around=3");
  CHECK(link(page_of(pages, "/record/4"), "Newer").empty());
  CHECK(link(page_of(pages, "/record/1"), "Older").empty());
  CHECK(!contains(page_of(pages, "/record/4"), "None"));
}

TEST_CASE("what is no record has no page") {
  Pages pages;
  add_numbers(pages, 5);
  pages.store.prune({.since = at(2)});
  for (const std::string id : {"1", "2", "6", "0", "-1", "+3", "3x", "x", "", "3/", "99999999999999999999", " 3"}) {
    CAPTURE(id);
    page_of(pages, "/record/" + id, 404);
  }
  CHECK(link(page_of(pages, "/record/3"), "Older").empty());
}

TEST_CASE("every page can be read with a keyboard and by ear") {
  Pages pages;
  pages.add({{.exc_text = "a"}});
  for (const std::string target : {"/", "/record/1", "/rm_logs", "/?pattern=none", "/?max_rows=x", "/nothing"}) {
    CAPTURE(target);
    const auto html = pages.get(target).body;
    CHECK(contains(html, R"(<a class="skip" href="#contents">)"));
    CHECK(count_of(html, R"( id="contents")") == 1);
    CHECK(count_of(html, "<h1") == 1);
    CHECK(count_of(html, "<main") == 1);
    CHECK(contains(html, "<title>"));
    // The only script is a file of ours: what stands in the page would not run.
    CHECK(count_of(html, "<script") == 1);
    CHECK(!contains(html, " style="));
    CHECK(!contains(html,
                    " on"
                    "click"));
    CHECK(!contains(html, "http://"));
    CHECK(!contains(html, "https://"));
  }
}

TEST_SUITE_END();
