#include "cli/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "psherald/version.hpp"

namespace psherald::cli {
namespace {

namespace fs = std::filesystem;

/// One line, whatever a peer has made us say.
std::string on_one_line(std::string_view text) {
  std::string line;
  for (const char byte : text) line += static_cast<unsigned char>(byte) < ' ' || byte == 0x7f ? ' ' : byte;
  return line;
}

/// Source: sd-daemon(3).
std::string priority_of(Level level) {
  if (level >= Level::critical) return "<2>";
  if (level >= Level::error) return "<3>";
  if (level >= Level::warning) return "<4>";
  return level >= Level::info ? "<6>" : "<7>";
}

std::string_view text_or_absent(const std::string& text) { return text.empty() ? std::string_view{} : text; }

}  // namespace

Journal::Journal(Options options) : options_{std::move(options)}, identity_{identity_of(options_.program)} {
  std::error_code ignored;
  fs::create_directories(fs::path{options_.file}.parent_path(), ignored);
}

void Journal::log(Level level, std::string_view message) noexcept {
  if (level < options_.threshold) return;
  try {
    std::lock_guard lock{mutex_};
    write_line(level, message);
    if (sink_) write_record(level, message);
  } catch (const std::exception&) {  // the header says so: it is the program that matters
  }
}

void Journal::set_sink(Sink* sink) noexcept {
  std::lock_guard lock{mutex_};
  sink_ = sink;
}

void Journal::write_line(Level level, std::string_view message) {
  const std::string text = on_one_line(message) + "\n";
  const std::string line = format_local(now()) + " " + level_name(level) + " " + options_.program + "[" +
                           std::to_string(::getpid()) + "] " + text;
  if (options_.on_stderr) std::fputs((options_.with_priority ? priority_of(level) + text : line).c_str(), stderr);
  // Opened for each line: there are few, and so it matters little who moves the file away meanwhile.
  std::error_code error;
  const auto size = fs::file_size(options_.file, error);
  if (!error && size + line.size() > options_.max_bytes) rotate();
  const int file = ::open(options_.file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, line.data(), line.size());
  ::close(file);
}

void Journal::rotate() {
  std::error_code ignored;
  const auto old = [this](int number) { return options_.file + "." + std::to_string(number); };
  for (int number = options_.old_files; number > 1; --number) fs::rename(old(number - 1), old(number), ignored);
  fs::rename(options_.file, old(1), ignored);
}

void Journal::write_record(Level level, std::string_view message) {
  const std::string levelname = level_name(level);
  Record record;
  record.created = now();
  record.level = level;
  record.flags = Flag::own;
  record.message = message;
  Source source;
  source.produkt_id = text_or_absent(identity_.produkt_id);
  source.system_id = text_or_absent(identity_.system_id);
  source.sub_system_id = text_or_absent(identity_.sub_system_id);
  source.sub_sub_system_id = text_or_absent(identity_.sub_sub_system_id);
  source.user_spec_1 = text_or_absent(identity_.user_spec_1);
  source.user_spec_2 = text_or_absent(identity_.user_spec_2);
  Site site;
  site.name = options_.program;
  site.levelname = levelname;
  site.package_version = version;
  Process process;
  process.process = ::getpid();
  process.process_name = options_.program;
  RecordBatch batch;
  batch.append(record, source, site, process);
  sink_->write(std::move(batch), {});
}

}  // namespace psherald::cli
