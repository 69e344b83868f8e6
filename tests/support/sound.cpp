#include "support/sound.hpp"

#include <stdexcept>
#include <utility>

#include "record/utf8.hpp"
#include "support/json.hpp"

namespace psherald::testing {

std::string fault_of(const RecordBatch& batch, const Record& record, std::size_t max_output_bytes) {
  const auto& source = batch.source(record);
  const auto& site = batch.site(record);
  const auto& process = batch.process(record);
  std::size_t size = 0;
  for (const auto& [name, text] :
       std::initializer_list<std::pair<const char*, std::string_view>>{{"message", record.message},
                                                                       {"exc_text", record.exc_text},
                                                                       {"stack_info", record.stack_info},
                                                                       {"extra", record.extra},
                                                                       {"produkt_id", source.produkt_id},
                                                                       {"system_id", source.system_id},
                                                                       {"sub_system_id", source.sub_system_id},
                                                                       {"sub_sub_system_id", source.sub_sub_system_id},
                                                                       {"user_spec_1", source.user_spec_1},
                                                                       {"user_spec_2", source.user_spec_2},
                                                                       {"api_version", source.api_version},
                                                                       {"name", site.name},
                                                                       {"pathname", site.pathname},
                                                                       {"filename", site.filename},
                                                                       {"module", site.module},
                                                                       {"funcname", site.funcname},
                                                                       {"levelname", site.levelname},
                                                                       {"package_version", site.package_version},
                                                                       {"process_name", process.process_name},
                                                                       {"thread_name", process.thread_name}}) {
    if (!is_utf8(text)) return std::string{name} + " is no UTF-8";
    size += text.size();
  }
  constexpr std::size_t closing = 16 * 1024;  // marks and brackets of what was open when the room ended
  if (size > max_output_bytes + closing) return "its texts have " + std::to_string(size) + " bytes";
  if (!present(record.extra)) return {};
  try {
    const auto extra = parse_json(record.extra);
    return extra.kind == Json::Kind::object && !extra.members.empty() ? "" : "extra is no object with members";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace psherald::testing
