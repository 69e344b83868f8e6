#include "cli/send.hpp"

#include <pthread.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cmath>

#include "cli/failure.hpp"
#include "cli/identity.hpp"
#include "encode/pickled_dict.hpp"
#include "net/address.hpp"
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

namespace {

/// Says something to a bridge and waits until it has been read.
class Sending {
 public:
  Sending(const net::Address& address, const std::string& bytes) : address_{address}, bytes_{bytes} {}

  /// What the system says: nothing is the best.
  asio::error_code run(std::chrono::seconds patience) {
    address_.unix_path.empty() ? connect_tcp() : connect_unix();
    io_.run_for(patience);
    return outcome_;
  }

 private:
  void connect_tcp() {
    resolver_.async_resolve(address_.host, std::to_string(address_.port), [this](asio::error_code error, auto found) {
      if (error) return end(error);
      asio::async_connect(tcp_, found, [this](asio::error_code refused, const auto&) { send(tcp_, refused); });
    });
  }
  void connect_unix() {
    unix_.async_connect({address_.unix_path}, [this](asio::error_code refused) { send(unix_, refused); });
  }

  template <class Socket>
  void send(Socket& socket, asio::error_code refused) {
    if (refused) return end(refused);
    asio::async_write(socket, asio::buffer(bytes_), [this, &socket](asio::error_code error, std::size_t) {
      if (error) return end(error);
      socket.shutdown(Socket::shutdown_send, error);
      // A bridge says nothing; that it closes in its turn tells that it has read everything.
      asio::async_read(socket, asio::dynamic_buffer(answer_, 1), [this](asio::error_code closed, std::size_t) {
        end(closed == asio::error::eof ? asio::error_code{} : closed);
      });
    });
  }
  void end(asio::error_code outcome) { outcome_ = outcome; }

  const net::Address& address_;
  const std::string& bytes_;
  asio::io_context io_;
  asio::ip::tcp::resolver resolver_{io_};
  asio::ip::tcp::socket tcp_{io_};
  asio::local::stream_protocol::socket unix_{io_};
  std::string answer_;
  asio::error_code outcome_ = asio::error::timed_out;
};

}  // namespace

void send_to_bridge(const std::string& address, const std::string& bytes) {
  const auto parsed = net::parse_address(address);
  if (!parsed) throw UsageError{"\"" + address + "\" is no address: " + parsed.error().text};
  if (const auto error = Sending{*parsed, bytes}.run(std::chrono::seconds{10}))
    throw Failure{EX_UNAVAILABLE, "no bridge answers on " + address + ": " + error.message() +
                                      "; is ps_bridge running, and DEV_STAGE the same there?"};
}

}  // namespace psherald::cli
