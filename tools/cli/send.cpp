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
#include <bit>
#include <chrono>
#include <cmath>

#include "cli/failure.hpp"
#include "cli/identity.hpp"
#include "psherald/version.hpp"
#include "record/utf8.hpp"

namespace psherald::cli {
namespace {

void append_big_endian(std::string& out, std::uint64_t number, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

/// Writes a dict of texts and numbers. Source: CPython Lib/pickletools.py.
class PickledDict {
 public:
  void text(std::string_view key, std::string_view value) {
    string(key);
    string(value);
  }
  void number(std::string_view key, std::int64_t value) {
    string(key);
    bytes_ += "L" + std::to_string(value) + "L\n";
  }
  void real(std::string_view key, double value) {
    string(key);
    bytes_ += 'G';
    append_big_endian(bytes_, std::bit_cast<std::uint64_t>(value), 8);
  }
  void none(std::string_view key) {
    string(key);
    bytes_ += 'N';
  }
  std::string frame() && {
    bytes_ += "u.";
    std::string framed;
    append_big_endian(framed, bytes_.size(), 4);
    return framed + bytes_;
  }

 private:
  void string(std::string_view text) {
    std::string utf8;
    append_utf8(utf8, text);
    bytes_ += 'X';
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(utf8.size() >> shift & 0xff);
    bytes_ += utf8;
  }

  std::string bytes_ = "}(";
};

void add_identity(PickledDict& record, const Identity& names) {
  const std::array<std::pair<std::string_view, const std::string*>, 6> fields{
      {{"PRODUKT_ID", &names.produkt_id},
       {"SYSTEM_ID", &names.system_id},
       {"SUB_SYSTEM_ID", &names.sub_system_id},
       {"SUB_SUB_SYSTEM_ID", &names.sub_sub_system_id},
       {"USER_SPEC_1", &names.user_spec_1},
       {"USER_SPEC_2", &names.user_spec_2}}};
  for (const auto& [key, value] : fields) record.text(key, value->empty() ? "None" : *value);
}

}  // namespace

std::string socket_handler_frame(const Outgoing& record) {
  const double created = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  PickledDict dict;
  dict.text("name", record.service);
  dict.text("msg", record.message);
  dict.none("args");
  dict.text("levelname", level_name(record.level));
  dict.number("levelno", static_cast<std::int64_t>(record.level));
  dict.text("pathname", "psherald");
  dict.text("filename", "psherald");
  dict.text("module", "psherald");
  dict.none("exc_info");
  dict.none("exc_text");
  dict.none("stack_info");
  dict.number("lineno", 0);
  dict.text("funcName", "emit");
  dict.real("created", created);
  dict.real("msecs", std::floor(std::fmod(created, 1.0) * 1000));
  dict.real("relativeCreated", 0);
  dict.number("thread", static_cast<std::int64_t>(pthread_self()));
  dict.text("threadName", "MainThread");
  dict.text("processName", "MainProcess");
  dict.number("process", ::getpid());
  add_identity(dict, identity_of(record.service));
  dict.text("package_version", version);
  return std::move(dict).frame();
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
