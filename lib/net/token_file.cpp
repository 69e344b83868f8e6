#include "net/token_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "psherald/error.hpp"
#include "record/hex.hpp"

namespace psherald::net {
namespace {

constexpr std::size_t max_file_bytes = 1u << 20;
constexpr std::string_view spaces = " \t\r", owner_prefix = "token:";

[[noreturn]] void fail(const std::string& text) { throw Error{Errc::bad_config, text}; }

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(spaces), line.size()));
  const auto word = line.substr(0, line.find_first_of(spaces));
  line.remove_prefix(word.size());
  return word;
}

Role parse_role(std::string_view text, const std::string& where) {
  for (const auto role : {Role::viewer, Role::editor, Role::admin, Role::ingest, Role::forward})
    if (role_name(role) == text) return role;
  fail(where + "\"" + std::string{text} + "\" is no role; there are viewer, editor, admin, ingest and forward");
}

std::set<Role> parse_roles(std::string_view text, const std::string& where) {
  std::set<Role> roles;
  for (auto comma = text.find(','); comma != text.npos; comma = text.find(',')) {
    roles.insert(parse_role(text.substr(0, comma), where));
    text.remove_prefix(comma + 1);
  }
  roles.insert(parse_role(text, where));
  return roles;
}

std::array<std::uint8_t, 32> parse_digest(std::string_view text, const std::string& where) {
  constexpr std::string_view prefix = "sha256:";
  std::array<std::uint8_t, 32> digest{};
  if (!text.starts_with(prefix) || text.size() != prefix.size() + 2 * digest.size())
    fail(where + "expected sha256: and 64 hexadecimal digits, as of: printf %s TOKEN | sha256sum");
  const auto bytes = from_hex(text.substr(prefix.size()));
  if (!bytes) fail(where + "what follows sha256: is not hexadecimal");
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

Token parse_line(std::string_view line, const std::string& where) {
  Token token;
  token.identity.owner = std::string{owner_prefix} + std::string{take_word(line)};
  const auto roles = take_word(line), digest = take_word(line), more = take_word(line);
  if (digest.empty()) fail(where + "expected NAME ROLE[,ROLE] sha256:HEX [origins=own]");
  token.identity.roles = parse_roles(roles, where);
  token.digest = parse_digest(digest, where);
  if (!more.empty() && more != "origins=own") fail(where + "expected origins=own or nothing behind the digest");
  if (!take_word(line).empty()) fail(where + "there is more than NAME ROLE[,ROLE] sha256:HEX [origins=own]");
  token.identity.own_origins_only = !more.empty();
  return token;
}

/// Owns a descriptor.
struct File {
  explicit File(const std::string& path) : descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (descriptor >= 0) ::close(descriptor);
  }
  const int descriptor;
};

}  // namespace

std::string_view Token::name() const { return std::string_view{identity.owner}.substr(owner_prefix.size()); }

std::vector<Token> parse_tokens(std::string_view text, const std::string& name) {
  std::vector<Token> tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(spaces) == line.npos) continue;
    tokens.push_back(parse_line(line, name + ":" + std::to_string(number) + ": "));
  }
  return tokens;
}

std::string read_private_file(const std::string& path) {
  const File file{path};
  struct stat status {};
  if (file.descriptor < 0 || ::fstat(file.descriptor, &status) != 0)
    fail("cannot read the tokens in " + path + ": " + std::strerror(errno));
  if (!S_ISREG(status.st_mode)) fail("cannot read the tokens in " + path + ": it is no file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    fail("the tokens in " + path + " are open to other users; say: chmod 600 " + path);
  std::string text(max_file_bytes + 1, 0);
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<std::size_t>(got)) {
    got = ::read(file.descriptor, text.data() + size, text.size() - size);
    if (got < 0) fail("cannot read the tokens in " + path + ": " + std::strerror(errno));
  }
  if (size > max_file_bytes) fail("the tokens in " + path + " are more than a megabyte");
  text.resize(size);
  return text;
}

std::vector<Token> read_token_file(const std::string& path) { return parse_tokens(read_private_file(path), path); }

}  // namespace psherald::net
