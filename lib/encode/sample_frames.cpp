#include <cmath>

#include "encode/pickled_dict.hpp"
#include "psherald/testing.hpp"

namespace psherald::testing {

std::string python_frame(const PythonRecord& record) {
  PickledDict dict;
  dict.text("name", record.name);
  dict.text("msg", record.message);
  for (const auto name : {"args", "exc_info", "exc_text", "stack_info"}) dict.none(name);
  dict.text("levelname", record.levelname);
  dict.integer("levelno", record.levelno);
  dict.text("pathname", "/srv/app/sample.py");
  dict.text("filename", "sample.py");
  dict.text("module", "sample");
  dict.integer("lineno", 1);
  dict.text("funcName", "main");
  dict.real("created", record.created);
  dict.real("msecs", std::floor((record.created - std::floor(record.created)) * 1000));
  dict.real("relativeCreated", 1.5);
  dict.integer("process", 4711);
  dict.text("processName", "MainProcess");
  dict.integer("thread", 1);
  dict.text("threadName", "MainThread");
  dict.text("SYSTEM_ID", record.system_id);
  for (const auto& [name, text] : record.extra) dict.text(name, text);
  std::string frame;
  dict.append_frame(frame);
  return frame;
}

}  // namespace psherald::testing
