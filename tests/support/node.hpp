#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "psherald/forward_receiver.hpp"
#include "psherald/forwarder.hpp"
#include "support/proxy.hpp"

namespace psherald::testing {

/// A psherald that receives from others and forwards to others, over HTTP on loopback, and that can be stopped, started
/// again, copied and put back. Its address stays the same, and is a proxy's. Threads: those of its parts; everything
/// else from one.
class Node {
 public:
  using Handler = std::function<void(ForwardReceiver&, HttpRequest, HttpRespond)>;

  /// `name` is the store's; the file lies in `folder`. It runs when the constructor returns.
  Node(const std::string& folder, std::string name, ForwardReceiver::Options options = {});
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node();  ///< As stop().

  void start();
  void stop();  ///< Without draining: what was not confirmed is known to the other end alone.
  bool is_running() const noexcept;

  std::string url() const;  ///< Of the proxy.
  Proxy& proxy() noexcept;
  const std::string& file() const noexcept;
  LogStore& store() noexcept;  ///< Its writer thread's; for looking, take a reader().
  std::unique_ptr<LogStore> reader();
  const std::string& name() const noexcept;

  void write(RecordBatch batch);  ///< Stored when it returns.

  /// As long as the node runs, and again when it is started anew.
  void forward_to(const std::string& url, std::function<void(Forwarder::Options&)> change = {});
  void forward_to(Node& other, std::function<void(Forwarder::Options&)> change = {});
  Forwarder& forwarder(std::size_t number = 0);
  const ForwardReceiver& receiver() const;
  std::vector<std::string> faults() const;  ///< Of its forwarders and of its receiver, since it was made.

  /// Stands between the server and the receiver, from now on.
  void intercept(Handler handler);

  /// Puts a copy in place of what the file holds, while it runs, as sqlite3's `.restore` does.
  void restore(const std::string& path);

  // While it is stopped:
  void copy_to(const std::string& path) const;  ///< The file, and what belongs to it, as they lie there.
  void put_back(const std::string& path);       ///< A copy takes the place of the file.
  void remove_file();
  void execute(const std::string& sql);  ///< By plain SQLite.

 private:
  struct Running;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether it came true within three minutes: sanitizers on a busy machine are slow.
bool wait_until(const std::function<bool()>& condition);

}  // namespace psherald::testing
