#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>

#include "record/sha256.hpp"
#include "watch/calendar.hpp"
#include "watch/condition.hpp"
#include "watch/desk.hpp"
#include "watch/judge_case.hpp"
#include "watch/judge_silence.hpp"
#include "watch/message_text.hpp"
#include "watch/outbox.hpp"
#include "watch/redact.hpp"
#include "watch/rule_set.hpp"
#include "watch/wording.hpp"

using namespace psherald;
using namespace psherald::watch;
using namespace std::chrono_literals;

TEST_SUITE_BEGIN("watch");

namespace {

constexpr Timestamp start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};  // a Monday

Timestamp utc(int month, int day, int hour, int minute = 0) {
  return Timestamp{std::chrono::sys_days{std::chrono::year{2026} / month / day}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute};
}

Calendar berlin() { return {TimeZone::find("Europe/Berlin").value(), {}}; }

Rule heartbeat(std::chrono::hours age) {
  Rule rule;
  rule.name = "shop heartbeat";
  rule.kind = Rule::Kind::heartbeat;
  rule.condition = std::to_string(age.count()) + "h";
  rule.system = "shop";
  return rule;
}
Rule pattern(const std::string& text) {
  Rule rule;
  rule.name = "shop pattern";
  rule.condition = "\"" + text + "\"";
  rule.system = "shop";
  return rule;
}

std::string error_of(const Rule& rule) {
  const auto checked = check_rule(rule);
  return checked ? "" : checked.error().text;
}

}  // namespace

// ---- zones and calendars

TEST_CASE("a zone knows summer and winter, in its file's list and behind it") {
  const auto zone = TimeZone::find("Europe/Berlin").value();
  CHECK(zone.offset(utc(1, 5, 12)) == 1h);
  CHECK(zone.offset(utc(7, 5, 12)) == 2h);
  CHECK(zone.offset(utc(3, 29, 0, 59)) == 1h);
  CHECK(zone.offset(utc(3, 29, 1, 0)) == 2h);
  const Timestamp far{std::chrono::sys_days{std::chrono::year{2090} / 7 / 1}};
  CHECK(zone.offset(far) == 2h);
  CHECK(TimeZone::find("America/New_York").value().offset(utc(7, 5, 12)) == -4h);
  CHECK(TimeZone::find("UTC").value().offset(far) == 0h);
  CHECK_FALSE(TimeZone::find("Europe/Atlantis").has_value());
  CHECK_FALSE(TimeZone::find("../../etc/passwd").has_value());
}

TEST_CASE("a rule of TZ is a zone, south of the equator too") {
  const auto sydney = TimeZone::from_rule("AEST-10AEDT,M10.1.0,M4.1.0/3").value();
  CHECK(sydney.offset(utc(1, 5, 12)) == 11h);
  CHECK(sydney.offset(utc(7, 5, 12)) == 10h);
  const auto india = TimeZone::from_rule("<+0530>-5:30").value();
  CHECK(india.offset(utc(7, 5, 12)) == 5h + 30min);
  for (const char* wrong : {"", "X", "CET", "CET-1CEST", "CET-1CEST,M13.1.0,M4.1.0", "CET-1CEST,M3.5.0,M10.5.0/3 "})
    CHECK_FALSE(TimeZone::from_rule(wrong).has_value());
}

TEST_CASE("half a file of a zone is none") {
  std::string bytes = "TZif2";
  CHECK_FALSE(TimeZone::read(bytes, "x").has_value());
  bytes.resize(44, '\xff');
  CHECK_FALSE(TimeZone::read(bytes, "x").has_value());
}

TEST_CASE("hours are parts of the week in their zone, over midnight and the change to summer") {
  const auto calendar = berlin();
  const auto office = Hours::parse("Mon-Fri 08:00-18:00, Sat 09:00-12:00").value();
  CHECK_FALSE(office.contains(utc(1, 5, 6, 59), calendar));
  CHECK(office.contains(utc(1, 5, 7, 0), calendar));
  CHECK(office.contains(utc(7, 6, 6, 0), calendar));  // an hour earlier by UTC
  CHECK_FALSE(office.contains(utc(1, 5, 17, 0), calendar));
  CHECK(office.contains(utc(1, 10, 8, 30), calendar));
  CHECK_FALSE(office.contains(utc(1, 11, 8, 30), calendar));
  CHECK(office.within(utc(1, 5, 0), utc(1, 12, 0), calendar) == 53h);
  const auto night = Hours::parse("Fri-Sun 22:00-06:00").value();
  CHECK(night.contains(utc(1, 9, 21, 0), calendar));
  CHECK(night.contains(utc(1, 10, 4, 59), calendar));
  CHECK(night.contains(utc(1, 12, 4, 59), calendar));  // from Sunday on
  CHECK_FALSE(night.contains(utc(1, 12, 21, 0), calendar));
  // The day of the change has an hour less.
  CHECK(Hours::parse("00:00-24:00").value().within(utc(3, 28, 23), utc(3, 29, 22), calendar) == 23h);
}

TEST_CASE("holidays have no hours") {
  auto calendar = berlin();
  calendar.holidays.insert(parse_date("2026-01-06").value());
  const auto office = Hours::parse("Mon-Fri 08:00-18:00").value();
  CHECK(office.within(utc(1, 5, 0), utc(1, 9, 0), calendar) == 30h);
  CHECK_FALSE(parse_date("2026-02-30").has_value());
  CHECK_FALSE(parse_date("25.12.2026").has_value());
}

TEST_CASE("what is due comes when cron would run it") {
  struct Case {
    const char* text;
    Timestamp behind, next;
  };
  const std::vector<Case> table{
      {"0 2 * * *", utc(1, 5, 0), utc(1, 5, 1)},
      {"0 2 * * *", utc(1, 5, 1), utc(1, 6, 1)},
      {"*/15 * * * *", utc(1, 5, 0, 1), utc(1, 5, 0, 15)},
      {"30 6 * * Mon-Fri", utc(1, 9, 12), utc(1, 12, 5, 30)},
      {"0 0 13 * 5", utc(1, 5, 0), utc(1, 8, 23)},  // the 13th, or a Friday
      {"0 12 29 2 *", utc(3, 1, 0), Timestamp{std::chrono::sys_days{std::chrono::year{2028} / 2 / 29}} + 11h},
      {"@weekly", utc(1, 5, 0), utc(1, 11, 23)},
      {"Mon..Fri 06:30", utc(1, 9, 12), utc(1, 12, 5, 30)},
      {"*-*-01 02:00", utc(1, 5, 0), utc(2, 1, 1)},
      {"30 2 * * *", utc(3, 28, 12), utc(3, 29, 1, 30)},    // there is no half past two that night
      {"30 2 * * *", utc(10, 24, 12), utc(10, 25, 0, 30)},  // there are two, and it comes with the first
      {"30 2 * * *", utc(10, 25, 0, 30), utc(10, 26, 1, 30)},
  };
  for (const auto& c : table) {
    CAPTURE(c.text);
    CHECK(Due::parse(c.text).value().next(c.behind, berlin()) == c.next);
  }
  CHECK(Due::parse("0 0 30 2 *").value().next(start, berlin()) == Timestamp::max());
  for (const char* wrong :
       {"", "60 * * * *", "* * * *", "* * * * * *", "*/0 * * * *", "tomorrow", "0 2 * * Foo", "25:00"})
    CHECK_FALSE(Due::parse(wrong).has_value());
}

// ---- rules

TEST_CASE("a key is its values, whatever they hold") {
  const std::vector<std::string> values{"a/b", "50%", "", "c%2Fd"};
  CHECK(join_key(values) == "a%2Fb/50%25//c%252Fd");
  CHECK(split_key(join_key(values)) == values);
  CHECK(join_key({"a", "b/c"}) != join_key({"a/b", "c"}));
}

TEST_CASE("what is wrong with a rule is said with what to write") {
  struct Case {
    Rule::Kind kind;
    const char *condition, *part;
  };
  using Kind = Rule::Kind;
  const std::vector<Case> table{{Kind::heartbeat, "soon", "\"learn\", or \"due\""},
                                {Kind::heartbeat, "due", "\"0 2 * * *\""},
                                {Kind::pattern, "", "every record"},
                                {Kind::pattern, "\"open", "column"},
                                {Kind::rate, "100 in 5m", "\"> 100 in 5m\""},
                                {Kind::rate, "> many in 5m", "\"> 100 in 5m\""},
                                {Kind::rate, "< 0 in 5m", "never hold"},
                                {Kind::rate, "> 3x in 10s", "between 5m and 1d"},
                                {Kind::gap, "< 1 in 1h", "missing records"},
                                {Kind::disk, "> 90", "\"> 90%\""},
                                {Kind::disk, "< 10%", "\"< 2G\""},
                                {Kind::lag, "10", "\"1h30m\""}};
  for (const auto& c : table) {
    CAPTURE(c.condition);
    Rule rule;
    rule.name = "x";
    rule.kind = c.kind;
    rule.condition = c.condition;
    CHECK(error_of(rule).find(c.part) != std::string::npos);
  }
  Rule good;
  good.name = "x";
  good.kind = Rule::Kind::rate;
  good.condition = ">100 in 1h30m";
  CHECK(error_of(good) == "");
  good.by = {"id"};
  CHECK(error_of(good).find("by: ") == 0);
}

TEST_CASE("many filters as one find what each of them finds") {
  const std::vector<std::string> queries{"disk",
                                         "\"disk full\" level>=error",
                                         "system:shop",
                                         "-disk",
                                         "/dis[kc] fu/",
                                         "system:shop (timeout or disk)",
                                         "level>=error or refused",
                                         "message:d*l",
                                         "attr.n>3",
                                         "exception:KeyError",
                                         "logger:a disk",
                                         "STRASSE",
                                         "*"};
  std::vector<Filter> filters;
  std::vector<const Filter*> pointers;
  for (const auto& query : queries) filters.push_back(parse_filter(query).value());
  for (const auto& filter : filters) pointers.push_back(&filter);
  const TimeBase base{start, Zone::utc()};
  RuleSet set{pointers, base};
  RecordBatch batch;
  for (const char* system : {"shop", "web"})
    for (const auto level : {Level::info, Level::error})
      for (const char* message : {"Disk FULL", "timeout", "connection refused", "nothing", "stra\u00DFe", "dial", ""})
        for (const char* trace : {"", "KeyError: disk"}) {
          Record record;
          Source source;
          Site site;
          source.system_id = system;
          site.name = level == Level::info ? "a" : "b";
          record.level = level;
          record.message = message;
          record.exc_text = trace;
          record.extra = level == Level::info ? R"({"n":5})" : R"({"n":1})";
          batch.append(record, source, site);
        }
  for (const auto& record : batch.records()) {
    auto found = set.matching(batch, record);
    std::sort(found.begin(), found.end());
    std::vector<std::uint32_t> expected;
    for (std::uint32_t i = 0; i < filters.size(); ++i)
      if (Matcher{filters[i], base}(batch, record)) expected.push_back(i);
    CAPTURE(std::string{record.message});
    CHECK(found == expected);
  }
}

TEST_CASE("hold times double from the third opening within a day on, up to four hours") {
  CHECK(hold_for(0s, 1) == 0s);
  CHECK(hold_for(0s, 2) == 0s);
  CHECK(hold_for(0s, 3) == 10min);
  CHECK(hold_for(0s, 4) == 20min);
  CHECK(hold_for(15min, 2) == 15min);
  CHECK(hold_for(15min, 3) == 30min);
  CHECK(hold_for(0s, 30) == 4h);
  CHECK(hold_for(6h, 30) == 6h);
}

TEST_CASE("secrets are taken out of what people read") {
  const Redactor redact{{"cust-[0-9]+"}, true};
  const std::vector<std::pair<std::string, std::string>> table{
      {"login password=hunter2 ok", "login password=*** ok"},
      {R"({"password": "a b", "user": "x"})", R"({"password": ***, "user": "x"})"},
      {"sent Bearer abcdefghij", "sent Bearer ***"},
      {"GET https://anna:secret@db.example/x", "GET https://***@db.example/x"},
      {"jwt eyJhbGciOi.eyJzdWIi.abc_-1 end", "jwt *** end"},
      {"api_key=XYZ&next=1", "api_key=***&next=1"},
      {"-----BEGIN RSA PRIVATE KEY-----\nMII\nabc\n-----END RSA PRIVATE KEY-----\nafter", "***\nafter"},
      {"-----BEGIN PRIVATE KEY-----\ncut off", "***"},
      {"for cust-42", "for ***"},
      {"the passport of anna", "the passport of anna"}};
  for (const auto& [text, shown] : table) CHECK(redact(text) == shown);
  CHECK(redact("Authorization: Bearer abc.def-123456").find("abc") == std::string::npos);
  CHECK_THROWS_AS((Redactor{{"("}, true}), Error);
}

// ---- who hears what when

namespace {

Notice notice_of(const std::string& receiver, const std::string& rule, Alert::Kind kind, Tau at) {
  auto incident = std::make_shared<Incident>();
  incident->rule = rule;
  return {1, receiver, rule, incident, kind, at};
}

Desk::Settings usual() {
  return {1s, 5s, 10, 10min, [](const std::string&) -> Tau { return 5min; }};
}

}  // namespace

TEST_CASE("what opens within a second is one message, and waits for five at most") {
  Desk desk;
  for (int i = 0; i < 20; ++i) desk.add(notice_of("ops", "alive", Alert::Kind::open, 100s + i * 500ms));
  CHECK(desk.take_due(104s, false, usual()).empty());
  CHECK(desk.wake() == 105s);
  const auto groups = desk.take_due(105s, false, usual());
  REQUIRE(groups.size() == 1);
  CHECK(groups.front().notices.size() == 20);
  desk.add(notice_of("ops", "alive", Alert::Kind::open, 110s));
  CHECK(desk.take_due(300s, false, usual()).empty());
  CHECK(desk.wake() == 405s);
  CHECK(desk.take_due(405s, false, usual()).size() == 1);
}

TEST_CASE("no more than ten messages in ten minutes, and then one of all the rest") {
  Desk desk;
  std::size_t messages = 0;
  for (int i = 0; i < 40; ++i) {
    desk.add(notice_of("ops", "rule " + std::to_string(i), Alert::Kind::open, 100s + i * 2s));
    messages += desk.take_due(102s + i * 2s, false, usual()).size();
  }
  CHECK(messages == 10);
  CHECK(desk.take_due(600s, false, usual()).empty());
  const auto groups = desk.take_due(desk.wake(), false, usual());
  REQUIRE(groups.size() == 1);
  CHECK(groups.front().digest);
  CHECK(groups.front().notices.size() == 30);
}

TEST_CASE("another receiver and another rule wait for nobody") {
  Desk desk;
  desk.add(notice_of("ops", "a", Alert::Kind::open, 100s));
  CHECK(desk.take_due(101s, false, usual()).size() == 1);
  desk.add(notice_of("ops", "b", Alert::Kind::open, 102s));
  desk.add(notice_of("boss", "a", Alert::Kind::open, 102s));
  CHECK(desk.take_due(103s, false, usual()).size() == 2);
}

// ---- telling

TEST_CASE("the same decision gets the same name, another one another") {
  const auto hex = [](std::string_view text) {
    std::string out;
    for (const auto byte : sha256(text)) out += "0123456789abcdef"[byte >> 4], out += "0123456789abcdef"[byte & 15];
    return out;
  };
  // FIPS 180-2, appendix B, and the lengths around a block's end.
  CHECK(hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(std::string(64, 'a')) == "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
  CHECK(hex(std::string(55, 'a')) == "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");

  auto notice = notice_of("shop", "shop heartbeat", Alert::Kind::open, 0s);
  notice.incident->id = 7;
  const auto uid = uid_of("origin", notice, "mail");
  CHECK(uid.size() == 26);
  CHECK(uid == uid_of("origin", notice, "mail"));
  Notice other = notice;
  other.kind = Alert::Kind::resolve;
  CHECK(uid != uid_of("origin", other, "mail"));
  CHECK(uid != uid_of("origin", notice, "webhook"));
  CHECK(uid != uid_of("another", notice, "mail"));
  notice.incident->reminders = 1;
  CHECK(uid != uid_of("origin", notice, "mail"));
}

TEST_CASE("a message that was not taken is tried again later and later") {
  CHECK(retry_after(1) == 10s);
  CHECK(retry_after(2) == 30s);
  CHECK(retry_after(3) == 1min);
  CHECK(retry_after(4) == 2min);
  CHECK(retry_after(5) == 5min);
  CHECK(retry_after(500) == 5min);
}

namespace {

Story story(Rule rule, std::vector<Alert::Kind> kinds) {
  Story s;
  s.rule = std::move(rule);
  s.host = "herald1";
  s.wall = start + 3h;
  s.tau = 3h;
  Incident incident;
  incident.id = 41;
  incident.opened = 2h;
  incident.last_true = 2h + 30min;
  incident.count = 1;
  s.episodes.push_back({incident, std::move(kinds)});
  return s;
}

Line line(std::string_view message) {
  Line l;
  l.id = 7;
  l.received = start + 2h;
  l.level = "ERROR";
  l.who = "shop/h1";
  l.where = "pool.get:31";
  l.message = message;
  return l;
}

}  // namespace

TEST_CASE("the subject is ps.herald's, and tells a reminder and an end apart") {
  auto s = story(heartbeat(2h), {Alert::Kind::open});
  CHECK(word(s).subject == "neelix  shop  SYSTEM HEARTBEAT FAILURE");
  CHECK(word(s).kind == Alert::Kind::open);
  s.episodes.back().kinds = {Alert::Kind::remind};
  CHECK(word(s).subject == "neelix  shop  still SYSTEM HEARTBEAT FAILURE");
  s.episodes.back().incident.phase = Incident::Phase::resolved;
  s.episodes.back().kinds = {Alert::Kind::resolve};
  CHECK(word(s).subject == "neelix  shop  OVER SYSTEM HEARTBEAT FAILURE");
  s.episodes.back().incident.phase = Incident::Phase::gone;
  s.episodes.back().kinds = {Alert::Kind::gone};
  CHECK(word(s).subject == "neelix  shop  GIVEN UP SYSTEM HEARTBEAT FAILURE");

  auto p = story(pattern("disk"), {Alert::Kind::open, Alert::Kind::resolve});
  p.episodes.back().incident.phase = Incident::Phase::resolved;
  CHECK(word(p).subject == "neelix  shop  PATTERN FOUND (over)");
}

TEST_CASE("a message names host, system, cause and rule, and shows the lines") {
  auto s = story(pattern("disk full"), {Alert::Kind::open});
  s.rule.written = "MSG = disk full (ps_neelix.cfg, line 3)";
  s.matches = {line("disk full on db1")};
  s.matches.back().traceback = "Traceback\n  File \"a.py\"\nOSError: full\n";
  s.around = {line("before"), line("disk full on db1")};
  s.around.back().marked = true;
  const auto words = word(s);
  for (const char* expected : {"PATTERN FOUND: shop", "herald1", "[shop]", "MSG = disk full (ps_neelix.cfg, line 3)",
                               "ERROR shop/h1 pool.get:31", "disk full on db1", "OSError: full", "* "}) {
    CAPTURE(expected);
    CHECK(words.text.find(expected) != std::string::npos);
    CHECK(words.html.find(expected) != std::string::npos);
  }
}

TEST_CASE("text from anywhere stays text: no markup, no further line, nothing that turns others around") {
  auto s = story(pattern("x"), {Alert::Kind::open});
  s.rule.system = "<b>\r\nBcc: a@b";
  s.matches = {line("<script>alert(1)</script>\r\nSystem       faked\x1b[31m\0\xE2\x80\xAE&\xff")};
  const auto words = word(s);
  CHECK(words.html.find("<script") == std::string::npos);
  CHECK(words.html.find("<b>") == std::string::npos);
  CHECK(words.html.find("&lt;script&gt;") != std::string::npos);
  CHECK(words.text.find("\nSystem       faked") == std::string::npos);
  CHECK(words.text.find(" \\n System") != std::string::npos);
  CHECK(words.subject.find_first_of("\r\n") == std::string::npos);
  for (const std::string_view hidden : {"\x1b", "\r", "\xE2\x80\xAE", "\xff"}) {
    CHECK(words.text.find(hidden) == std::string::npos);
    CHECK(words.html.find(hidden) == std::string::npos);
  }
}

TEST_CASE("a message stays below its limits, whatever was logged") {
  auto s = story(pattern("x"), {Alert::Kind::open});
  s.rule.system = std::string(5'000, 'x');
  for (int i = 0; i < 2'000; ++i) s.matches.push_back(line(std::string(100'000, '"')));
  s.matches.front().traceback = std::string(100'000, '\n');
  const auto words = word(s);
  CHECK(words.subject.size() == 120);
  CHECK(words.subject.ends_with("..."));
  CHECK(words.text.size() < 70'000);
  CHECK(words.html.size() < 90'000);
  CHECK(words.html.ends_with("</body></html>\n"));
}

TEST_CASE("earlier bursts stand in the same message, the newest of them") {
  auto s = story(pattern("x"), {Alert::Kind::open});
  for (int i = 0; i < 30; ++i)
    s.episodes.insert(s.episodes.begin(), {s.episodes.front().incident, {Alert::Kind::open, Alert::Kind::resolve}});
  const auto text = word(s).text;
  CHECK(text.find("Before that\n(10 more)\n") != std::string::npos);
}

TEST_CASE("psherald's own words say what, who and for how long, and how to quiet it") {
  Rule rule;
  rule.name = "alive";
  rule.kind = Rule::Kind::heartbeat;
  rule.condition = "10m";
  auto s = story(rule, {Alert::Kind::open});
  s.episodes.back().incident.key = s.episodes.back().incident.title = "shop";
  s.last_record = start + 2h + 50min;
  s.link = "https://logs.example";
  s.episodes.back().incident.first_id = 81723;
  const auto words = word(s);
  CHECK(words.subject.starts_with("[psherald] SILENT shop (alive): nothing for 10 min, last "));
  for (const char* expected : {"psherald ack 41", "psherald silence --rule 'alive' --key 'shop' --for 2h",
                               "https://logs.example/record/81723"})
    CHECK(words.text.find(expected) != std::string::npos);
  s.keys = 3;
  for (int i = 0; i < 2; ++i) s.episodes.push_back(s.episodes.front());
  CHECK(word(s).subject.find("network or port") != std::string::npos);
}

TEST_CASE("a key that is a command of a shell stays a word") {
  Rule rule;
  rule.name = "x'; rm -rf /; '";
  rule.condition = "y";
  auto s = story(rule, {Alert::Kind::open});
  CHECK(word(s).text.find(R"(--rule 'x'\''; rm -rf /; '\''')") != std::string::npos);
}

TEST_CASE("durations are said in their two largest units") {
  const std::vector<std::pair<Tau, std::string>> table{{0s, "0 s"},      {-5s, "0 s"},
                                                       {59s, "59 s"},    {601s, "10 min 1 s"},
                                                       {2h, "2 h"},      {2h + 5min + 9s, "2 h 5 min"},
                                                       {25h, "1 d 1 h"}, {24h + 5min, "1 d"}};
  for (const auto& [duration, text] : table) CHECK(duration_text(duration) == text);
}

TEST_SUITE_END();
