#include "cli/store_api.hpp"

#include <asio/post.hpp>

#include "net/http_message.hpp"

namespace psherald::cli {
namespace {

constexpr const char *health = "/healthz", *status_path = "/api/v1/status";

}  // namespace

StoreApi::StoreApi(asio::io_context& io, LogStore& store, QueuedSink& queue, Service& service, const Access& access,
                   std::function<ServiceStatus()> status)
    : queue_{queue},
      status_{std::move(status)},
      faults_{io, service.journal},
      access_{access},
      receiver_{
          store,
          queue,
          {.admit = [this](const HttpRequest& request) { return admit(request); },
           .on_fault = [this, &io](const Fault& fault) { asio::post(io, [this, fault] { faults_.add(fault); }); }}} {}

StoreApi::~StoreApi() { queue_.flush(); }

bool StoreApi::takes(const std::string& path) { return path == ForwardReceiver::path || path == status_path; }

void StoreApi::handle(HttpRequest request, HttpRespond respond) {
  if (request.path == ForwardReceiver::path) return receiver_.handle(std::move(request), std::move(respond));
  if (request.path != health && request.path != status_path)
    return respond(net::plain_response(404, std::string{"Here are "} + ForwardReceiver::path + ", " + status_path +
                                                " and " + health + "; the page is on another port."));
  if (request.method != "GET" && request.method != "HEAD") {
    auto refused = net::plain_response(405, "Only GET is answered here.");
    refused.headers.emplace_back("Allow", "GET, HEAD");
    return respond(std::move(refused));
  }
  respond(request.path == health ? net::plain_response(200, "ok") : status(request));
}

HttpResponse StoreApi::status(const HttpRequest& request) {
  if (!access_.admit(request, Role::viewer)) return access_.refuse(request, Role::viewer);
  auto status = status_();
  status.forwarded = receiver_.stats();
  return status_response(status);
}

// Who comes from this machine is nobody in particular: another one may go on with his streams.
Result<ForwardReceiver::Sender> StoreApi::admit(const HttpRequest& request) const {
  const auto identity = access_.admit(request, Role::forward);
  if (!identity) return identity.error();
  return ForwardReceiver::Sender{identity->owner == "loopback" ? "" : identity->owner, identity->own_origins_only};
}

}  // namespace psherald::cli
