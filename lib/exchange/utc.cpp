#include "exchange/utc.hpp"

#include <array>

namespace psherald::exchange {
namespace {

constexpr Timestamp first{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}},
    end{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}};

void write(char* to, std::int64_t number, int digits) noexcept {
  while (digits-- > 0) to[digits] = static_cast<char>('0' + number % 10), number /= 10;
}

}  // namespace

void append_utc(std::string& out, Timestamp time) {
  if (time < first || time >= end) return void(out += format_utc(time));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::int64_t rest = (time - day).count(), seconds = rest / 1'000'000;
  std::array<char, 28> text{"0000-00-00T00:00:00.000000Z"};
  write(&text[0], int{date.year()}, 4);
  write(&text[5], unsigned{date.month()}, 2);
  write(&text[8], unsigned{date.day()}, 2);
  write(&text[11], seconds / 3600, 2);
  write(&text[14], seconds / 60 % 60, 2);
  write(&text[17], seconds % 60, 2);
  write(&text[20], rest % 1'000'000, 6);
  out.append(text.data(), text.size() - 1);
}

}  // namespace psherald::exchange
