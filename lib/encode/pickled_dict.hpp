#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace psherald {

/// Writes a dict with texts as keys as a pickle of protocol 1, without a memo: what Python's SocketHandler would send,
/// in few opcodes, none of which calls anything. Texts have to be UTF-8. Source: CPython Lib/pickletools.py.
class PickledDict {
 public:
  void text(std::string_view key, std::string_view value);
  void integer(std::string_view key, std::int64_t value);
  void real(std::string_view key, double value);
  void none(std::string_view key);

  /// Appends the length prefix and the pickle.
  void append_frame(std::string& out) const;

 private:
  void write(std::string_view text);

  std::string items_;
};

}  // namespace psherald
