#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "psherald/log_store.hpp"

namespace psherald::testing {

/// Knows which records there are, and judges what a store has of them. Records are numbered from 1 for each origin;
/// each tenth is an error, the others are news. Threads: one at a time.
class Oracle {
 public:
  static constexpr const char* logger = "oracle";

  /// The next `count` records of an origin, which is any name without a space.
  RecordBatch issue(const std::string& origin, std::int64_t count);
  std::int64_t issued(const std::string& origin) const;

  struct Verdict {
    std::int64_t stored = 0;              ///< Of the expected records, each counted once.
    std::int64_t lost = 0;                ///< Expected and not there, whether a row says so or not.
    std::int64_t doubled = 0;             ///< Copies beyond the first.
    std::int64_t out_of_order = 0;        ///< That stand behind a later one of their origin.
    std::int64_t unexpected = 0;          ///< Nobody issued them, or they were to be left out.
    std::int64_t gap_rows = 0;            ///< Rows that say that records are missing.
    std::int64_t declared = 0;            ///< How many at most, by these rows.
    std::vector<std::string> examples{};  ///< Of what is wrong, the first ten.

    bool is_exact() const noexcept { return lost == 0 && is_honest(); }
    /// Nothing is wrong but what the store itself says.
    bool is_honest() const noexcept { return doubled == 0 && out_of_order == 0 && unexpected == 0 && lost <= declared; }
  };
  /// Which records are to be there; empty: all.
  using Expected = std::function<bool(const std::string& origin, std::int64_t number)>;
  Verdict judge(const LogStore& store, const Expected& expected = {}) const;

 private:
  std::map<std::string, std::int64_t> issued_{};
};

std::ostream& operator<<(std::ostream& out, const Oracle::Verdict& verdict);

}  // namespace psherald::testing
