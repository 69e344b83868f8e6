#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "net/listener.hpp"
#include "psherald/decode.hpp"
#include "psherald/frame.hpp"
#include "psherald/record.hpp"

namespace psherald {

class Connection;

/// What all connections of an Ingestor share: they take turns on one thread, so one buffer and one decoder serve them
/// all.
struct Intake {
  std::vector<char> buffer;  ///< Whatever is read goes through here.
  PythonDecoder decoder{};
  FrameReader::Options frames{};
  std::size_t pending_bytes = 0;                                    ///< Of all frames that have not wholly arrived.
  std::function<bool(const std::shared_ptr<Connection>&)> pause{};  ///< True: there is no room; will be resumed.
  std::function<void(RecordBatch batch)> deliver{};                 ///< Takes what one turn of a connection brought.
  std::function<void(Fault fault)> report{};                        ///< Counts and reports what was refused.
  std::function<void(std::size_t bytes)> count_bytes{};
};

/// One peer: reads when there is something to read, so an idle connection holds no buffer.
/// Lives as long as its handlers; `intake` outlives it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using OnClosed = std::function<void(Connection&)>;

  Connection(net::StreamSocket socket, std::string peer, Intake& intake, OnClosed on_closed);
  void start();
  /// Reads on after a pause.
  void resume();
  /// Reads what has arrived by now, in its turns, and closes.
  void drain();
  /// Closes at once. No handler of this connection touches `intake` afterwards.
  void abandon() noexcept;

 private:
  void wait();
  bool read(std::size_t at_most);
  void on_frame(std::string_view frame);
  void refuse(const Fault& fault, std::string_view bytes);
  void deliver();
  void close();

  net::StreamSocket socket_;
  std::string peer_;
  Intake& intake_;
  OnClosed on_closed_;
  FrameReader reader_;
  RecordBatch batch_;  // of the turn at hand
  std::size_t left_ =
      std::numeric_limits<std::size_t>::max();  // bytes to read before it closes; without a stop, no end
};

}  // namespace psherald
