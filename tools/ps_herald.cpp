/// ps_herald: shows the stored records on a page.

#include <memory>

#include "cli/page_service.hpp"
#include "cli/program.hpp"
#include "cli/service.hpp"
#include "cli/store_api.hpp"

namespace {

using namespace psherald;

cli::Usage usage() {
  return {"ps_herald", "Shows the stored records on a page.",
          cli::service_options({{0, "listen", "ADDRESS", "HOST:PORT or unix:PATH to serve the page on"},
                                {'u', "use", "FILE", "show this database, and change nothing in it"}}),
          "",
          "  ps_herald                           show the stage's database on the stage's web port\n"
          "  ps_herald --use old.sqlite          show another one\n"};
}

void serve(cli::Service& service, asio::io_context& io, cli::PageService& page, Access& access) {
  service.run(
      io, [&] { page.stop(); },
      [&](const Config& config) {
        access.reload();
        page.reload(config);
      });
}

/// Shows a database to which nothing is written, not even what this program has to say about itself.
void show_only(cli::Service& service) {
  const LogStore store = cli::open_to_look(service.config.store);
  asio::io_context io{1};
  Access access{service.config.tokens, service.config.pages.hosts};
  cli::PageService page{io, store, nullptr, service, access, "", nullptr};
  serve(service, io, page, access);
}

/// Nothing where the database may only be read.
std::unique_ptr<LogStore> open_to_change(cli::Service& service) try {
  return std::make_unique<LogStore>(service.config.store);
} catch (const Error& error) {
  if (error.code() != Errc::store_read_only) throw;
  service.journal.log(Level::warning, std::string{error.what()} + "; showing it all the same");
  return nullptr;
}

void show(cli::Service& service) {
  const auto opened = open_to_change(service);
  if (!opened) return show_only(service);
  auto& store = *opened;
  QueuedSink queue{store, service.config.queue};
  const cli::Journal::IntoSink records{service.journal, queue};
  asio::io_context io{1};
  Access access{service.config.tokens, service.config.pages.hosts};
  cli::StoreApi api{io, store, queue, service, access, [&] { return cli::status_of(store, queue, {}, {}); }};
  cli::PageService page{io, store, &queue, service, access, service.config.ingest.listen.front(), &api};
  serve(service, io, page, access);
}

int run(const cli::Arguments& arguments) {
  if (cli::print_debug_mode("ps_herald", arguments)) return 0;
  const cli::ServiceKind kind{
      "ps_herald", {{"listen", "web.listen"}, {"use", "store.path"}}, {"ps_herald"}, /*writes_log=*/false};
  cli::run_service(kind, arguments, [&](cli::Service& service) {
    service.inherited.web = service.inherited.all();
    arguments.has("use") ? show_only(service) : show(service);
  });
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return cli::run_program(usage(), cli::words_of(argc, argv), run); }
