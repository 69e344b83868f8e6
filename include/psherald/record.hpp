#pragma once

/// The log record, as it travels from a socket to the disk and from the disk to a page.
///
/// A Record is numbers and views; the RecordBatch that it stands in owns the bytes. What many records share (who sent
/// them, where in the code they were logged, by which process) is kept once a batch, in three small dictionaries, and a
/// record holds its numbers in them. So nothing is allocated for a record of its own.
///
/// Text is valid UTF-8. A text is *absent* when the sender gave none: then its view has no data (`present()` tells). An
/// empty text is present. Python's ps.basic writes "None" for an absent name; decoders turn that into absent.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "psherald/claim.hpp"

namespace psherald {

/// The row's number in one store's log: dense, rising, never used again. 0: not stored yet.
using RecordId = std::int64_t;

/// Microseconds since 1970-01-01 UTC, without leap seconds.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// Python's numbers. Any other value is as good: 25 lies between info and warning.
enum class Level : std::int32_t { notset = 0, debug = 10, info = 20, warning = 30, error = 40, critical = 50 };

/// Whether the sender gave this text. An empty text is present.
inline bool present(std::string_view text) noexcept { return text.data() != nullptr; }

/// Who sent a record: the six names of ps.basic and the version of its fields.
struct Source {
  std::string_view produkt_id{}, system_id{}, sub_system_id{}, sub_sub_system_id{}, user_spec_1{}, user_spec_2{},
      api_version{};
};

/// Where in the code it was logged. `name` is the logger's, `levelname` what that program calls the level.
struct Site {
  std::string_view name{}, pathname{}, filename{}, module{}, funcname{}, levelname{}, package_version{};
  std::optional<std::int64_t> lineno{};
};

/// Which process and thread logged it.
struct Process {
  std::optional<std::int64_t> process{};  ///< The system's process id.
  std::string_view process_name{};
  std::optional<std::int64_t> thread{};  ///< Python's thread identifier; not a small number.
  std::string_view thread_name{};
};

/// What a record is besides a sender's own.
enum class Flag : std::uint8_t {
  none = 0,
  own = 1,  ///< psherald's own record: no sign of life of a system, never matched by a rule.
  gap = 2,  ///< Says that records are missing here.
};
constexpr Flag operator|(Flag a, Flag b) noexcept { return Flag(std::uint8_t(a) | std::uint8_t(b)); }
constexpr bool has(Flag flags, Flag flag) noexcept { return (std::uint8_t(flags) & std::uint8_t(flag)) != 0; }

struct Record {
  RecordId id = 0;                     ///< Given by the store.
  Timestamp received{};                ///< Our clock, when it arrived. The epoch: the store fills it in.
  std::optional<Timestamp> created{};  ///< The sender's clock.
  std::optional<std::chrono::microseconds> relative{};  ///< Since the sender loaded its logging module.
  Level level = Level::info;
  Flag flags = Flag::none;
  std::uint32_t source = 0, site = 0, process = 0;  ///< Numbers in the dictionaries of the batch.
  std::string_view message{};                       ///< The formatted text.
  std::string_view exc_text{};                      ///< The formatted traceback.
  std::string_view stack_info{};
  std::string_view extra{};   ///< A JSON object: the attributes that have no field of their own, with their types.
  std::string_view legacy{};  ///< A JSON object: what a row of ps.herald 1.4.2 had and no field gives back exactly.
  /// 32 hex digits: the run of the store that took the record first. Absent until it comes from a store. With the next
  /// it is the record's name, for ever and everywhere: no store has two records of one name.
  std::string_view origin{};
  RecordId origin_id = 0;  ///< The id that it got there.
  /// The runs of the stores that had it between its origin and this one, in this order, 32 hex digits each.
  std::string_view origin_path{};
  std::optional<Timestamp> origin_received{};  ///< When its origin received it, by the clock there.
};

/// What could not become a record, kept for people to look at.
struct DeadLetter {
  Timestamp at{};
  std::string_view reason{};  ///< A sentence.
  std::string_view peer{};    ///< Whose it was, such as "127.0.0.1:40312".
  std::string_view bytes{};   ///< As received, the first 64 KiB. Not text.
  RecordId id = 0;            ///< The record's at the store that sent it, where its batch has a claim; 0: not known.
};

/// Values of one dictionary, each once, numbered from 0 in the order of their first use.
template <class Entry>
class Dictionary {
 public:
  std::size_t size() const noexcept { return entries_.size(); }
  const Entry& operator[](std::uint32_t number) const noexcept { return entries_[number]; }
  /// The hash that the entry was found by: the same for equal entries of any batch in this process.
  std::size_t hash(std::uint32_t number) const noexcept { return hashes_[number]; }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }

 private:
  friend class RecordBatch;
  std::vector<Entry> entries_;
  std::vector<std::size_t> hashes_;
  // Open addressing: where a hash leads to, or in one of the next places, stands the number + 1. At most half are
  // taken.
  std::vector<std::uint32_t> places_;
};

namespace detail {

/// Drawn once in each process: senders must not know it.
std::uint64_t hash_secret() noexcept;

/// The two halves of the product, one over the other.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
#ifdef __SIZEOF_INT128__
  __extension__ typedef unsigned __int128 Wide;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
#else
  const std::uint64_t low = 0xffff'ffffu, low_low = (a & low) * (b & low), high_low = (a >> 32) * (b & low);
  const std::uint64_t middle = (a & low) * (b >> 32) + (low_low >> 32) + (high_low & low);
  return a * b ^ ((a >> 32) * (b >> 32) + (high_low >> 32) + (middle >> 32));
#endif
}

template <class Word>
Word load(const char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

/// Not std::hash: that is a call for each of a record's twenty texts, and anybody can send texts that it confuses.
class Hasher {
 public:
  void add(std::uint64_t word) noexcept { state_ = fold(word ^ secret_, state_ ^ 0x9e3779b97f4a7c15u); }
  void add(std::string_view text) noexcept {
    constexpr std::size_t word = sizeof(std::uint64_t), two = 2 * word;
    const char* at = text.data();
    std::size_t left = text.size();
    for (; left > two; at += two, left -= two) mix(load<std::uint64_t>(at), load<std::uint64_t>(at + word), 0);
    // What is left is read from both its ends. Only with its length are these bytes the text, and a multiple of the
    // secret is a length that no text can make up for.
    const std::uint64_t length = (present(text) ? text.size() : ~std::uint64_t{0}) * (secret_ | 1);
    if (left >= word) {
      mix(load<std::uint64_t>(at), load<std::uint64_t>(at + left - word), length);
    } else if (left >= word / 2) {
      mix(load<std::uint32_t>(at), load<std::uint32_t>(at + left - word / 2), length);
    } else {
      const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
      mix(left == 0 ? 0 : byte(0) << 16 | byte(left / 2) << 8 | byte(left - 1), 0, length);
    }
  }
  void add(std::optional<std::int64_t> number) noexcept {
    add(number ? static_cast<std::uint64_t>(*number) : std::uint64_t{0x51ed27});
  }
  std::size_t value() const noexcept { return static_cast<std::size_t>(state_); }

 private:
  void mix(std::uint64_t a, std::uint64_t b, std::uint64_t length) noexcept {
    state_ = fold(a ^ secret_, b ^ state_ ^ length);
  }

  const std::uint64_t secret_ = hash_secret();
  std::uint64_t state_ = secret_;
};

template <class... Parts>
std::size_t hash_all(const Parts&... parts) noexcept {
  Hasher hasher;
  (hasher.add(parts), ...);
  return hasher.value();
}

/// a == b, for short texts that mostly are equal: a call of memcmp costs more than they do.
inline bool equal(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  const char *x = a.data(), *y = b.data();
  std::size_t left = a.size();
  const auto differ = [&]<class Word>(Word, std::size_t at) { return load<Word>(x + at) ^ load<Word>(y + at); };
  if (constexpr std::size_t word = sizeof(std::uint64_t); left >= word) {
    std::uint64_t different = differ(std::uint64_t{}, left - word);  // it may overlap the one before it
    for (std::size_t at = 0; at + word < left; at += word) different |= differ(std::uint64_t{}, at);
    return different == 0;
  }
  if (left >= 4) return (differ(std::uint32_t{}, 0) | differ(std::uint32_t{}, left - 4)) == 0;
  while (left > 0 && x[left - 1] == y[left - 1]) --left;
  return left == 0;
}
inline bool same(std::string_view a, std::string_view b) noexcept { return equal(a, b) && present(a) == present(b); }

/// Keeps texts until it is cleared or gone, in chunks that never move.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept
      : chunks_{std::move(other.chunks_)},
        next_{std::exchange(other.next_, nullptr)},
        left_{std::exchange(other.left_, 0)},
        held_{std::exchange(other.held_, 0)} {}
  Arena& operator=(Arena&& other) noexcept {
    chunks_ = std::move(other.chunks_);
    next_ = std::exchange(other.next_, nullptr);
    left_ = std::exchange(other.left_, 0);
    held_ = std::exchange(other.held_, 0);
    return *this;
  }

  /// Absent stays absent.
  std::string_view keep(std::string_view text) {
    if (!present(text)) return {};
    char* place = allocate(text.size());
    if (!text.empty()) std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
  }
  /// Memory that it holds.
  std::size_t bytes() const noexcept { return held_; }
  /// Drops all texts. A first, small chunk is used again.
  void clear() noexcept {
    if (chunks_.empty()) return;
    if (chunks_.size() != 1 || held_ > largest_chunk) {
      *this = Arena{};
    } else {
      next_ = chunks_.front().get();
      left_ = held_;
    }
  }

 private:
  static constexpr std::size_t largest_chunk = 128 * 1024;

  char* allocate(std::size_t size) {
    if (size > left_ || chunks_.empty()) {
      const std::size_t chunk =
          std::max(size, chunks_.size() < 7 ? std::size_t{1024} << chunks_.size() : largest_chunk);
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk));
      next_ = chunks_.back().get();
      left_ = chunk;
      held_ += chunk;
    }
    left_ -= size;
    return std::exchange(next_, next_ + size);
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0, held_ = 0;
};

}  // namespace detail

inline std::size_t hash(const Source& s) noexcept {
  return detail::hash_all(s.produkt_id, s.system_id, s.sub_system_id, s.sub_sub_system_id, s.user_spec_1, s.user_spec_2,
                          s.api_version);
}
inline std::size_t hash(const Site& s) noexcept {
  return detail::hash_all(s.name, s.pathname, s.filename, s.module, s.funcname, s.levelname, s.package_version,
                          s.lineno);
}
inline std::size_t hash(const Process& p) noexcept {
  return detail::hash_all(p.process, p.process_name, p.thread, p.thread_name);
}

/// Equal in every text, absent apart from empty.
inline bool operator==(const Source& a, const Source& b) noexcept {
  using detail::same;
  return same(a.produkt_id, b.produkt_id) && same(a.system_id, b.system_id) && same(a.sub_system_id, b.sub_system_id) &&
         same(a.sub_sub_system_id, b.sub_sub_system_id) && same(a.user_spec_1, b.user_spec_1) &&
         same(a.user_spec_2, b.user_spec_2) && same(a.api_version, b.api_version);
}
inline bool operator==(const Site& a, const Site& b) noexcept {
  using detail::same;
  return a.lineno == b.lineno && same(a.name, b.name) && same(a.pathname, b.pathname) && same(a.filename, b.filename) &&
         same(a.module, b.module) && same(a.funcname, b.funcname) && same(a.levelname, b.levelname) &&
         same(a.package_version, b.package_version);
}
inline bool operator==(const Process& a, const Process& b) noexcept {
  using detail::same;
  return a.process == b.process && a.thread == b.thread && same(a.process_name, b.process_name) &&
         same(a.thread_name, b.thread_name);
}

/// Records and all the bytes that they point at. Moves, never copies; views stay valid when it is moved, and what was
/// moved from is empty. Threads: one at a time.
class RecordBatch {
 public:
  RecordBatch() = default;
  RecordBatch(RecordBatch&&) noexcept = default;
  RecordBatch& operator=(RecordBatch&&) noexcept = default;

  /// Adds a record whose texts may lie anywhere: they are copied. Its numbers are set from the three entries.
  /// The reference is good until the next append.
  Record& append(const Record& record, const Source& source = {}, const Site& site = {}, const Process& process = {}) {
    return add(record, number_of(source), number_of(site), number_of(process));
  }
  /// The same for one that has its numbers already, as number_of gave them.
  Record& append_numbered(const Record& record) { return add(record, record.source, record.site, record.process); }
  /// The numbers of entries in this batch, which takes those that it has not yet.
  std::uint32_t number_of(const Source& source) { return number(sources_, source); }
  std::uint32_t number_of(const Site& site) { return number(sites_, site); }
  std::uint32_t number_of(const Process& process) { return number(processes_, process); }
  void append(DeadLetter letter) {
    for (auto* text : {&letter.reason, &letter.peer, &letter.bytes}) *text = keep(*text);
    dead_letters_.push_back(letter);
  }

  std::span<const Record> records() const noexcept { return records_; }
  std::span<Record> records() noexcept { return records_; }
  std::span<const DeadLetter> dead_letters() const noexcept { return dead_letters_; }
  const Dictionary<Source>& sources() const noexcept { return sources_; }
  const Dictionary<Site>& sites() const noexcept { return sites_; }
  const Dictionary<Process>& processes() const noexcept { return processes_; }
  const Source& source(const Record& record) const noexcept { return sources_[record.source]; }
  const Site& site(const Record& record) const noexcept { return sites_[record.site]; }
  const Process& process(const Record& record) const noexcept { return processes_[record.process]; }

  std::size_t size() const noexcept { return records_.size(); }
  bool empty() const noexcept { return records_.empty() && dead_letters_.empty() && !claim_; }

  /// Memory that it holds, roughly; what a bounded queue counts.
  std::size_t bytes() const noexcept {
    constexpr std::size_t entry = 160;
    return texts_.bytes() + records_.capacity() * sizeof(Record) + dead_letters_.capacity() * sizeof(DeadLetter) +
           (sources_.size() + sites_.size() + processes_.size()) * entry;
  }

  /// The batch is what a part of another store's log has; nullptr for any other.
  const Claim* claim() const noexcept { return claim_.get(); }
  void set_claim(Claim claim) { claim_ = std::make_unique<const Claim>(std::move(claim)); }

  /// Copies text into the batch. Absent stays absent.
  std::string_view keep(std::string_view text) { return texts_.keep(text); }

 private:
  Record& add(const Record& record, std::uint32_t source, std::uint32_t site, std::uint32_t process) {
    const std::string_view message = keep(record.message), exc_text = keep(record.exc_text),
                           stack_info = keep(record.stack_info), extra = keep(record.extra),
                           legacy = keep(record.legacy), origin = keep(record.origin),
                           origin_path = keep(record.origin_path);
    auto& kept = records_.emplace_back(record);
    kept.source = source, kept.site = site, kept.process = process;
    kept.message = message, kept.exc_text = exc_text, kept.stack_info = stack_info;
    kept.extra = extra, kept.legacy = legacy, kept.origin = origin;
    kept.origin_path = origin_path;
    return kept;
  }

  void keep_all(Source& s) {
    for (auto* text : {&s.produkt_id, &s.system_id, &s.sub_system_id, &s.sub_sub_system_id, &s.user_spec_1,
                       &s.user_spec_2, &s.api_version})
      *text = keep(*text);
  }
  void keep_all(Site& s) {
    for (auto* text : {&s.name, &s.pathname, &s.filename, &s.module, &s.funcname, &s.levelname, &s.package_version})
      *text = keep(*text);
  }
  void keep_all(Process& p) {
    for (auto* text : {&p.process_name, &p.thread_name}) *text = keep(*text);
  }

  template <class Entry>
  std::uint32_t number(Dictionary<Entry>& dictionary, const Entry& entry) {
    const std::size_t key = hash(entry);
    if (dictionary.places_.size() <= dictionary.size() * 2) double_places(dictionary);
    auto& place = dictionary.places_[place_of(dictionary, key, &entry)];
    if (place == 0) {
      Entry kept = entry;
      keep_all(kept);
      dictionary.entries_.push_back(kept);
      dictionary.hashes_.push_back(key);
      place = static_cast<std::uint32_t>(dictionary.size());
    }
    return place - 1;
  }

  // Where the entry stands, or the empty place where it belongs. nullptr is equal to no entry.
  template <class Entry>
  static std::size_t place_of(const Dictionary<Entry>& dictionary, std::size_t key, const Entry* entry) noexcept {
    const std::size_t last = dictionary.places_.size() - 1;
    for (std::size_t place = key & last;; place = (place + 1) & last) {
      const auto number = dictionary.places_[place];
      if (number == 0) return place;
      if (entry != nullptr && dictionary.hashes_[number - 1] == key && dictionary.entries_[number - 1] == *entry)
        return place;
    }
  }

  template <class Entry>
  static void double_places(Dictionary<Entry>& dictionary) {
    dictionary.places_.assign(std::max<std::size_t>(dictionary.places_.size() * 2, 16), 0);
    for (std::uint32_t number = 0; number < dictionary.size(); ++number)
      dictionary.places_[place_of<Entry>(dictionary, dictionary.hashes_[number], nullptr)] = number + 1;
  }

  std::vector<Record> records_;
  std::vector<DeadLetter> dead_letters_;
  Dictionary<Source> sources_;
  Dictionary<Site> sites_;
  Dictionary<Process> processes_;
  detail::Arena texts_;
  std::unique_ptr<const Claim> claim_;
};

/// "INFO" for 20, "Level 25" for what Python has no name for. Source: CPython Lib/logging/__init__.py, getLevelName.
std::string level_name(Level level);
/// Reads "info", "WARN", "Level 25" or "25", in any case. Nothing when it is none of these.
std::optional<Level> parse_level(std::string_view text);

/// "2026-11-22 09:10:24.318567" in the local zone of this process: how ps.herald writes a time.
std::string format_local(Timestamp time);
/// "2026-11-22T08:10:24.318567Z"
std::string format_utc(Timestamp time);
/// Reads local time from a year, or any longer beginning of what format_local writes ("T" may stand for the space).
std::optional<Timestamp> parse_local(std::string_view text);

/// This machine's clock.
inline Timestamp now() noexcept {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace psherald
