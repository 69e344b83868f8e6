#include <optional>

#include "exchange/cells.hpp"
#include "exchange/utc.hpp"
#include "psherald/exchange.hpp"

namespace psherald {
namespace {

constexpr std::string_view names =
    "id,received,created,level,level_name,product,system,subsystem,subsubsystem,user1,user2,version,logger,module,"
    "function,file,line,process,process_name,thread,thread_name,message,exception,stack,origin,attr\r\n";

/// Appends the cells of one line.
class Line {
 public:
  explicit Line(std::string& out) : out_{out} {}
  void number(std::optional<std::int64_t> number) {
    separate();
    if (number) out_ += std::to_string(*number);
  }
  void time(std::optional<Timestamp> time) {
    separate();
    if (time) exchange::append_utc(out_, *time);
  }
  void texts(std::initializer_list<std::string_view> texts) {
    for (const auto text : texts) {
      separate();
      exchange::append_csv_text(out_, text);
    }
  }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string& out_;
  bool first_ = true;
};

void append_record(std::string& out, const RecordBatch& batch, const Record& record) {
  const auto& source = batch.source(record);
  const auto& site = batch.site(record);
  const auto& process = batch.process(record);
  Line line{out};
  line.number(record.id);
  line.time(record.received);
  line.time(record.created);
  line.number(static_cast<std::int64_t>(record.level));
  line.texts({site.levelname, source.produkt_id, source.system_id, source.sub_system_id, source.sub_sub_system_id,
              source.user_spec_1, source.user_spec_2, site.package_version, site.name, site.module, site.funcname,
              present(site.pathname) ? site.pathname : site.filename});
  line.number(site.lineno);
  line.number(process.process);
  line.texts({process.process_name});
  line.number(process.thread);
  line.texts({process.thread_name, record.message, record.exc_text, record.stack_info, record.origin, record.extra});
  out += "\r\n";
}

}  // namespace

void append_csv_names(std::string& out) { out += names; }

void append_csv(std::string& out, const RecordBatch& batch) {
  for (const auto& record : batch.records()) append_record(out, batch, record);
}

}  // namespace psherald
