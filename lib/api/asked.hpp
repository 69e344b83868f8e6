#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "psherald/filter.hpp"
#include "psherald/http.hpp"
#include "psherald/result.hpp"

namespace psherald::api {

/// Thrown within the API, and answered: what is wrong with a request.
struct Refused {
  HttpResponse response;
};

/// Whether the body is said to be of this media type.
bool is_type(const HttpRequest& request, std::string_view name);

/// {"error":{"code":...,"message":...}} with this status.
HttpResponse error_response(int status, std::string_view code, std::string_view message);
HttpResponse json_response(std::string json, int status = 200);
[[noreturn]] void refuse(int status, std::string_view code, std::string_view message);

/// What a query's text is wrong in, as members of an object: where, what could stand there, what is like it.
void append_fault(std::string& out, const QueryFault& fault);

/// The parameters of one request: those of its address, or the members of a JSON object that is posted, which may be as
/// long as a query may.
class Asked {
 public:
  /// Only these names may be given, and `zone` beside `q`. @throws Refused: another one; a body that is no JSON object
  Asked(const HttpRequest& request, std::span<const std::string_view> names);

  std::optional<std::string_view> text(std::string_view name) const;
  /// @throws Refused: no whole number, or out of range
  std::int64_t number(std::string_view name, std::int64_t usual, std::int64_t least, std::int64_t most) const;
  /// What this parameter says in the filter language; all, unless given. @throws Refused: column and all
  Filter filter(std::string_view name) const;
  /// `q` and `t`, both. @throws Refused: column and all
  Filter filter() const;
  /// What the times of `q` and `t` refer to, where they say no zone themselves: `zone`, in minutes east of UTC.
  TimeBase time_base(Timestamp now) const;
  /// `fields`, separated by commas; empty: not given. @throws Refused
  std::vector<ast::FieldRef> fields() const;
  /// A time of the filter language that this parameter says: "2026-12-24T08:00", in UTC where it says no zone.
  /// @throws Refused
  std::optional<Timestamp> time(std::string_view name) const;
  /// "1h30m". @throws Refused
  std::optional<std::chrono::seconds> duration(std::string_view name) const;
  /// A text of at most 1,000 bytes; empty unless given. @throws Refused
  std::string remark(std::string_view name) const;
  /// `budget_ms`; 10,000 unless given, at most 60,000.
  std::chrono::milliseconds budget() const;
  /// Of the request.
  std::stop_token cancel() const { return cancel_; }
  /// One of these words; the first unless given. @throws Refused
  std::string_view word(std::string_view name, std::span<const std::string_view> words) const;

 private:
  std::map<std::string, std::string, std::less<>> given_{};
  std::stop_token cancel_;
};

}  // namespace psherald::api
