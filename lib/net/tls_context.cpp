#include "net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string_view>

#include "psherald/error.hpp"

namespace psherald::net {
namespace {

void check(const asio::error_code& error, const char* what, const std::string& file) {
  if (error)
    throw Error{Errc::bad_config,
                std::string{"cannot use the "} + what + " " + (file.empty() ? "\"\"" : file) + ": " + error.message()};
}

// Nothing of an earlier connection is taken on trust: its certificate may have been withdrawn by a reload.
void forget_sessions(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
}

}  // namespace

std::shared_ptr<asio::ssl::context> make_tls_context(const TlsOptions& options) {
  using Context = asio::ssl::context;
  auto context = std::make_shared<Context>(Context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);  // idle connections hold none
  forget_sessions(native);

  asio::error_code error;
  // Or OpenSSL would ask on the terminal.
  context->set_password_callback([](std::size_t, Context::password_purpose) { return std::string{}; }, error);
  context->use_certificate_chain_file(options.certificate_file, error);
  check(error, "certificate", options.certificate_file);
  context->use_private_key_file(options.key_file, Context::pem, error);
  check(error, "key", options.key_file);
  if (options.client_ca_file.empty()) return context;

  context->load_verify_file(options.client_ca_file, error);
  check(error, "certificates of clients' authorities", options.client_ca_file);
  SSL_CTX_set_client_CA_list(native, SSL_load_client_CA_file(options.client_ca_file.c_str()));
  context->set_verify_mode(asio::ssl::verify_peer, error);
  return context;
}

std::string verified_subject(const SSL* connection) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{SSL_get1_peer_certificate(connection), &X509_free};
  if (!certificate || SSL_get_verify_result(connection) != X509_V_OK) return {};
  const std::unique_ptr<BIO, decltype(&BIO_free)> text{BIO_new(BIO_s_mem()), &BIO_free};
  if (!text) return {};
  X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace psherald::net
