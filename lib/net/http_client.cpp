#include "net/http_client.hpp"

#include <curl/curl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "net/curl.hpp"
#include "net/http_message.hpp"

namespace psherald::net {
namespace {

constexpr long upload_buffer_bytes = 512L << 10;
constexpr std::string_view retry_after = "Retry-After";

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

std::string base_of(const HttpClient::Options& options) {
  std::string url = options.encrypted ? "https://" : "http://";
  if (!options.address.unix_path.empty()) return url + "localhost";
  const auto& host = options.address.host;
  url += host.find(':') == std::string::npos || host.front() == '[' ? host : '[' + host + ']';
  return url + ':' + std::to_string(options.address.port);
}

}  // namespace

struct HttpClient::Impl {
  explicit Impl(Options with) : options{std::move(with)}, base{base_of(options)} { open(); }
  ~Impl() { close(); }

  void open() {
    if (!curl_is_ready()) return;
    multi = curl_multi_init();
    easy = curl_easy_init();
    if (easy) configure();
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy, option, value);
  }

  void configure() {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");  // the environment's proxies are for the web
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    set(CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_bytes);
    set(CURLOPT_ERRORBUFFER, error.data());
    set(CURLOPT_WRITEFUNCTION, &Impl::take_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Impl::take_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_SOCKOPTFUNCTION, &Impl::prepare_socket);
    set(CURLOPT_SOCKOPTDATA, this);
    if (!options.address.unix_path.empty()) set(CURLOPT_UNIX_SOCKET_PATH, options.address.unix_path.c_str());
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
    if (!options.certificate_file.empty()) set(CURLOPT_SSLCERT, options.certificate_file.c_str());
    if (!options.key_file.empty()) set(CURLOPT_SSLKEY, options.key_file.c_str());
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  }

  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    if (impl.answer.body.size() + size * count > impl.options.max_answer_bytes) return 0;
    impl.answer.body.append(bytes, size * count);
    return size * count;
  }

  static std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* self) {
    std::string_view line{bytes, size * count};
    if (const auto colon = line.find(':'); colon != line.npos && same_name(line.substr(0, colon), retry_after)) {
      line.remove_prefix(std::min(line.find_first_not_of(' ', colon + 1), line.size()));
      std::int64_t seconds = 0;
      std::from_chars(line.data(), line.data() + line.size(), seconds);
      static_cast<Impl*>(self)->answer.retry_after = std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, 3'600)};
    }
    return size * count;
  }

  static int prepare_socket(void* self, curl_socket_t file, curlsocktype) {
    const auto milliseconds = static_cast<unsigned>(static_cast<Impl*>(self)->options.half_open_timeout.count());
    // On a Unix socket it has no meaning, and no harm.
    ::setsockopt(file, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
    return CURL_SOCKOPT_OK;
  }

  void begin(const Request& request) {
    finish();
    answer = {};
    error.front() = 0;
    if (!easy) return;
    url = base + request.target;
    body_bytes = static_cast<curl_off_t>(request.body.size());
    set(CURLOPT_URL, url.c_str());
    curl_slist* list = nullptr;
    for (const auto& [name, value] : request.headers) list = curl_slist_append(list, (name + ": " + value).c_str());
    headers.reset(curl_slist_append(list, "Expect:"));
    set(CURLOPT_HTTPHEADER, headers.get());
    if (request.method == "GET") {
      set(CURLOPT_HTTPGET, 1L);
    } else {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.data());
    }
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    asking = curl_multi_add_handle(multi, easy) == CURLM_OK;
  }

  std::optional<Result<Answer>> step() {
    if (!asking) return Result<Answer>{Fault{Errc::peer_lost, "libcurl cannot be used: out of memory"}};
    int running = 0, left = 0;
    curl_multi_perform(multi, &running);
    while (const auto* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;
      long status = 0;
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      finish();
      if (result != CURLE_OK)
        return Result<Answer>{
            Fault{Errc::peer_lost, one_line(error.front() != 0 ? error.data() : curl_easy_strerror(result))}};
      answer.status = static_cast<int>(status);
      return Result<Answer>{std::move(answer)};
    }
    return {};
  }

  bool is_sent() const {
    curl_off_t sent = 0;
    return asking && curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent) == CURLE_OK && sent >= body_bytes;
  }

  void wait(const std::vector<int>& descriptors, std::chrono::milliseconds longest) {
    std::vector<curl_waitfd> files;
    for (const int file : descriptors)
      if (file >= 0) files.push_back({file, CURL_WAIT_POLLIN, 0});
    curl_multi_poll(multi, files.data(), static_cast<unsigned>(files.size()),
                    static_cast<int>(std::max<std::int64_t>(0, longest.count())), nullptr);
  }

  void finish() {
    if (std::exchange(asking, false)) curl_multi_remove_handle(multi, easy);
  }

  // The connections belong to `multi`.
  void close() {
    finish();
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
    easy = nullptr;
    multi = nullptr;
    headers.reset();
  }

  Options options;
  const std::string base;
  std::string url{};
  CURLM* multi = nullptr;
  CURL* easy = nullptr;
  std::unique_ptr<curl_slist, FreeList> headers{};
  Answer answer{};
  bool asking = false;
  curl_off_t body_bytes = 0;
  std::array<char, CURL_ERROR_SIZE> error{};
};

HttpClient::HttpClient(Options options) : impl_{std::make_unique<Impl>(std::move(options))} {}
HttpClient::~HttpClient() = default;

void HttpClient::begin(const Request& request) { impl_->begin(request); }
std::optional<Result<HttpClient::Answer>> HttpClient::step() { return impl_->step(); }
bool HttpClient::is_sent() const { return impl_->is_sent(); }
void HttpClient::wait(const std::vector<int>& descriptors, std::chrono::milliseconds longest) {
  impl_->wait(descriptors, longest);
}
void HttpClient::close() {
  impl_->close();
  impl_->open();
}

}  // namespace psherald::net
