#include "cli/page_service.hpp"

#include "net/listener.hpp"

namespace psherald::cli {
namespace {

WebApp::Options app_options(const Service& service, const std::string& ingest) {
  auto options = service.config.pages;
  options.ingest = ingest;
  return options;
}

WebServer::Options server_options(const Service& service) {
  auto options = service.config.web;
  options.inherited = service.inherited.web;
  if (!options.inherited.empty() && is_default(options.listen, service.config.stage->web_port()))
    options.listen.clear();
  return options;
}

/// What to do about an address that cannot be had. It has a usual reason where a stage uses one port twice.
std::string advice(const Service& service) {
  const Stage& stage = *service.config.stage;
  std::string text = service.other_address("web.listen");
  if (stage.web_port() == stage.bridge_port && is_default(service.config.web.listen, stage.web_port()))
    text += "; in " + std::string{stage.name} + " port " + std::to_string(stage.web_port()) +
            " is both the page's and the one that ps.herald forwards to, where a tunnel may listen";
  return text;
}

void refuse_open_page(const WebServer& server) {
  for (const auto& endpoint : server.endpoints())
    if (!net::is_loopback(endpoint))
      throw Error{Errc::bad_config, "the inherited socket " + endpoint +
                                        " would open the page to other machines, and it does not yet ask who reads it"};
}

}  // namespace

PageService::PageService(asio::io_context& io, const LogStore& store, QueuedSink* writer, Service& service,
                         const std::string& ingest)
    : journal_{service.journal}, faults_{io, service.journal}, app_{store, writer, app_options(service, ingest)} {
  auto options = server_options(service);
  options.on_fault = [this](const Fault& fault) { faults_.add(fault); };
  try {
    server_.emplace(
        io, [this](const HttpRequest& request) { return answer(request); }, options);
  } catch (const Error& error) {
    throw Error{Errc::listen, error.what() + advice(service)};
  }
  refuse_open_page(*server_);
  for (const auto& endpoint : server_->endpoints()) service.journal.log(Level::info, "serving the page on " + endpoint);
}

HttpResponse PageService::answer(const HttpRequest& request) {
  HttpResponse response = app_.handle(request);
  journal_.log(Level::debug,
               request.peer + " " + request.method + " " + request.path + ": " + std::to_string(response.status));
  return response;
}

std::string PageService::url() const {
  const auto endpoint = server_->endpoints().front();
  return endpoint.starts_with("unix:") ? endpoint : "http://" + endpoint + "/";
}

void PageService::stop() {
  server_->stop();
  faults_.stop();
}

}  // namespace psherald::cli
