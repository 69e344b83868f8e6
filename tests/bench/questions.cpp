#include "questions.hpp"

#include "measure.hpp"
#include "psherald/psherald.hpp"

using namespace psherald;

void ask_all(const std::string& database) {
  LogStore store{{.path = database}};
  const auto rows = store.count();
  const auto newest = find(store, {}).batch.records()[0].received;
  const TimeBase base{newest, Zone::utc()};
  const auto print = [&](const std::string& name, const std::function<void(const LogStore&)>& work, int times = 21) {
    std::vector<double> all;
    for (int i = 0; i < times; ++i) {
      const auto reader = store.reader();
      all.push_back(seconds_of([&] { work(*reader); }) * 1e3);
    }
    std::printf("  %lld rows: %9.2f ms, at worst %9.2f   %s\n", static_cast<long long>(rows), median(all),
                *std::max_element(all.begin(), all.end()), name.c_str());
    std::fflush(stdout);
  };
  const auto filter_of = [](const char* text) { return parse_filter(text).value(); };

  for (const char* text : {"*", "system:SYS_00", "system:nobody", "level>=error", "timeout", "nowhere-to-be-found",
                           "xq", "/time(d)? ?out/", "level>=warning system:SYS_00", "system:SYS_00 timeout -module:x",
                           "exception:error -module:x", "attr.order_id:4711",
                           "(timeout or refused) level:error since:7d", "-timeout -level:info", "message:order*done"})
    print(std::string{"newest 50: "} + text, [&](const LogStore& reader) {
      (void)find(reader, {.filter = filter_of(text), .budget = std::chrono::seconds{10}, .time_base = base});
    });
  const std::vector<ast::FieldRef> ids{{ast::Field::product},      {ast::Field::system}, {ast::Field::subsystem},
                                       {ast::Field::subsubsystem}, {ast::Field::user1},  {ast::Field::user2}};
  const auto statistic = [&](const std::string& name, const char* text, const auto& ask) {
    print(
        name + ": " + text,
        [&](const LogStore& reader) { ask(reader, {.filter = filter_of(text), .time_base = base}); }, 5);
  };
  const auto ask_count = [](const LogStore& reader, const Selection& selection) { (void)count(reader, selection); };
  const auto ask_facets = [&](const LogStore& reader, const Selection& selection) {
    (void)facets(reader, selection, ids);
  };
  const auto ask_histogram = [](const LogStore& reader, const Selection& selection) {
    (void)histogram(reader, selection);
  };
  print("option lists", [](const LogStore& reader) { (void)source_names(reader); });
  for (const char* text : {"*", "level>=error", "system:SYS_00", "system:SYS_00 level>=error", "timeout"})
    statistic("count", text, ask_count);
  for (const char* text : {"*", "level>=error", "system:SYS_00"}) statistic("histogram", text, ask_histogram);
  for (const char* text : {"*", "system:SYS_00"}) statistic("facets of six ids", text, ask_facets);
  const auto hundred_thousand = "id>" + std::to_string(rows > 100'000 ? rows - 100'000 : 0);
  statistic("facets of six ids", (hundred_thousand + " level>=warning").c_str(), ask_facets);
  statistic("patterns", hundred_thousand.c_str(),
            [](const LogStore& reader, const Selection& selection) { (void)patterns(reader, selection); });
  statistic("systems", "*",
            [](const LogStore& reader, const Selection& selection) { (void)heard_systems(reader, selection); });

  const auto reader = store.reader();
  WebApp app{store, nullptr, {}};
  HttpRequest request;
  request.headers = {{"Host", "127.0.0.1"}};
  std::size_t size = 0;
  const double page = milliseconds_of(21, [&] { size = app.handle(request).body.size(); });
  std::printf("  %lld rows: %9.2f ms   the whole page / with 50 rows (%zu bytes)\n", static_cast<long long>(rows), page,
              size);
  std::printf("  %lld rows: %9.0f MiB at most\n", static_cast<long long>(rows), memory_mib("VmHWM"));
}
