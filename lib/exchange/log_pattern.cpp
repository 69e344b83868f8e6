#include "exchange/log_pattern.hpp"

#include <re2/re2.h>

#include <algorithm>

#include "exchange/strptime.hpp"
#include "query/fields.hpp"

namespace psherald::exchange {
namespace {

constexpr const char* time_expression = R"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)";

// What a value may look like, by its name.
std::string expression_of(std::string_view name, bool own_date) {
  if (name == "asctime") return own_date ? ".+?" : time_expression;
  if (name == "levelname") return R"(Level -?\d+|[A-Za-z][A-Za-z_]*)";
  if (name == "levelno" || name == "lineno" || name == "process" || name == "thread") return R"(-?\d+)";
  if (name == "created" || name == "msecs" || name == "relativeCreated") return R"(-?\d+(?:\.\d+)?)";
  if (name == "name") return R"(\S+?)";
  return name == "message" ? ".*" : ".*?";
}

Fault no_pattern(const std::string& pattern, const std::string& why) {
  return {Errc::bad_config, "\"" + pattern + "\" is no pattern of Python's logging: " + why};
}

/// "%(levelname)-8s" and the like.
struct Item {
  std::string name;
  bool padded = false;
  std::size_t size = 0;  // in the pattern
};
std::optional<Item> item_at(std::string_view pattern) {
  static const re2::RE2 item{R"(%\((\w+)\)([-#0 +]*)(\d*)(?:\.\d+)?[diouxXeEfFgGrsa])"};
  re2::StringPiece parts[4];
  if (!item.Match({pattern.data(), pattern.size()}, 0, pattern.size(), re2::RE2::ANCHOR_START, parts, 4)) return {};
  return Item{std::string{parts[1].data(), parts[1].size()}, !parts[3].empty(), parts[0].size()};
}

// "Level 25", a word that is known, or one in capitals. Lines of a traceback may begin with "ValueError:".
bool is_level(std::string_view name) {
  constexpr std::size_t shortest = 3;
  const bool capitals = std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return (capitals && name.size() >= shortest) || parse_level(name) || query::find_level(name);
}

bool has_fraction(std::string_view time) { return time.find_first_of(".,") != time.npos; }

}  // namespace

LogPattern::LogPattern() = default;
LogPattern::LogPattern(LogPattern&&) noexcept = default;
LogPattern& LogPattern::operator=(LogPattern&&) noexcept = default;
LogPattern::~LogPattern() = default;

const std::vector<std::string>& usual_patterns() {
  static const std::vector<std::string> all{
      "%(asctime)s %(levelname)s %(name)s: %(message)s", "%(asctime)s - %(name)s - %(levelname)s - %(message)s",
      "%(asctime)s %(levelname)s %(message)s", "%(levelname)s:%(name)s:%(message)s"};
  return all;
}

bool LogPattern::has_time() const noexcept {
  return std::find(names_.begin(), names_.end(), "asctime") != names_.end();
}

Result<LogPattern> LogPattern::make(const std::string& pattern, const std::string& date_format) {
  LogPattern made;
  made.date_format_ = date_format;
  if (!date_format.empty() && !says_year(date_format))
    return Fault{Errc::bad_config, "the date format \"" + date_format + "\" does not say the year"};
  std::string expression;
  for (std::string_view rest = pattern; !rest.empty();) {
    const auto item = item_at(rest);
    if (!item && rest.front() == '%' && !rest.starts_with("%%"))
      return no_pattern(pattern, "expected %(name)s at \"" + std::string{rest.substr(0, 20)} + "\"");
    if (!item) {
      expression += re2::RE2::QuoteMeta({rest.data(), 1});
      rest.remove_prefix(rest.front() == '%' ? 2 : 1);
      continue;
    }
    rest.remove_prefix(item->size);
    const std::string value = '(' + expression_of(item->name, !date_format.empty()) + ')';
    expression += item->padded ? " *" + value + " *" : value;
    made.names_.push_back(item->name);
  }
  if (std::find(made.names_.begin(), made.names_.end(), "message") == made.names_.end())
    return no_pattern(pattern, "there is no %(message)s in it");
  re2::RE2::Options options;
  options.set_log_errors(false);
  made.expression_ = std::make_unique<re2::RE2>(expression, options);
  if (!made.expression_->ok()) return no_pattern(pattern, made.expression_->error());
  return made;
}

std::optional<LogPattern::Match> LogPattern::match(std::string_view line) const {
  std::vector<re2::StringPiece> parts(names_.size() + 1);
  if (!expression_->Match({line.data(), line.size()}, 0, line.size(), re2::RE2::ANCHOR_BOTH, parts.data(),
                          static_cast<int>(parts.size())))
    return {};
  Match match;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const std::string_view value{parts[i + 1].data(), parts[i + 1].size()};
    if (names_[i] == "levelname" && !is_level(value)) return {};
    if (names_[i] == "asctime" && !date_format_.empty()) {
      match.time = parse_time(std::string{value}, date_format_);
      if (!match.time) return {};
    }
    match.values.push_back(value);
  }
  return match;
}

// A date format has no room for the milliseconds, so patterns have them behind it.
void LogPattern::fill(const Match& match, RecordDraft& draft) const {
  std::string time, milliseconds;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto value = match.values[i];
    if (names_[i] == "asctime" && !match.time)
      time = value;
    else if (names_[i] == "msecs")
      milliseconds = value.substr(0, value.find('.'));
    else if (names_[i] != "asctime")
      draft.set_text(names_[i], value);
  }
  const bool adds = !milliseconds.empty() && milliseconds.size() <= 3 && !has_fraction(time);
  milliseconds.insert(0, adds ? 3 - milliseconds.size() : 0, '0');
  if (match.time)
    draft.set_time(*match.time + std::chrono::milliseconds{adds ? std::stoi(milliseconds) : 0});
  else if (!time.empty())
    draft.set_text("asctime", adds ? time + '.' + milliseconds : time);
}

}  // namespace psherald::exchange
