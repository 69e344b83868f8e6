#include "psherald/fingerprint.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <fstream>
#include <map>
#include <set>

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
