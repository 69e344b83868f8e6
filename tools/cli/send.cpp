#include "cli/send.hpp"

#include <pthread.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cmath>

#include "cli/failure.hpp"
#include "cli/identity.hpp"
#include "encode/pickled_dict.hpp"
#include "psherald/version.hpp"
#include "record/utf8.hpp"

namespace psherald::cli {
namespace {

std::string utf8(std::string_view text) {
  std::string clean;
  append_utf8(clean, text);
  return clean;
}

void add_identity(PickledDict& record, const Identity& names) {
  const std::array<std::pair<std::string_view, const std::string*>, 6> fields{
      {{"PRODUKT_ID", &names.produkt_id},
       {"SYSTEM_ID", &names.system_id},
       {"SUB_SYSTEM_ID", &names.sub_system_id},
       {"SUB_SUB_SYSTEM_ID", &names.sub_sub_system_id},
       {"USER_SPEC_1", &names.user_spec_1},
       {"USER_SPEC_2", &names.user_spec_2}}};
  for (const auto& [key, value] : fields) record.text(key, value->empty() ? "None" : utf8(*value));
}

}  // namespace

std::string socket_handler_frame(const Outgoing& record) {
  const double created = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  PickledDict dict;
  dict.text("name", utf8(record.service));
  dict.text("msg", utf8(record.message));
  dict.none("args");
  dict.text("levelname", level_name(record.level));
  dict.integer("levelno", static_cast<std::int64_t>(record.level));
  dict.text("pathname", "psherald");
  dict.text("filename", "psherald");
  dict.text("module", "psherald");
  dict.none("exc_info");
  dict.none("exc_text");
  dict.none("stack_info");
  dict.integer("lineno", 0);
  dict.text("funcName", "emit");
  dict.real("created", created);
  dict.real("msecs", std::floor(std::fmod(created, 1.0) * 1000));
  dict.real("relativeCreated", 0);
  dict.integer("thread", static_cast<std::int64_t>(pthread_self()));
  dict.text("threadName", "MainThread");
  dict.text("processName", "MainProcess");
  dict.integer("process", ::getpid());
  add_identity(dict, identity_of(record.service));
  dict.text("package_version", version);
  std::string frame;
  dict.append_frame(frame);
  return frame;
}

void send_to_bridge(const std::string& host, const std::string& port, const std::string& bytes) {
  constexpr std::chrono::seconds patience{10};
  asio::io_context io;
  asio::ip::tcp::resolver resolver{io};
  asio::ip::tcp::socket socket{io};
  std::string unexpected;
  asio::error_code outcome = asio::error::timed_out;
  const auto keep = [&](asio::error_code error) { outcome = error; };
  resolver.async_resolve(host, port, [&](asio::error_code error, asio::ip::tcp::resolver::results_type found) {
    if (error) return keep(error);
    asio::async_connect(socket, found, [&](asio::error_code refused, const asio::ip::tcp::endpoint&) {
      if (refused) return keep(refused);
      asio::async_write(socket, asio::buffer(bytes), [&](asio::error_code broken, std::size_t) {
        if (broken) return keep(broken);
        socket.shutdown(asio::ip::tcp::socket::shutdown_send, broken);
        // A bridge says nothing; that it closes in its turn tells that it has read everything.
        asio::async_read(socket, asio::dynamic_buffer(unexpected, 1), [&](asio::error_code end, std::size_t) {
          keep(end == asio::error::eof ? std::error_code{} : end);
        });
      });
    });
  });
  io.run_for(patience);
  if (outcome)
    throw Failure{EX_UNAVAILABLE, "no bridge answers on " + host + ":" + port + ": " + outcome.message() +
                                      "; is ps_bridge running, and DEV_STAGE the same there?"};
}

}  // namespace psherald::cli
