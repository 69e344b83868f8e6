#include "watch/redact.hpp"

#include <re2/re2.h>

#include "psherald/error.hpp"

namespace psherald::watch {
namespace {

struct Replacement {
  const char* pattern;
  const char* with;
};

constexpr Replacement usual[] = {
    {R"(-----BEGIN [A-Z ]*KEY-----[\s\S]*?(?:-----END [A-Z ]*KEY-----|$))", "***"},
    {R"(\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)", "***"},
    {R"((?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,})", "\\1 ***"},
    {R"(([A-Za-z][A-Za-z0-9+.-]*://)[^/\s:@]*:[^/\s@]+@)", "\\1***@"},
    {R"re((?i)((?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:bearer|basic)\s+\S+|[^\s,;&}\])]+))re",
     "\\1***"},
};

}  // namespace

struct Redactor::Impl {
  struct Rule {
    std::unique_ptr<RE2> pattern;
    std::string with;
  };
  std::vector<Rule> rules{};

  void add(const std::string& pattern, const std::string& with) {
    RE2::Options options{RE2::Quiet};
    auto compiled = std::make_unique<RE2>(pattern, options);
    if (!compiled->ok())
      throw Error{Errc::bad_config, "\"" + pattern + "\" is no pattern of RE2: " + compiled->error()};
    rules.push_back({std::move(compiled), with});
  }
};

Redactor::Redactor(const std::vector<std::string>& patterns, bool defaults) {
  auto impl = std::make_unique<Impl>();
  for (const auto& pattern : patterns) impl->add(pattern, "***");
  if (defaults)
    for (const auto& [pattern, with] : usual) impl->add(pattern, with);
  impl_ = std::move(impl);
}
Redactor::Redactor(Redactor&&) noexcept = default;
Redactor::~Redactor() = default;

std::string Redactor::operator()(std::string_view text) const {
  std::string shown{text};
  for (const auto& rule : impl_->rules) RE2::GlobalReplace(&shown, *rule.pattern, rule.with);
  return shown;
}

}  // namespace psherald::watch
