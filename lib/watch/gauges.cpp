#include "watch/gauges.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

#include "store/sqlite.hpp"
#include "watch/tau.hpp"

namespace psherald::watch {

std::vector<Gauge> read_gauges(const LogStore& store, Timestamp now) {
  std::vector<Gauge> gauges;
  auto* db = store.native_handle();
  sqlite::Statement rows{
      db,
      "SELECT name, (SELECT received FROM entry WHERE entry.id > cursor.id ORDER BY entry.id LIMIT 1) "
      "FROM cursor"};
  while (rows.step()) {
    const auto waiting = rows.optional_integer(1);
    const Tau lag = waiting ? std::max<Tau>(now - Timestamp{Tau{*waiting}}, Tau{}) : Tau{};
    gauges.push_back({Gauge::Kind::lag, std::string{rows.text(0)}, std::chrono::duration<double>(lag).count()});
  }
  const auto folder = std::filesystem::absolute(store.file()).parent_path().string();
  struct statvfs disk;
  if (::statvfs(folder.c_str(), &disk) != 0 || disk.f_blocks == 0) return gauges;
  const double all = static_cast<double>(disk.f_blocks), free = static_cast<double>(disk.f_bavail);
  gauges.push_back({Gauge::Kind::disk, folder, 100 * (all - free) / all});
  gauges.push_back({Gauge::Kind::disk_free, folder, free * static_cast<double>(disk.f_frsize)});
  return gauges;
}

}  // namespace psherald::watch
