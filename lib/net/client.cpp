#include "net/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <optional>

#include "net/curl.hpp"
#include "record/number.hpp"

namespace psherald::net {
namespace {

struct Scheme {
  std::string_view name;
  MailServer::Encryption encryption;
  std::uint16_t port;
};
constexpr std::array<Scheme, 3> schemes{{{"smtp://", MailServer::Encryption::when_offered, 25},
                                         {"smtp+starttls://", MailServer::Encryption::required, 587},
                                         {"smtps://", MailServer::Encryption::from_start, 465}}};

bool all_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_host(std::string_view host) {
  constexpr std::string_view name = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (host.starts_with('[') && host.ends_with(']'))
    return all_of(host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:.");
  return all_of(host, name) && host.size() <= 253 && host.front() != '-';
}

bool is_loopback_host(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Fault no_server(std::string_view url, const std::string& why) {
  return {Errc::bad_config, "\"" + std::string{url} + "\" is no mail server: " + why + "; write smtp://HOST:PORT"};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port == std::uint16_t{0} ? std::nullopt : port;
}

/// What libcurl's callbacks see and tell, in one transaction.
struct Transaction {
  std::string_view rest;  // of the mail
  const std::atomic<bool>& stop;
  MailClient::Stage stage = MailClient::Stage::connection;
  std::string reply{};  // the last line, but not that to QUIT
  bool handed_over = false, leaving = false;

  int code() const {
    int number = 0;
    std::from_chars(reply.data(), reply.data() + std::min<std::size_t>(reply.size(), 3), number);
    return number >= 400 ? number : 0;
  }

  static std::size_t read(char* to, std::size_t size, std::size_t count, void* self) {
    auto& transaction = *static_cast<Transaction*>(self);
    const auto bytes = std::min(size * count, transaction.rest.size());
    if (bytes > 0) std::memcpy(to, transaction.rest.data(), bytes);
    transaction.rest.remove_prefix(bytes);
    transaction.handed_over = bytes == 0;
    return bytes;
  }

  static int watch(CURL*, curl_infotype type, char* data, std::size_t size, void* self) {
    auto& transaction = *static_cast<Transaction*>(self);
    const std::string_view line{data, size};
    if (type == CURLINFO_HEADER_IN && !transaction.leaving) transaction.reply = one_line(line);
    if (type != CURLINFO_HEADER_OUT) return 0;
    if (line.starts_with("MAIL FROM")) transaction.stage = MailClient::Stage::sender;
    if (line.starts_with("RCPT TO")) transaction.stage = MailClient::Stage::recipient;
    if (line.starts_with("DATA")) transaction.stage = MailClient::Stage::content;
    if (line.starts_with("QUIT")) transaction.leaving = true;
    return 0;
  }

  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& transaction = *static_cast<Transaction*>(self);
    return transaction.stop && !transaction.handed_over ? 1 : 0;
  }
};

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

}  // namespace

Result<MailServer> parse_mail_server(std::string_view url) {
  const auto scheme =
      std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& known) { return url.starts_with(known.name); });
  if (scheme == schemes.end()) return no_server(url, "it has to begin with smtp://, smtp+starttls:// or smtps://");
  std::string_view rest = url.substr(scheme->name.size());
  if (rest.ends_with('/')) rest.remove_suffix(1);
  MailServer server{{}, scheme->port, scheme->encryption, false};
  const auto colon = rest.find_last_of(":]");
  if (colon != std::string_view::npos && rest[colon] == ':') {
    const auto port = parse_port(rest.substr(colon + 1));
    if (!port) return no_server(url, "its port must be between 1 and 65535");
    server.port = *port;
    rest = rest.substr(0, colon);
  }
  if (!is_host(rest)) return no_server(url, "\"" + std::string{rest} + "\" is no host");
  server.host = rest;
  server.loopback = is_loopback_host(rest);
  return server;
}

struct MailClient::Impl {
  explicit Impl(Options with) : options{std::move(with)}, curl{curl_is_ready() ? curl_easy_init() : nullptr} {
    if (curl) configure();
  }
  ~Impl() { curl_easy_cleanup(curl); }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(curl, option, value);
  }

  void configure() {
    const auto& server = options.server;
    const bool from_start = server.encryption == MailServer::Encryption::from_start;
    const std::string url = (from_start ? "smtps://" : "smtp://") + server.host + ":" + std::to_string(server.port);
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");  // the environment's proxies are for the web
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.timeout.count()));
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_VERBOSE, 1L);  // for Transaction::watch; nothing is printed
    set(CURLOPT_DEBUGFUNCTION, &Transaction::watch);
    set(CURLOPT_READFUNCTION, &Transaction::read);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Transaction::go_on);
    configure_encryption();
  }

  // A certificate that nobody looks at is worth no less than no encryption at all. But no password goes out so.
  void configure_encryption() {
    const bool secret = !options.user.empty() && !options.server.loopback;
    const bool opportunistic = options.server.encryption == MailServer::Encryption::when_offered && !secret;
    const bool verify = options.verify && !opportunistic;
    set(CURLOPT_USE_SSL, static_cast<long>(opportunistic ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    set(CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (options.user.empty()) return;
    set(CURLOPT_USERNAME, options.user.c_str());
    set(CURLOPT_PASSWORD, options.password.c_str());
  }

  Attempt send(const std::string& from, const std::string& to, std::string_view mail, const std::atomic<bool>& stop) {
    if (!curl) return {Stage::connection, 0, false, "libcurl cannot be used: out of memory"};
    Transaction transaction{mail, stop};
    const List recipients{curl_slist_append(nullptr, to.c_str())};
    set(CURLOPT_MAIL_FROM, from.c_str());
    set(CURLOPT_MAIL_RCPT, recipients.get());
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.size()));
    set(CURLOPT_READDATA, &transaction);
    set(CURLOPT_DEBUGDATA, &transaction);
    set(CURLOPT_XFERINFODATA, &transaction);
    error.front() = 0;
    const CURLcode result = curl_easy_perform(curl);
    set(CURLOPT_MAIL_RCPT, static_cast<curl_slist*>(nullptr));
    if (result == CURLE_OK) return {Stage::done, 0, true, transaction.reply};
    return {transaction.stage, transaction.code(), transaction.rest.empty(), reason(result, transaction)};
  }

  std::string reason(CURLcode result, const Transaction& transaction) const {
    if (transaction.code() != 0) return transaction.reply;
    return one_line(error.front() != 0 ? error.data() : curl_easy_strerror(result));
  }

  Options options;
  CURL* curl;
  std::array<char, CURL_ERROR_SIZE> error{};
};

MailClient::MailClient(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
MailClient::~MailClient() = default;

MailClient::Attempt MailClient::send(const std::string& from, const std::string& to, std::string_view mail,
                                     const std::atomic<bool>& stop) {
  return impl_->send(from, to, mail, stop);
}

}  // namespace psherald::net
