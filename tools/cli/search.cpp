#include "cli/search.hpp"

#include <sysexits.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "cli/failure.hpp"
#include "cli/record_writer.hpp"
#include "cli/selecting.hpp"

namespace psherald::cli {
namespace {

constexpr Option fields_option{0, "fields", "NAMES", "these fields only, with commas between: id,system,attr.order_id"};

std::vector<ast::FieldRef> fields_of(const Arguments& arguments) {
  std::vector<ast::FieldRef> fields;
  const auto names = arguments.value("fields");
  if (!names) return fields;
  for (std::size_t begin = 0, end = 0; end != names->npos; begin = end + 1) {
    end = names->find(',', begin);
    fields.push_back(parsed_field(names->substr(begin, end - begin)));
  }
  return fields;
}

RecordWriter writer_of(const Arguments& arguments, Format format) {
  const auto fields = fields_of(arguments);
  if (fields.empty()) return {stdout, output_options(arguments, format)};
  return {stdout, output_options(arguments, Format::table, Of::rows), fields};
}

void write(RecordWriter& writer, const RecordBatch& batch) {
  for (const auto& record : batch.records()) writer.write(batch, record);
}

RecordId record_id(const std::string& text) {
  const auto filter = parse_filter("id:\"" + text + '"');
  const auto* term = filter ? std::get_if<ast::Term>(&filter->root.is) : nullptr;
  if (!term || text.find('"') != text.npos) throw UsageError{"--around: \"" + text + "\" is not the id of a record"};
  return std::get<ast::Number>(std::get<ast::Scalar>(term->any_of.front())).value;
}

int print_around(const LogStore& store, const Arguments& arguments, RecordWriter& writer) {
  const std::size_t most = arguments.number("limit").value_or(10);
  const auto records =
      around(store, record_id(*arguments.value("around")),
             {.before = most, .after = most, .filter = filter_of(arguments), .time_base = time_base()});
  write(writer, records);
  writer.end();
  check_written();
  return records.empty() ? EXIT_FAILURE : EX_OK;
}

int print_found(const LogStore& store, const Arguments& arguments, RecordWriter& writer) {
  Query query{.filter = filter_of(arguments)};
  query.time_base = time_base();
  query.order = arguments.has("reverse") ? Order::oldest_first : Order::newest_first;
  std::size_t left = arguments.number("limit").value_or(50);
  bool any = false;
  do {
    query.limit = std::min<std::size_t>(left, 500);
    const auto page = find(store, query);
    write(writer, page.batch);
    any |= !page.batch.empty();
    left -= page.batch.size();
    query.cursor = page.next;
  } while (left > 0 && query.cursor != 0);
  writer.end();
  check_written();
  return any ? EX_OK : EXIT_FAILURE;
}

// Of records that are read the newest first, the ids of the first that match, from which on they are to be shown.
RecordId before_newest(const LogStore& store, const Filter& filter, std::size_t most) {
  Query query{.filter = filter, .limit = most, .time_base = time_base()};
  RecordId first = store.newest_id() + 1;
  do {
    const auto page = find(store, query);
    if (page.batch.size() > 0) first = page.batch.records().back().id;
    query.limit -= page.batch.size();
    query.cursor = page.next;
  } while (query.limit > 0 && query.cursor != 0);
  return first - 1;
}

}  // namespace

Usage query_usage() {
  return {"psherald query",
          "Prints the records that a filter matches, the newest first. Ends with 1 when there is none.",
          selecting_options({{0, "limit", "N", "at most N records (50); around one, N on each side (10)"},
                             {0, "format", "FORMAT", "table (the default), json, ndjson, csv or log"},
                             fields_option,
                             {0, "reverse", "", "the oldest first"},
                             {0, "around", "ID", "this record and those before and after it, the oldest first"}}),
          "[TEXT...]",
          "  psherald query 'level>=warning system:ch2eu refused'\n"
          "  psherald query --since=2h --format=ndjson 'attr.order_id:4711 or /time(d)? ?out/'\n"
          "  psherald query --around=4711 system:ch2eu    what its system said before and after\n"
          "  psherald query -- -module:health             a text that begins with a dash\n"};
}

int query(const Arguments& arguments, const std::string&) {
  std::signal(SIGPIPE, SIG_DFL);  // who reads the first lines only, such as head, has seen enough
  auto writer = writer_of(arguments, Format::table);
  const auto store = store_of(arguments);
  return arguments.has("around") ? print_around(store, arguments, writer) : print_found(store, arguments, writer);
}

Usage tail_usage() {
  return {"psherald tail",
          "Prints the newest records that a filter matches, the oldest first. Ends with 1 when there is none.",
          selecting_options({{'f', "follow", "", "go on with what comes, until Ctrl-C"},
                             {'n', "limit", "N", "begin with the newest N records (10)"},
                             {0, "format", "FORMAT", "log (the default), table, ndjson or csv"},
                             fields_option}),
          "[TEXT...]",
          "  psherald tail -f 'level>=warning'\n"
          "  psherald tail -f --format=ndjson system:shop | while read -r line; do ...; done\n"};
}

int tail(const Arguments& arguments, const std::string&) {
  constexpr auto between_looks = std::chrono::milliseconds{10};
  std::signal(SIGPIPE, SIG_DFL);
  const auto filter = filter_of(arguments);
  const auto options = output_options(arguments, Format::log);
  if (options.format == Format::json) throw UsageError{"a tail has no end, and so no JSON array; take ndjson"};
  auto writer = writer_of(arguments, Format::log);
  const auto store = store_of(arguments);
  Tail tail{store, filter, before_newest(store, filter, arguments.number("limit").value_or(10)), Zone::local()};
  bool any = false;
  while (true) {
    const auto batch = tail.next();
    if (batch.empty() && !arguments.has("follow")) break;
    if (batch.empty()) std::this_thread::sleep_for(between_looks);
    write(writer, batch);
    if (!batch.empty()) writer.flush(), check_written();
    any |= !batch.empty();
  }
  writer.end();
  check_written();
  return any ? EX_OK : EXIT_FAILURE;
}

}  // namespace psherald::cli
