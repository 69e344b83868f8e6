#include "psherald/fingerprint.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "query/stable_hash.hpp"
#include "record/lines.hpp"

namespace psherald {
namespace {

constexpr std::string_view heading = "Traceback (most recent call last):";

struct Frame {
  std::string_view path, function;
  bool own = false;
};
struct Traceback {
  std::string_view exception;
  std::vector<Frame> frames;
};

// Lines of an exception group stand behind a bar.
std::string_view unframed(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first != line.npos && line[first] == '|' ? line.substr(std::min(first + 2, line.size())) : line;
}

bool is_own(std::string_view path) {
  for (const std::string_view foreign : {"site-packages", "dist-packages", "lib/python", "lib\\python", "<frozen"})
    if (path.find(foreign) != path.npos) return false;
  return true;
}

// `  File "PATH", line N, in FUNCTION`
bool read_frame(std::string_view line, Frame& frame) {
  constexpr std::string_view begin = "  File \"", middle = "\", line ", in = ", in ";
  if (!line.starts_with(begin)) return false;
  line.remove_prefix(begin.size());
  const auto path_end = line.find(middle);
  if (path_end == line.npos) return false;
  const auto function = line.find(in, path_end);
  if (function == line.npos) return false;
  frame = {line.substr(0, path_end), line.substr(function + in.size()), false};
  frame.own = is_own(frame.path);
  return true;
}

// The last one: what it was raised from does not count.
std::optional<Traceback> read_traceback(std::string_view text) {
  const auto begin = text.rfind(heading);
  if (begin == text.npos) return {};
  text.remove_prefix(begin);
  take_line(text);
  Traceback traceback;
  while (!text.empty()) {
    const auto line = unframed(take_line(text));
    if (Frame frame; read_frame(line, frame)) {
      traceback.frames.push_back(frame);
    } else if (!line.empty() && line.front() != ' ') {
      traceback.exception = line;
      break;
    }
  }
  if (traceback.frames.empty() || traceback.exception.empty()) return {};
  return traceback;
}

// Without its module and its text.
std::string_view type_of(std::string_view exception) {
  exception = exception.substr(0, exception.find(':'));
  exception = exception.substr(0, exception.find(' '));
  return exception.substr(exception.rfind('.') + 1);
}

// The last two parts without digits: versions stand in paths.
std::string file_of(std::string_view path) {
  std::size_t begin = path.size();
  for (int parts = 0; begin > 0; --begin)
    if ((path[begin - 1] == '/' || path[begin - 1] == '\\') && ++parts == 2) break;
  std::string file;
  for (const char c : path.substr(begin))
    if (c < '0' || c > '9') file += c == '\\' ? '/' : c;
  return file;
}

std::uint64_t fingerprint_of(const Traceback& traceback) {
  const auto& frames = traceback.frames;
  auto innermost = std::find_if(frames.rbegin(), frames.rend(), [](const Frame& frame) { return frame.own; });
  if (innermost == frames.rend()) innermost = frames.rbegin();
  query::StableHash hash;
  hash.add("traceback").add(type_of(traceback.exception)).add(file_of(innermost->path));
  constexpr std::size_t most = 3;
  std::vector<std::string_view> functions;
  for (auto frame = innermost; frame != frames.rend() && functions.size() < most; ++frame)
    if (frame->path == innermost->path &&
        std::find(functions.begin(), functions.end(), frame->function) == functions.end())
      functions.push_back(frame->function);
  for (const auto function : functions) hash.add(function);
  return hash.value();
}

}  // namespace

std::uint64_t fingerprint(const Record& record, const Site& site) {
  if (const auto traceback = read_traceback(record.exc_text)) return fingerprint_of(*traceback);
  return query::StableHash{}
      .add("message")
      .add(site.name)
      .add(site.funcname)
      .add(normalised_message(record.message))
      .value();
}

}  // namespace psherald
