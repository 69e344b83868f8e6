#include <algorithm>
#include <array>

#include "psherald/fingerprint.hpp"
#include "record/utf8.hpp"

namespace psherald {
namespace {

constexpr std::size_t max_bytes = 512;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) noexcept { return is_letter(c) || is_digit(c) || c == '_'; }
bool is_blank(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_any_of(char c, std::string_view set) noexcept { return set.find(c) != set.npos; }
char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_word(std::string_view text, std::string_view lower_case) noexcept {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}
bool is_one_of(std::string_view word, const auto& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view one) { return same_word(word, one); });
}

template <class Condition>
std::size_t count(std::string_view text, std::size_t from, const Condition& condition) {
  std::size_t end = std::min(from, text.size());
  while (end < text.size() && condition(text[end])) ++end;
  return end - std::min(from, text.size());
}
bool ends_word(std::string_view text, std::size_t at) noexcept { return at >= text.size() || !is_word(text[at]); }

// Each rule says how many bytes of the text's front it takes; 0: none.

std::size_t url(std::string_view text) {
  const auto scheme = count(text, 0, [](char c) { return is_letter(c) || is_digit(c) || is_any_of(c, "+.-"); });
  if (scheme == 0 || text.substr(scheme, 3) != "://") return 0;
  const auto rest = count(text, scheme + 3, [](char c) { return !is_blank(c) && !is_any_of(c, "\"'<>)]}"); });
  return rest == 0 ? 0 : scheme + 3 + rest;
}

std::size_t mail_address(std::string_view text) {
  const auto local = count(text, 0, [](char c) { return is_word(c) || is_any_of(c, ".+-"); });
  if (local == 0 || local >= text.size() || text[local] != '@') return 0;
  const auto domain = count(text, local + 1, [](char c) { return is_word(c) || is_any_of(c, ".-"); });
  const auto whole = text.substr(local + 1, domain);
  return whole.find('.') == whole.npos ? 0 : local + 1 + domain;
}

// Digits as in "dddd-dd-dd".
bool has_shape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  return true;
}
std::size_t clock(std::string_view text) {
  if (!has_shape(text, "dd:dd:dd")) return 0;
  std::size_t end = 8;
  if (end < text.size() && is_any_of(text[end], ".,"))
    if (const auto digits = count(text, end + 1, is_digit)) end += 1 + digits;
  if (end < text.size() && is_any_of(text[end], "Zz")) ++end;
  const auto zone = text.substr(std::min(end, text.size()));
  if (!zone.empty() && is_any_of(zone.front(), "+-")) {
    if (has_shape(zone.substr(1), "dd:dd"))
      end += 6;
    else if (has_shape(zone.substr(1), "dddd"))
      end += 5;
  }
  return ends_word(text, end) ? end : 0;
}
std::size_t timestamp(std::string_view text) {
  const auto apart = [&](std::string_view shape) { return has_shape(text, shape); };
  if (!apart("dddd-dd-dd") && !apart("dddd/dd/dd")) return clock(text);
  std::size_t end = 10;
  if (end < text.size() && is_any_of(text[end], "T t"))
    if (const auto more = clock(text.substr(end + 1))) end += 1 + more;
  return ends_word(text, end) ? end : 0;
}

std::size_t uuid(std::string_view text) {
  std::size_t at = 0;
  for (const std::size_t digits : {8, 4, 4, 4, 12}) {
    if (at != 0 && (at >= text.size() || text[at++] != '-')) return 0;
    if (count(text.substr(0, std::min(text.size(), at + digits)), at, is_hex) != digits) return 0;
    at += digits;
  }
  return ends_word(text, at) ? at : 0;
}

std::size_t port(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] != ':') return at;
  const auto digits = count(text, at + 1, is_digit);
  return digits == 0 ? at : at + 1 + digits;
}
std::size_t ip_v4(std::string_view text) {
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return 0;
    const auto digits = count(text, at, is_digit);
    if (digits == 0 || digits > 3) return 0;
    at += digits;
  }
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) return 0;
  at = port(text, at);
  return ends_word(text, at) ? at : 0;
}
// IPv6 and MAC: groups of hex digits with colons between.
std::size_t colon_groups(std::string_view text) {
  const auto size = count(text, 0, [](char c) { return is_hex(c) || c == ':'; });
  const auto all = text.substr(0, size);
  const auto colons = std::count(all.begin(), all.end(), ':');
  const bool short_form = all.find("::") != all.npos;
  if (colons < 2 || size < 3 || !(short_form || colons == 7 || colons == 5)) return 0;
  for (std::size_t at = 0; at < size;) {
    const auto digits = count(all, at, is_hex);
    if (digits > 4) return 0;
    at += digits + 1;
  }
  return ends_word(text, size) && std::any_of(all.begin(), all.end(), is_hex) ? size : 0;
}

std::size_t quoted(std::string_view text) {
  const char quote = text.front();
  if (quote != '\'' && quote != '"' && quote != '`') return 0;
  for (std::size_t end = 1; end < text.size() && text[end] != '\n'; ++end) {
    if (text[end] == '\\')
      ++end;
    else if (text[end] == quote && ends_word(text, end + 1))
      return end + 1;
  }
  return 0;
}

// Lists and dicts of values; "[Errno 111]" begins with a word and stays.
std::size_t bracketed(std::string_view text) {
  if (text.front() != '[' && text.front() != '{') return 0;
  const auto first = 1 + count(text, 1, is_blank);
  if (first >= text.size() || !(is_digit(text[first]) || is_any_of(text[first], "'\"[{(-]}"))) return 0;
  constexpr std::size_t longest = 4'096;
  int depth = 0;
  for (std::size_t end = 0; end < std::min(text.size(), longest); ++end) {
    if (is_any_of(text[end], "[{")) ++depth;
    if (is_any_of(text[end], "]}") && --depth == 0) return end + 1;
  }
  return 0;
}

std::size_t path(std::string_view text) {
  const bool drive = text.size() > 2 && is_letter(text[0]) && text[1] == ':' && is_any_of(text[2], "\\/");
  const auto dots = count(text, 0, [](char c) { return c == '.' || c == '~'; });
  const auto root = drive ? 2 : dots;
  if (root > 2 || root >= text.size() || !is_any_of(text[root], "/\\")) return 0;
  const auto end = root + count(text, root, [](char c) { return is_word(c) || is_any_of(c, "/\\.-+~@%"); });
  const auto all = text.substr(0, end);
  const auto parts = std::count_if(all.begin(), all.end(), [](char c) { return c == '/' || c == '\\'; });
  return parts < 2 || all.find("//") == 0 ? 0 : end - (all.back() == '.' ? 1 : 0);
}

std::size_t address(std::string_view text) {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return 0;
  const auto digits = count(text, 2, is_hex);
  return digits > 0 && ends_word(text, 2 + digits) ? 2 + digits : 0;
}
std::size_t hex(std::string_view text) {
  const auto digits = count(text, 0, is_digit), all = count(text, 0, is_hex);
  if (!ends_word(text, all) ||
      (all < text.size() && text[all] == '-' && all + 1 < text.size() && is_word(text[all + 1])))
    return 0;
  if (digits == all) return digits >= 8 ? all : 0;
  const auto word = text.substr(0, all);
  return all >= 6 && std::any_of(word.begin(), word.end(), is_digit) ? all : 0;
}

// "12", "-1.5", "2.4.1", "35%", "17 ms", "4GiB".
std::size_t number(std::string_view text) {
  constexpr std::array<std::string_view, 26> units{
      "ns", "us",    "ms", "s",  "sec", "secs", "seconds", "min", "minutes", "h",   "hours", "d", "days",
      "b",  "bytes", "kb", "mb", "gb",  "tb",   "kib",     "mib", "gib",     "tib", "k",     "m", "g"};
  std::size_t at = is_any_of(text.front(), "-+") ? 1 : 0;
  const auto first = count(text, at, is_digit);
  if (first == 0) return 0;
  at += first;
  while (at + 1 < text.size() && is_any_of(text[at], ".,") && is_digit(text[at + 1]))
    at += 1 + count(text, at + 1, is_digit);
  if (at < text.size() && text[at] == '%') return at + 1;
  const std::size_t blank = at < text.size() && text[at] == ' ' ? 1 : 0;
  const auto letters = count(text, at + blank, is_word);
  if (letters > 0 && is_one_of(text.substr(at + blank, letters), units)) return at + blank + letters;
  return ends_word(text, at) ? at : 0;
}

// Small letters before large ones at its end, as in base64: "eyJ".
bool is_mixed(std::string_view part) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return part.size() > 1 && is_upper(part.back()) && !is_upper(part.front());
}

// A word of parts; from the first part with a digit on it is an id. The leading plain parts, with what joins them.
std::size_t plain_parts(std::string_view word) {
  std::size_t plain = 0;
  for (std::size_t at = 0; at < word.size();) {
    const auto part = count(word, at, [](char c) { return !is_any_of(c, "-._:/@"); });
    const auto text = word.substr(at, part);
    if (std::any_of(text.begin(), text.end(), is_digit) || is_mixed(text)) return plain;
    plain = at = at + part + count(word, at + part, [](char c) { return is_any_of(c, "-._:/@"); });
  }
  return word.size();
}
bool is_known_word(std::string_view word) {
  constexpr std::array<std::string_view, 22> known{
      "utf-8", "utf8", "utf-16", "latin-1", "iso-8859-1", "sha1",  "sha-1",  "sha256", "sha-256", "sha512", "sha-512",
      "md5",   "ipv4", "ipv6",   "base64",  "http2",      "http3", "oauth2", "s3",     "ec2",     "x86",    "x509"};
  return is_one_of(word, known);
}

class Normaliser {
 public:
  explicit Normaliser(std::string_view text) : text_{text} {}

  std::string run() {
    while (at_ < text_.size() && out_.size() < max_bytes) step();
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    return std::string{cut_utf8(out_, max_bytes)};
  }

 private:
  std::string_view rest() const noexcept { return text_.substr(at_); }

  void step() {
    const char c = text_[at_];
    if (is_blank(c)) {
      at_ += count(text_, at_, is_blank);
      if (!out_.empty()) out_ += ' ';
      return;
    }
    if (c == '=' && at_ + 1 < text_.size() && !is_blank(text_[at_ + 1]) && text_[at_ + 1] != '=') return value();
    const bool starts = at_ == 0 || !is_word(text_[at_ - 1]);
    if (starts && replaced()) return;
    if (starts && is_word(c)) return word();
    out_ += c;
    ++at_;
  }

  void value() {
    const auto size = 1 + count(text_, at_ + 1, [](char c) { return !is_blank(c); });
    out_ += "=<value>";
    at_ += size;
  }

  bool replaced() {
    struct Rule {
      std::size_t (*fits)(std::string_view);
      std::string_view name;
    };
    static constexpr std::array rules{
        Rule{url, "<url>"},   Rule{mail_address, "<email>"}, Rule{timestamp, "<time>"}, Rule{uuid, "<uuid>"},
        Rule{ip_v4, "<ip>"},  Rule{colon_groups, "<ip>"},    Rule{quoted, "<text>"},    Rule{bracketed, "<list>"},
        Rule{path, "<path>"}, Rule{address, "<hex>"},        Rule{hex, "<hex>"}};
    for (const auto& rule : rules)
      if (const auto bytes = rule.fits(rest())) return replace(bytes, rule.name), true;
    const auto bytes = number(rest());
    if (bytes == 0) return false;
    const auto digits = count(text_, at_, is_digit);
    if (digits > 0 && digits <= 3 && ends_word(text_, at_ + digits) && keeps_number()) {
      out_ += text_.substr(at_, digits);
      at_ += digits;
      return true;
    }
    replace(bytes, "<num>");
    return true;
  }

  // Whether the last word says that the number is the meaning.
  bool keeps_number() const {
    constexpr std::array<std::string_view, 5> words{"code", "errno", "http", "exit", "signal"};
    std::size_t end = out_.size();
    while (end > 0 && is_any_of(out_[end - 1], " :#")) --end;
    std::size_t begin = end;
    while (begin > 0 && is_word(out_[begin - 1])) --begin;
    return is_one_of(std::string_view{out_}.substr(begin, end - begin), words);
  }

  // Runs of the same placeholder become one.
  void replace(std::size_t bytes, std::string_view name) {
    at_ += bytes;
    std::string_view before = out_;
    while (before.ends_with(' ') || before.ends_with(',')) before.remove_suffix(1);
    if (before.ends_with(name)) {
      out_.resize(before.size());
      return;
    }
    out_ += name;
  }

  void word() {
    auto size = count(text_, at_, [](char c) { return is_word(c) || is_any_of(c, "-.:/@"); });
    while (size > 0 && !is_word(text_[at_ + size - 1])) --size;
    const auto all = text_.substr(at_, size);
    if (is_known_word(all)) return keep(size);
    const auto plain = plain_parts(all);
    if (plain == size || std::none_of(all.begin(), all.end(), is_digit)) return keep(count(text_, at_, is_word));
    out_ += all.substr(0, plain);
    at_ += plain;
    replace(size - plain, "<id>");
  }
  void keep(std::size_t bytes) {
    out_ += text_.substr(at_, bytes);
    at_ += bytes;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string normalised_message(std::string_view message) { return Normaliser{message}.run(); }

}  // namespace psherald
