#include "support/smtp_server.hpp"

#include <asio/buffer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <mutex>
#include <thread>

namespace psherald::testing {

using asio::ip::tcp;

struct SmtpServer::Impl {
  class Session : public std::enable_shared_from_this<Session> {
   public:
    Session(Impl& server, tcp::socket socket) : server_{server}, socket_{std::move(socket)} {}

    void start() { answer(Stage::connect, "", "220 test ESMTP"); }

   private:
    void read() {
      asio::async_read_until(socket_, asio::dynamic_buffer(buffer_), in_content_ ? "\r\n.\r\n" : "\r\n",
                             [self = shared_from_this()](asio::error_code error, std::size_t size) {
                               if (!error) self->handle(size);
                             });
    }

    void handle(std::size_t size) {
      const std::string text = buffer_.substr(0, size - (in_content_ ? 5 : 2));
      buffer_.erase(0, size);
      if (in_content_) return take(text);
      server_.note(text);
      const auto is = [&](const char* command) { return text.rfind(command, 0) == 0; };
      if (is("EHLO")) return answer(Stage::ehlo, text, "250-test\r\n250 SIZE 1000000");
      if (is("MAIL FROM:")) return mail_.from = text.substr(10), answer(Stage::mail, text, "250 sender ok");
      if (is("RCPT TO:")) return mail_.to = text.substr(8), answer(Stage::rcpt, text, "250 recipient ok");
      if (is("DATA")) return answer(Stage::data, text, "354 go on");
      if (is("QUIT")) return answer(Stage::quit, text, "221 bye");
      answer(Stage::other, text, "502 no such command");
    }

    void take(const std::string& text) {
      in_content_ = false;
      mail_.content = "\r\n" + text;
      for (auto dot = mail_.content.find("\r\n.."); dot != std::string::npos;
           dot = mail_.content.find("\r\n..", dot + 3))
        mail_.content.erase(dot + 2, 1);
      mail_.content.erase(0, 2);
      answer(Stage::content, mail_.content, "250 taken");
    }

    void answer(Stage stage, const std::string& line, const std::string& usual) {
      const std::string reply = server_.ask(stage, line, usual);
      if (stage == Stage::content && reply.rfind("250", 0) == 0) server_.keep(mail_);
      if (reply == silence) return read();
      if (reply == drop) return socket_.close();
      if (stage == Stage::data && reply.rfind("354", 0) == 0) in_content_ = true;
      out_ = reply + "\r\n";
      asio::async_write(socket_, asio::buffer(out_),
                        [self = shared_from_this(), stage](asio::error_code error, std::size_t) {
                          if (!error && stage != Stage::quit) self->read();
                        });
    }

    Impl& server_;
    tcp::socket socket_;
    std::string buffer_{}, out_{};
    Mail mail_{};
    bool in_content_ = false;
  };

  explicit Impl(Script with) : script{std::move(with)} {
    accept();
    thread = std::thread{[this] { io.run(); }};
  }
  ~Impl() {
    io.stop();
    thread.join();
  }

  void accept() {
    acceptor.async_accept([this](asio::error_code error, tcp::socket socket) {
      if (error) return;
      {
        std::lock_guard lock{mutex};
        ++connections;
      }
      std::make_shared<Session>(*this, std::move(socket))->start();
      accept();
    });
  }

  std::string ask(Stage stage, const std::string& line, const std::string& usual) {
    std::lock_guard lock{mutex};
    const std::string scripted = script ? script(stage, line) : "";
    return scripted.empty() ? usual : scripted;
  }
  void keep(const Mail& mail) {
    std::lock_guard lock{mutex};
    mails.push_back(mail);
  }
  void note(const std::string& line) {
    std::lock_guard lock{mutex};
    lines.push_back(line);
  }

  mutable std::mutex mutex;
  Script script;
  std::vector<Mail> mails;
  std::vector<std::string> lines;
  int connections = 0;
  asio::io_context io{1};
  tcp::acceptor acceptor{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  std::thread thread;
};

SmtpServer::SmtpServer(Script script) : impl_{std::make_unique<Impl>(std::move(script))} {}
SmtpServer::~SmtpServer() = default;

std::string SmtpServer::url() const {
  return "smtp://127.0.0.1:" + std::to_string(impl_->acceptor.local_endpoint().port());
}
void SmtpServer::follow(Script script) {
  std::lock_guard lock{impl_->mutex};
  impl_->script = std::move(script);
}
std::vector<SmtpServer::Mail> SmtpServer::mails() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->mails;
}
int SmtpServer::connections() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->connections;
}
std::vector<std::string> SmtpServer::lines() const {
  std::lock_guard lock{impl_->mutex};
  return impl_->lines;
}

}  // namespace psherald::testing
