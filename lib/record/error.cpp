#include "psherald/error.hpp"

namespace psherald {
namespace {

class Category final : public std::error_category {
  const char* name() const noexcept override { return "psherald"; }
  std::string message(int code) const override {
    switch (static_cast<Errc>(code)) {
      case Errc::frame_too_large: return "frame above the size limit";
      case Errc::frame_cut_off: return "connection closed within a frame";
      case Errc::bad_frame: return "malformed frame";
      case Errc::bad_record: return "not a log record";
      case Errc::queue_full: return "queue full";
      case Errc::stopped: return "stopping";
      case Errc::listen: return "cannot listen";
      case Errc::peer_lost: return "connection lost";
      case Errc::out_of_step: return "batch does not continue its stream";
      case Errc::forked: return "the sender's log is another one now";
      case Errc::not_allowed: return "not allowed";
      case Errc::store_open: return "cannot open the database";
      case Errc::store_foreign: return "not a database of psherald";
      case Errc::store_version: return "database of a newer psherald";
      case Errc::store_corrupt: return "damaged database";
      case Errc::store_read_only: return "database opened read-only";
      case Errc::store_busy: return "database locked by another process";
      case Errc::store_full: return "disk full";
      case Errc::store_io: return "database input/output error";
      case Errc::bad_config: return "wrong configuration";
      case Errc::bad_query: return "search not understood";
      case Errc::watch_lost: return "another watchdog has taken over";
      case Errc::not_told: return "alert not delivered";
    }
    return "unknown error";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

}  // namespace psherald
