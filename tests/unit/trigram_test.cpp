#include "record/trigram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace psherald::trigram;

TEST_SUITE_BEGIN("record");

namespace {

constexpr std::uint64_t first = 1, second = 2;

// Whether a search for `literal` looks at a block with `text`.
bool may_contain(std::string_view text, std::string_view literal) {
  Masks masks;
  if (!masks.add(text, first)) return true;
  std::vector<Term> terms;
  append_terms(literal, terms);
  return std::all_of(terms.begin(), terms.end(), [&](Term term) { return masks[term] != 0; });
}

}  // namespace

TEST_CASE("a search looks at every block that may have its text, and passes over others") {
  struct Case {
    const char* name;
    std::string text, literal;
    bool looked_at;
  };
  const Case cases[] = {
      {"the whole text", "refused", "refused", true},
      {"a part of it", "connection refused", "ion ref", true},
      {"any case", "Connection REFUSED", "cONNECTION refused", true},
      {"other text", "connection refused", "timeout", false},
      {"too short to say anything", "connection refused", "zz", true},
      {"an empty text", "", "abc", false},
      {"a text of two bytes", "ab", "abc", false},
      {"beyond ASCII", "grüße", "grüße", true},
      {"another case beyond ASCII", "GRÜSSE", "grüsse", false},
      {"no such character", "grosse", "grüße", false},
      {"Chinese", "连接被拒绝", "被拒绝", true},
      {"other Chinese", "连接被拒绝", "超时", false},
      {"a Kelvin sign is a k to some",
       "\xE2\x84\xAA"
       "elvin",
       "kelvin", true},
      {"a long s is an s to some",
       "Wa\xC5\xBF"
       "ser",
       "wasser", true},
      {"what is no UTF-8", "caf\xE9 refused", "nothing", true},
      {"a literal that is no UTF-8", "refused", "\xE9\xE9\xE9\xE9", true},
      {"a NUL is a byte", std::string("a\0b", 3), std::string("a\0b", 3), true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.name);
    CHECK(may_contain(c.text, c.literal) == c.looked_at);
  }
}

TEST_CASE("a text beyond the limit is opaque, and known as far as that") {
  std::string text(max_text, 'x');
  text.replace(text.size() - 3, 3, "abc");
  Masks masks;
  CHECK(masks.add(text, first));
  CHECK(!masks.add(text + "def", second));
  CHECK(masks[term_of('a' << 16 | 'b' << 8 | 'c')] == (first | second));
  CHECK(masks[term_of('d' << 16 | 'e' << 8 | 'f')] == 0);
}

TEST_CASE("masks tell blocks apart, and forget") {
  Masks masks;
  masks.add("abcd", first);
  masks.add("BCDE", second);
  const auto mask = [&](const char* text) {
    std::vector<Term> terms;
    append_terms(text, terms);
    REQUIRE(terms.size() == 1);
    return masks[terms[0]];
  };
  CHECK(mask("abc") == first);
  CHECK(mask("bcd") == (first | second));
  CHECK(mask("cde") == second);
  masks.clear();
  CHECK(mask("bcd") == 0);
}

TEST_CASE("a term is asked for once") {
  std::vector<Term> terms;
  append_terms("aaaaaaa", terms);
  append_terms("AAAA", terms);
  CHECK(terms.size() == 1);
}

TEST_SUITE_END();
