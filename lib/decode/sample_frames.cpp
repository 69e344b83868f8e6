#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "decode/pickle_opcodes.hpp"
#include "psherald/testing.hpp"

namespace psherald::testing {
namespace {

using pickle::Opcode;

// Protocol 1, as far as a log record needs it; without a memo, which nobody asks for.
class Pickler {
 public:
  void write(Opcode opcode) { bytes_ += static_cast<char>(opcode); }
  void write(std::string_view text) {
    write(Opcode::binunicode);
    write_little_endian(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  void write(int number) {
    write(Opcode::binint);
    write_little_endian(static_cast<std::uint32_t>(number));
  }
  void write(double number) {
    write(Opcode::binfloat);
    const auto bits = std::bit_cast<std::uint64_t>(number);
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(bits >> shift & 0xFF);
  }
  template <class Value>
  void item(std::string_view name, Value value) {
    write(name);
    write(value);
  }

  // With the length before it.
  std::string frame() const {
    const auto size = static_cast<std::uint32_t>(bytes_.size());
    std::string framed;
    for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>(size >> shift & 0xFF);
    return framed + bytes_;
  }

 private:
  void write_little_endian(std::uint32_t number) {
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>(number >> shift & 0xFF);
  }

  std::string bytes_;
};

}  // namespace

std::string python_frame(const PythonRecord& record) {
  using namespace std::string_view_literals;
  Pickler pickle;
  pickle.write(Opcode::empty_dict);
  pickle.write(Opcode::mark);
  pickle.item("name", std::string_view{record.name});
  pickle.item("msg", std::string_view{record.message});
  for (const auto name : {"args", "exc_info", "exc_text", "stack_info"}) pickle.item(name, Opcode::none);
  pickle.item("levelname", std::string_view{record.levelname});
  pickle.item("levelno", record.levelno);
  pickle.item("pathname", "/srv/app/sample.py"sv);
  pickle.item("filename", "sample.py"sv);
  pickle.item("module", "sample"sv);
  pickle.item("lineno", 1);
  pickle.item("funcName", "main"sv);
  pickle.item("created", record.created);
  pickle.item("msecs", std::floor((record.created - std::floor(record.created)) * 1000));
  pickle.item("relativeCreated", 1.5);
  pickle.item("process", 4711);
  pickle.item("processName", "MainProcess"sv);
  pickle.item("thread", 1);
  pickle.item("threadName", "MainThread"sv);
  pickle.item("SYSTEM_ID", std::string_view{record.system_id});
  for (const auto& [name, text] : record.extra) pickle.item(name, std::string_view{text});
  pickle.write(Opcode::setitems);
  pickle.write(Opcode::stop);
  return pickle.frame();
}

}  // namespace psherald::testing
