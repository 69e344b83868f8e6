#include "psherald/saved_search.hpp"

#include <array>

#include "api/context.hpp"
#include "api/json.hpp"

namespace psherald::api {
namespace {

constexpr std::array<std::string_view, 2> order_names{"desc", "asc"};

void append_saved(std::string& json, const SavedSearch& search) {
  JsonObject{json}
      .text("name", search.name)
      .text("q", search.query)
      .text("t", search.time)
      .text("o", order_names[search.order == Order::oldest_first])
      .time("saved", search.saved)
      .end();
}

}  // namespace

HttpResponse saved(Context& context, const HttpRequest& request) {
  const Asked asked{request, {}};
  const auto all = context.readers.with([](const LogStore& reader) { return saved_searches(reader); });
  std::string json = "{\"saved\":";
  append_list(json, all, [&](const SavedSearch& search) { append_saved(json, search); });
  return json_response(json + '}');
}

HttpResponse save(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 4> names{"name", "q", "t", "o"};
  const Asked asked{request, names};
  static_cast<void>(asked.filter());  // says best what is wrong with it
  SavedSearch search;
  search.name = asked.text("name").value_or("");
  search.query = asked.text("q").value_or("");
  search.time = asked.text("t").value_or("");
  if (asked.word("o", order_names) == "asc") search.order = Order::oldest_first;
  change_store(context, [&](LogStore& store) {
    if (asked.text("name")) {
      psherald::save(store, search);
    } else {
      search.name = save_link(store, search);
    }
    search = find_saved(store, search.name).value();
  });
  std::string json;
  append_saved(json, search);
  return json_response(std::move(json));
}

HttpResponse delete_saved(Context& context, const HttpRequest& request) {
  constexpr std::array<std::string_view, 1> names{"name"};
  const Asked asked{request, names};
  const auto name = asked.text("name");
  if (!name) refuse(400, "bad_parameter", "\"name\" has to be given: that of the search to remove");
  bool there = false;
  change_store(context, [&](LogStore& store) { there = remove_saved(store, *name); });
  if (!there) refuse(404, "not_found", "there is no saved search \"" + std::string{*name} + '"');
  return json_response("{}");
}

}  // namespace psherald::api
