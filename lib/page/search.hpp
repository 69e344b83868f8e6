#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "page/html.hpp"
#include "psherald/query.hpp"
#include "psherald/saved_search.hpp"
#include "psherald/web.hpp"

namespace psherald::page {

/// One of the six names of a sender: how it is called in the form, in the JSON API and in a filter.
struct NameField {
  Markup field, cell, label;
  std::string_view api;
  std::optional<std::string> Criteria::*criterion;
  std::vector<std::string> SourceNames::*names;
};
inline constexpr std::array name_fields{
    NameField{"SYSTEM_ID", "form_system_id", "System", "system_id", &Criteria::system_id, &SourceNames::system_ids},
    NameField{"SUB_SYSTEM_ID", "form_sub_system_id", "Sub-system", "sub_system_id", &Criteria::sub_system_id,
              &SourceNames::sub_system_ids},
    NameField{"SUB_SUB_SYSTEM_ID", "form_sub_sub_system_id", "Sub-sub-system", "sub_sub_system_id",
              &Criteria::sub_sub_system_id, &SourceNames::sub_sub_system_ids},
    NameField{"PRODUKT_ID", "form_produkt_id", "Product", "produkt_id", &Criteria::produkt_id,
              &SourceNames::produkt_ids},
    NameField{"USER_SPEC_1", "form_user_spec_1", "User spec 1", "user_spec_1", &Criteria::user_spec_1,
              &SourceNames::user_spec_1s},
    NameField{"USER_SPEC_2", "form_user_spec_2", "User spec 2", "user_spec_2", &Criteria::user_spec_2,
              &SourceNames::user_spec_2s}};

/// How ps.herald says that a field is not used.
inline constexpr std::string_view not_selected = "not_selected";

/// What somebody searches for, as typed and as understood. All of it is in the address of the page.
struct Search {
  Criteria criteria{};
  Order order = Order::newest_first;
  std::size_t rows = 50;
  RecordId before = 0, after = 0;  ///< Only records older, or newer, than this one.
  RecordId around = 0;             ///< The whole log at this record; what else is asked for waits.
  Filter filter{};                 ///< Of `q` and `t`.

  std::string starting_at{}, notify_level{}, max_rows{};  ///< As typed.
  std::string q{}, t{};
  struct Problem {
    std::string_view field;
    std::string text;
  };
  std::vector<Problem> problems{};

  /// The sentence about this field, or nothing.
  std::string_view problem(std::string_view field) const noexcept;
  /// Without a filter.
  bool all_records() const;
  /// All that is asked for, but for `t`, as a text of the filter language.
  std::string as_text() const;
  /// "?q=...&t=...", the search as the other views take it; empty: all records.
  std::string view_query() const;
  /// The query that gives this page's records; reversed: they come in the other order than shown.
  Query query() const;
  bool reversed() const noexcept;
  /// The address of this search, from its first page on.
  std::string url() const;
};

/// From the fields of the page, "not_selected" and empty being no filter. `max_rows` bounds what is asked for.
Search parse_search(const HttpRequest& request, std::size_t max_rows);
/// The address of the page that shows a saved search.
std::string address_of(const SavedSearch& search);
/// From the parameters of /angular/list; without num_records all rows.
Search parse_api_search(const HttpRequest& request);

}  // namespace psherald::page
