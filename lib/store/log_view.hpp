#pragma once

#include <array>
#include <string>
#include <string_view>

namespace psherald::store {

/// The columns of ps.herald's table `log`, in its order. The view `log` has the same, and more behind them.
enum class LogColumn {
  id,
  created,
  threadname,
  api_version,
  package_version,
  name,
  relativecreated,
  process,
  args,
  module,
  funcname,
  levelno,
  processname,
  thread,
  msecs,
  message,
  exc_text,
  exc_info,
  stack_info,
  pathname,
  filename,
  asctime,
  levelname,
  lineno,
  produkt_id,
  system_id,
  sub_system_id,
  sub_sub_system_id,
  user_spec_1,
  user_spec_2,
  summary,
};

inline constexpr std::array<std::string_view, 31> log_columns{
    "id",          "created",     "threadname", "api_version", "package_version", "name",          "relativecreated",
    "process",     "args",        "module",     "funcname",    "levelno",         "processname",   "thread",
    "msecs",       "message",     "exc_text",   "exc_info",    "stack_info",      "pathname",      "filename",
    "asctime",     "levelname",   "lineno",     "produkt_id",  "system_id",       "sub_system_id", "sub_sub_system_id",
    "user_spec_1", "user_spec_2", "summary"};

/// CREATE VIEW log. A value that entry.legacy keeps is preferred to what the columns of a record give.
std::string log_view_sql();

}  // namespace psherald::store
