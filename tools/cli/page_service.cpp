#include "cli/page_service.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "cli/watch.hpp"
#include "net/listener.hpp"

namespace psherald::cli {
namespace {

WebApp::Options app_options(const Service& service, const Access& access, const std::string& ingest,
                            std::function<std::vector<Rule>()> rules) {
  auto options = service.config.pages;
  options.access = &access;
  options.ingest = ingest;
  options.rules = std::move(rules);
  return options;
}

WebServer::Options server_options(const Service& service) {
  auto options = service.config.web;
  options.inherited = service.inherited.web;
  if (!options.inherited.empty() && is_default(options.listen, service.config.stage->web_port()))
    options.listen.clear();
  return options;
}

/// The page is shown, though what is watched cannot be read.
std::vector<Rule> rules_of(const Config& config, Journal& journal) {
  try {
    const auto known = find_rules(config);
    return known ? known->options.rules : std::vector<Rule>{};
  } catch (const Error& error) {
    journal.log(Level::warning, std::string{"the page does not know what is watched: "} + error.what());
    return {};
  }
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

/// Sockets that systemd has opened: those of the configuration were looked at when it was read.
void refuse_open_page(const WebServer& server, const Service& service) {
  for (const auto& endpoint : server.endpoints())
    if (!net::is_loopback(endpoint) && service.config.tokens.empty())
      throw Error{Errc::bad_config, "the inherited socket " + endpoint + unguarded_page};
}

bool in_the_clear(const WebServer& server, const Service& service) {
  const auto all = server.endpoints();
  return service.config.web.tls.certificate_file.empty() &&
         std::any_of(all.begin(), all.end(), [](const auto& endpoint) { return !net::is_loopback(endpoint); });
}

}  // namespace

PageService::PageService(asio::io_context& io, const LogStore& store, QueuedSink* writer, Service& service,
                         const Access& access, const std::string& ingest, StoreApi* api)
    : journal_{service.journal},
      faults_{io, service.journal},
      api_{api},
      rules_{rules_of(service.config, service.journal)},
      app_{store, writer, app_options(service, access, ingest, [this] { return rules(); })} {
  auto options = server_options(service);
  options.on_fault = [this](const Fault& fault) { faults_.add(fault); };
  try {
    server_.emplace(
        io, [this](HttpRequest request, const HttpRespond& respond) { answer(std::move(request), respond); }, options);
  } catch (const Error& error) {
    if (error.code() != Errc::listen) throw;
    throw Error{Errc::listen, error.what() + advice(service)};
  }
  refuse_open_page(*server_, service);
  if (in_the_clear(*server_, service))
    service.journal.log(
        Level::warning,
        "other machines reach the page in the clear, and tokens with it; set [tls] certificate and key");
  for (const auto& endpoint : server_->endpoints()) service.journal.log(Level::info, "serving the page on " + endpoint);
}

void PageService::answer(HttpRequest request, const HttpRespond& respond) {
  if (api_ && StoreApi::takes(request.path)) return api_->handle(std::move(request), respond);
  HttpResponse response = app_.handle(request);
  journal_.log(Level::debug,
               request.peer + " " + request.method + " " + request.path + ": " + std::to_string(response.status));
  respond(std::move(response));
}

std::vector<Rule> PageService::rules() const {
  std::lock_guard lock{mutex_};
  return rules_;
}

void PageService::reload(const Config& config) {
  server_->reload_tls();
  auto fresh = rules_of(config, journal_);
  std::lock_guard lock{mutex_};
  rules_.swap(fresh);
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
