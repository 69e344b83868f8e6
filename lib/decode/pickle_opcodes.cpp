#include "decode/pickle_opcodes.hpp"

namespace psherald::pickle {

std::string_view name_of(Opcode opcode) noexcept {
  switch (opcode) {
    case Opcode::mark: return "MARK";
    case Opcode::stop: return "STOP";
    case Opcode::pop: return "POP";
    case Opcode::pop_mark: return "POP_MARK";
    case Opcode::dup: return "DUP";
    case Opcode::float_: return "FLOAT";
    case Opcode::int_: return "INT";
    case Opcode::binint: return "BININT";
    case Opcode::binint1: return "BININT1";
    case Opcode::long_: return "LONG";
    case Opcode::binint2: return "BININT2";
    case Opcode::none: return "NONE";
    case Opcode::persid: return "PERSID";
    case Opcode::binpersid: return "BINPERSID";
    case Opcode::reduce: return "REDUCE";
    case Opcode::string: return "STRING";
    case Opcode::binstring: return "BINSTRING";
    case Opcode::short_binstring: return "SHORT_BINSTRING";
    case Opcode::unicode: return "UNICODE";
    case Opcode::binunicode: return "BINUNICODE";
    case Opcode::append: return "APPEND";
    case Opcode::build: return "BUILD";
    case Opcode::global: return "GLOBAL";
    case Opcode::dict: return "DICT";
    case Opcode::empty_dict: return "EMPTY_DICT";
    case Opcode::appends: return "APPENDS";
    case Opcode::get: return "GET";
    case Opcode::binget: return "BINGET";
    case Opcode::inst: return "INST";
    case Opcode::long_binget: return "LONG_BINGET";
    case Opcode::list: return "LIST";
    case Opcode::empty_list: return "EMPTY_LIST";
    case Opcode::obj: return "OBJ";
    case Opcode::put: return "PUT";
    case Opcode::binput: return "BINPUT";
    case Opcode::long_binput: return "LONG_BINPUT";
    case Opcode::setitem: return "SETITEM";
    case Opcode::tuple: return "TUPLE";
    case Opcode::empty_tuple: return "EMPTY_TUPLE";
    case Opcode::setitems: return "SETITEMS";
    case Opcode::binfloat: return "BINFLOAT";
    case Opcode::binbytes: return "BINBYTES";
    case Opcode::short_binbytes: return "SHORT_BINBYTES";
    case Opcode::proto: return "PROTO";
    case Opcode::newobj: return "NEWOBJ";
    case Opcode::ext1: return "EXT1";
    case Opcode::ext2: return "EXT2";
    case Opcode::ext4: return "EXT4";
    case Opcode::tuple1: return "TUPLE1";
    case Opcode::tuple2: return "TUPLE2";
    case Opcode::tuple3: return "TUPLE3";
    case Opcode::newtrue: return "NEWTRUE";
    case Opcode::newfalse: return "NEWFALSE";
    case Opcode::long1: return "LONG1";
    case Opcode::long4: return "LONG4";
    case Opcode::short_binunicode: return "SHORT_BINUNICODE";
    case Opcode::binunicode8: return "BINUNICODE8";
    case Opcode::binbytes8: return "BINBYTES8";
    case Opcode::empty_set: return "EMPTY_SET";
    case Opcode::additems: return "ADDITEMS";
    case Opcode::frozenset: return "FROZENSET";
    case Opcode::newobj_ex: return "NEWOBJ_EX";
    case Opcode::stack_global: return "STACK_GLOBAL";
    case Opcode::memoize: return "MEMOIZE";
    case Opcode::frame: return "FRAME";
    case Opcode::bytearray8: return "BYTEARRAY8";
    case Opcode::next_buffer: return "NEXT_BUFFER";
    case Opcode::readonly_buffer: return "READONLY_BUFFER";
  }
  return {};
}

}  // namespace psherald::pickle
