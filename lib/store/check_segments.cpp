#include "store/check_segments.hpp"

#include "store/segment_reader.hpp"
#include "store/segment_writer.hpp"

namespace psherald::store {
namespace {

class SegmentCheck {
 public:
  explicit SegmentCheck(sqlite3* db)
      : rows_{db},
        reader_{db},
        names_{db, "SELECT sources, sites FROM segment_names WHERE id = ?1"},
        buckets_{db, "SELECT id, terms FROM segment_text WHERE id BETWEEN ?1 AND ?2 ORDER BY id"} {}

  /// Looks at one segment; the names of the parts that differ.
  std::vector<const char*> look_at(std::int64_t segment) {
    builder_.clear();
    rows_.read(first_id_of(segment), last_id_of(segment), builder_);
    std::vector<const char*> wrong;
    const auto stored = reader_.read(segment, segment);
    if (stored.empty() || stored[0] != builder_.summary(segment)) wrong.push_back("summary");
    if (!names_are_right(segment)) wrong.push_back("names");
    if (!text_is_right(segment)) wrong.push_back("substring index");
    return wrong;
  }

 private:
  bool names_are_right(std::int64_t segment) {
    const bool right = names_.bind(1, segment).step() && names_.blob(0) == encode(builder_.sources()) &&
                       names_.blob(1) == encode(builder_.sites());
    names_.reset();
    return right;
  }

  bool text_is_right(std::int64_t segment) {
    if (builder_.records() == 0) return false;
    const auto first = segment * bucket_count;
    buckets_.bind_all(first, first + bucket_count - 1);
    bool right = true, more = buckets_.step();
    for (std::int64_t bucket = 0; bucket < bucket_count && right; ++bucket) {
      const bool there = more && buckets_.integer(0) == first + bucket;
      right = encode_bucket(builder_.masks(), bucket) == (there ? buckets_.blob(1) : std::string_view{});
      if (there) more = buckets_.step();
    }
    buckets_.reset();
    return right;
  }

  SegmentBuilder builder_;
  SegmentRows rows_;
  SegmentReader reader_;
  sqlite::Statement names_, buckets_;
};

}  // namespace

void check_segments(sqlite3* db, const std::function<void(std::string)>& tell) {
  SegmentCheck check{db};
  sqlite::Statement segments{db, "SELECT id FROM segment WHERE version = ?1 ORDER BY id"};
  segments.bind(1, segment_version);
  while (segments.step())
    for (const auto* part : check.look_at(segments.integer(0)))
      tell("the " + std::string{part} + " of segment " + std::to_string(segments.integer(0)) +
           " does not fit its records; `psherald check --rebuild` makes it anew");
}

}  // namespace psherald::store
