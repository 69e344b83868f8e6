/// A program outside the tree: compiled against the installed library, it stores a record and finds it again.
#include <cstdio>
#include <psherald/psherald.hpp>

int main() {
  psherald::LogStore store{{":memory:"}};
  psherald::RecordBatch batch;
  psherald::Record record;
  record.message = "installed";
  batch.append(record);
  store.write(std::move(batch), {});
  const auto page = psherald::find(store, {});
  if (page.batch.size() != 1 || page.batch.records().front().message != "installed") return 1;
  const auto config = psherald::load_config({});
  std::printf("psherald %s, %s\n", std::string{psherald::version}.c_str(), std::string{config.stage->name}.c_str());
}
