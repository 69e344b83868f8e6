#include "psherald/fingerprint.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "query/variants.hpp"

using namespace psherald;

TEST_SUITE_BEGIN("query");

namespace {

// What the truth says that a line belongs to, and where its fingerprint puts it.
struct Placed {
  std::string truth;
  std::uint64_t fingerprint;
};

std::vector<Placed> place_all(const std::string& file, const char* truth,
                              std::uint64_t (*fingerprint_of)(const simdjson::dom::element&)) {
  std::ifstream lines{PSHERALD_TEST_DATA "/watch/" + file};
  REQUIRE(lines.good());
  simdjson::dom::parser parser;
  std::vector<Placed> placed;
  for (std::string line; std::getline(lines, line);) {
    const simdjson::dom::element object = parser.parse(line);
    placed.push_back({simdjson::minify(object[truth].value()), fingerprint_of(object)});
  }
  return placed;
}

std::uint64_t of_message(std::string_view text) {
  Record record;
  record.message = text;
  return fingerprint(record, {});
}
std::uint64_t of_traceback(std::string_view text) {
  Record record;
  record.exc_text = text;
  return fingerprint(record, {});
}

double pairs(std::size_t count) { return static_cast<double>(count) * static_cast<double>(count - 1) / 2; }
template <class Key>
double pairs_within(const std::vector<Placed>& all, const Key& key) {
  std::map<decltype(key(all.front())), std::size_t> groups;
  for (const auto& one : all) ++groups[key(one)];
  double sum = 0;
  for (const auto& [name, count] : groups) sum += pairs(count);
  return sum;
}
// Of pairs of lines that belong together: harmonic mean of those found among the true and of those true among the
// found.
double f1(const std::vector<Placed>& all) {
  const double both = pairs_within(all, [](const Placed& p) { return std::pair{p.truth, p.fingerprint}; });
  return 2 * both /
         (pairs_within(all, [](const Placed& p) { return p.truth; }) +
          pairs_within(all, [](const Placed& p) { return p.fingerprint; }));
}

}  // namespace

TEST_CASE("messages of one template share a fingerprint, and none of two do") {
  const auto all = place_all("messages.jsonl", "group", [](const simdjson::dom::element& line) {
    return of_message(line["message"].get_string());
  });
  CHECK(all.size() == 720);
  CHECK(f1(all) >= 0.94);
  std::map<std::uint64_t, std::set<std::string>> merged;
  for (const auto& [truth, fingerprint] : all) merged[fingerprint].insert(truth);
  for (const auto& [fingerprint, truths] : merged) CHECK(truths.size() == 1);
}

TEST_CASE("with their call sites, messages of one template are one group in nearly all cases") {
  std::ifstream lines{PSHERALD_TEST_DATA "/watch/messages.jsonl"};
  struct Variants {
    std::uint64_t first = 0;
    std::string form{};
    std::size_t count = 0;
  };
  std::map<std::int64_t, std::vector<Variants>> by_site;
  std::map<std::uint64_t, std::pair<std::int64_t, std::size_t>> known;  // which of which site
  std::vector<Placed> all;
  simdjson::dom::parser parser;
  for (std::string line; std::getline(lines, line);) {
    const simdjson::dom::element object = parser.parse(line);
    const std::string_view message = object["message"].get_string();
    const std::int64_t site = object["site"];
    all.push_back({simdjson::minify(object["group"].value()), of_message(message)});
    auto& variants = by_site[site];
    if (known.contains(all.back().fingerprint)) continue;
    std::size_t place = 0;
    std::optional<std::string> form;
    for (; place < variants.size() && !form; ++place)
      form = query::common_form(variants[place].form, normalised_message(message));
    if (form)
      variants[--place].form = *form;
    else
      variants.push_back({all.back().fingerprint, normalised_message(message)});
    ++variants[place].count;
    known[all.back().fingerprint] = {site, place};
  }
  CHECK(f1(all) == doctest::Approx(0.954).epsilon(0.001));
  for (auto& one : all) {
    const auto& [site, place] = known[one.fingerprint];
    const auto& variants = by_site[site][place];
    if (variants.count > query::variants_told_apart) one.fingerprint = variants.first;
  }
  CHECK(f1(all) >= 0.98);
}

TEST_CASE("messages of a call site have a form in common when a quarter of their words differ at most") {
  struct Case {
    const char *known, *other, *form;  // no form: ""
  };
  const Case cases[] = {
      {"queue stock is full", "queue mail is full", "queue <*> is full"},
      {"queue stock is full", "queue mail was full", ""},
      {"queue <*> is full", "queue mail is full", "queue <*> is full"},
      {"queue <*> is full", "queue mail is empty", ""},
      {"queue stock", "queue mail", ""},
      {"queue stock is full", "queue stock is full now", ""},
      {"queue stock is full", "", ""},
      {"a b c d e f g h", "a b c D e f g H", "a b c <*> e f g <*>"},
      {"stock is full now", "mail is full now", "<*> is full now"},
  };
  for (const auto& c : cases) {
    CAPTURE(c.known);
    CAPTURE(c.other);
    CHECK(query::common_form(c.known, c.other).value_or("") == c.form);
  }
}

TEST_CASE("a call site is logger, function and line, and none where a traceback tells") {
  Record record;
  const Site site{.name = "shop", .funcname = "pay", .lineno = 7};
  const auto known = query::call_site(record, site);
  CHECK(known == 0xc1a121806d235047u);  // stores keep it
  CHECK(query::call_site(record, {.name = "shop", .funcname = "pay", .lineno = 8}) != known);
  CHECK(query::call_site(record, {.name = "shop", .funcname = "buy", .lineno = 7}) != known);
  CHECK(query::call_site(record, {.name = "web", .funcname = "pay", .lineno = 7}) != known);
  CHECK_FALSE(query::call_site(record, {.name = "shop", .funcname = "pay"}));
  record.exc_text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 1\n";
  CHECK_FALSE(query::call_site(record, site));
}

TEST_CASE("a bug has one fingerprint, whatever called it and in which release") {
  const auto all = place_all("tracebacks.jsonl", "bug", [](const simdjson::dom::element& line) {
    return of_traceback(line["text"].get_string());
  });
  CHECK(all.size() == 240);
  std::set<std::uint64_t> groups;
  for (const auto& one : all) groups.insert(one.fingerprint);
  CHECK(groups.size() == 40);
  CHECK(f1(all) == doctest::Approx(1.0));
}

TEST_CASE("what varies in a message becomes its name") {
  struct Case {
    const char *message, *normalised;
  };
  const Case cases[] = {
      {"", ""},
      {"  two  blanks ", "two blanks"},
      {"GET https://h/x?y=1 -> 200 in 17 ms", "GET <url> -> <num> in <num>"},
      {"mail to <a.b@c.org>", "mail to <<email>>"},
      {"user=Bob id = 5", "user=<value> id = <num>"},
      {"at 2026-03-07T14:05:55.5Z or 2026-02-17 06:32:21 or 10:22:31", "at <time> or <time> or <time>"},
      {"order c82b12a6-796a-48a1-ef6c-bfc53e5429df", "order <uuid>"},
      {"from 10.0.0.1:80, fe80::1 and 00:1a:2b:3c:4d:5e", "from <ip> and <ip>"},
      {"User 'a b' is not \"c\"; O'Brien is", "User <text> is not <text>; O'Brien is"},
      {"got [1, 2] and {'a': 1}, [Errno 111]", "got <list> and <list>, [Errno 111]"},
      {"open /srv/a/b.csv on /var", "open <path> on /var"},
      {"at 0x7f00d733d669, commit 33dbe463, id 12345678", "at <hex>, commit <hex>, id <hex>"},
      {"1.5 s, 35%, 4GiB, -3", "<num>"},
      {"job-17-ab3 on web11.example.net", "job-<id> on <id>"},
      {"utf-8, sha256, ipv6", "utf-8, sha256, ipv6"},
      {"exit code 1, HTTP 503, signal 9, code 1234", "exit code 1, HTTP 503, signal 9, code <num>"},
  };
  for (const auto& c : cases) CHECK(normalised_message(c.message) == c.normalised);
  CHECK(normalised_message(std::string(100'000, 'x')).size() == 512);
  CHECK(normalised_message(std::string(100'000, '[')).size() <= 512);
}

TEST_CASE("a fingerprint is the same for ever") {
  Record record;
  record.message = "order 4712 placed";
  CHECK(fingerprint(record, {.name = "shop", .funcname = "place"}) == 0xd8bfed0c81b4b68eu);
  CHECK(fingerprint(record, {.name = "shop", .funcname = "cancel"}) !=
        fingerprint(record, {.name = "shop", .funcname = "place"}));
  record.exc_text =
      "Traceback (most recent call last):\n  File \"/srv/shop-1.4/shop/core.py\", line 3, in price\n    "
      "x\nshop.errors.Bad: 5";
  CHECK(fingerprint(record, {}) == 0x4cab8e1c3ba168d8u);
}

TEST_CASE("a traceback that is broken counts as a message") {
  const std::string_view broken[] = {
      "Traceback (most recent call last):", "Traceback (most recent call last):\n  File \"", "no traceback",
      "Traceback (most recent call last):\nKeyError: 1"};
  for (const auto text : broken) CHECK(of_traceback(text) == of_message(""));
}

TEST_SUITE_END();
