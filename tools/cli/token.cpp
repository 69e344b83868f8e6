#include "cli/token.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/service.hpp"
#include "net/token_file.hpp"
#include "psherald/config.hpp"
#include "record/hex.hpp"
#include "record/random.hpp"
#include "record/sha256.hpp"
#include "store/room.hpp"

namespace psherald::cli {
namespace {

namespace fs = std::filesystem;

/// The token file while it is changed: held against others who change it, and replaced as a whole.
class TokenFile {
 public:
  explicit TokenFile(std::string path)
      : path_{std::move(path)}, folder_{::open(store::parent_of(path_).c_str(), flags)} {
    if (folder_ < 0 || ::flock(folder_, LOCK_EX) != 0) fail();
    if (fs::exists(path_)) text_ = net::read_private_file(path_);
    net::parse_tokens(text_, path_);
  }
  TokenFile(const TokenFile&) = delete;
  TokenFile& operator=(const TokenFile&) = delete;
  ~TokenFile() { ::close(folder_); }

  bool has(std::string_view name) const {
    const auto tokens = net::parse_tokens(text_, path_);
    return std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) { return token.name() == name; });
  }
  /// A line that cannot be read as one token is not added. @throws Error bad_config: what is wrong with it
  void add(const std::string& line) {
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
    text_ += line + '\n';
    net::parse_tokens(line, "the new token");
  }
  void remove(std::string_view name) {
    std::string left;
    for (std::string_view rest = text_; !rest.empty();) {
      const auto line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
      rest.remove_prefix(line.size());
      const auto tokens = net::parse_tokens(line, path_);
      if (tokens.empty() || tokens.front().name() != name) left += line;
    }
    text_ = left;
  }
  void save() const {
    const auto fresh = path_ + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    const bool written = file >= 0 && ::fchmod(file, 0600) == 0 && put(file) && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    if (!written || ::rename(fresh.c_str(), path_.c_str()) != 0) fail();
  }

 private:
  static constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

  bool put(int file) const {
    for (std::string_view rest = text_; !rest.empty();) {
      const auto size = ::write(file, rest.data(), rest.size());
      if (size <= 0) return false;
      rest.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }
  [[noreturn]] void fail() const {
    throw Failure{EX_CANTCREAT, "cannot write the tokens to " + path_ + ": " + std::strerror(errno)};
  }

  const std::string path_;
  const int folder_;  // what is locked: the file itself is another one afterwards
  std::string text_{};
};

std::string file_of(const Arguments& arguments) {
  if (const auto file = arguments.value("file")) return *file;
  const auto config = load_config(config_sources(arguments, {}));
  if (!config.tokens.empty()) return config.tokens;
  throw UsageError{
      "no token file is known: name one with --file, and write it as tokens = \"FILE\" below [web] in psherald.toml"};
}

/// 256 random bits. The prefix lets people and scanners see what it is.
std::string new_token() { return "psh_" + to_hex(random_bytes(32)); }

void create(const Arguments& arguments, const std::string& name) {
  const auto roles = arguments.value("role");
  if (!roles)
    throw UsageError{"say what it may with --role: viewer, editor, admin, ingest or forward, or several with commas"};
  if (name.empty() || name.find_first_of("# \t\r\n") != std::string::npos)
    throw UsageError{"\"" + name + "\" is no name of a token; write one word"};
  const auto file = file_of(arguments);
  TokenFile tokens{file};
  if (tokens.has(name))
    throw Failure{EX_USAGE, "there is a token \"" + name + "\" in " + file + " already; revoke it first"};
  const auto secret = new_token();
  tokens.add(name + ' ' + *roles + " sha256:" + to_hex(bytes_of(sha256(secret))) +
             (arguments.has("own-origins") ? " origins=own" : ""));
  tokens.save();
  std::printf("%s\n", secret.c_str());
  std::fprintf(stderr,
               "This is the only time that the token is shown; %s keeps no more than its digest.\n"
               "Programs that run learn of it by SIGHUP.\n",
               file.c_str());
}

void revoke(const Arguments& arguments, const std::string& name) {
  const auto file = file_of(arguments);
  TokenFile tokens{file};
  if (!tokens.has(name)) throw Failure{EX_NOINPUT, "there is no token \"" + name + "\" in " + file};
  tokens.remove(name);
  tokens.save();
  std::fprintf(stderr, "Revoked. Programs that run learn of it by SIGHUP.\n");
}

void list(const Arguments& arguments) {
  RowWriter writer{stdout, {"name", "roles", "origins"}, output_options(arguments, Format::table, Of::rows)};
  for (const auto& token : net::read_token_file(file_of(arguments))) {
    std::string roles;
    for (const auto role : token.identity.roles) (roles += roles.empty() ? "" : ",") += role_name(role);
    writer.write({std::string{token.name()}, roles, std::string{token.identity.own_origins_only ? "own" : "all"}});
  }
  writer.end();
}

}  // namespace

Usage token_usage() {
  return {"psherald token",
          "Makes a token and prints it, lists tokens, or revokes one: who may do what over HTTP.",
          {{0, "config", "FILE", "read FILE instead of ./psherald.toml"},
           {0, "file", "FILE", "the token file, instead of [web] tokens"},
           {0, "role", "ROLES", "what it may: viewer, editor, admin, ingest, forward, or several with commas"},
           {0, "own-origins", "", "it may hand over records of its own only, none that it got from others"},
           {0, "format", "FORMAT", "of the list: table (the default), json, ndjson or csv"}},
          "create NAME|list|revoke NAME",
          "  psherald token create anna --role viewer,ingest --file tokens\n"
          "  psherald token list\n"
          "  psherald token revoke anna\n"};
}

int token(const Arguments& arguments, const std::string&) {
  const auto& words = arguments.operands();
  const auto is = [&](std::string_view verb, std::size_t size) {
    return words.size() == size && words.front() == verb;
  };
  if (is("create", 2)) {
    create(arguments, words[1]);
  } else if (is("revoke", 2)) {
    revoke(arguments, words[1]);
  } else if (is("list", 1)) {
    list(arguments);
  } else {
    throw UsageError{"say create NAME, list or revoke NAME"};
  }
  check_written();
  return EX_OK;
}

}  // namespace psherald::cli
