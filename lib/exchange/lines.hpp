#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace psherald::exchange {

/// Cuts bytes into lines, as they come. A line has neither its LF nor a CR before it.
class Lines {
 public:
  explicit Lines(std::size_t longest) : longest_{longest} {}

  /// Calls `use(line)` with each whole line, good until it returns, and `too_long()` at the end of each that is longer.
  template <class Use, class TooLong>
  void read(std::string_view bytes, const Use& use, const TooLong& too_long) {
    for (std::size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
      ++number_;
      keep(rest_.empty() && !over_ ? std::string_view{} : bytes.substr(0, end));
      const auto line = rest_.empty() ? bytes.substr(0, end) : std::string_view{rest_};
      over_ || line.size() > longest_ ? too_long() : use(without_cr(line));
      rest_.clear();
      over_ = false;
    }
    keep(bytes);
  }
  /// Of the line that was called with last, from 1.
  std::uint64_t number() const noexcept { return number_; }
  /// What came behind the last line break.
  std::string_view rest() const noexcept { return without_cr(rest_); }
  bool has_rest() const noexcept { return over_ || !rest_.empty(); }
  bool rest_is_too_long() const noexcept { return over_; }

 private:
  static std::string_view without_cr(std::string_view line) noexcept {
    return line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
  }
  void keep(std::string_view bytes) {
    over_ = over_ || rest_.size() + bytes.size() > longest_;
    over_ ? rest_.clear() : void(rest_ += bytes);
  }

  std::size_t longest_;
  std::string rest_{};
  bool over_ = false;
  std::uint64_t number_ = 0;
};

}  // namespace psherald::exchange
