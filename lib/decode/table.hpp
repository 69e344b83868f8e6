#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

namespace psherald::pickle {

/// A stack of small plain values that is filled and emptied for every pickle: what std::vector is, without its care for
/// constructors, which took a third of the time of decoding.
template <class Entry>
class Table {
 public:
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  Entry& operator[](std::size_t place) noexcept { return entries_[place]; }
  const Entry& operator[](std::size_t place) const noexcept { return entries_[place]; }
  Entry* begin() noexcept { return entries_.get(); }
  Entry* end() noexcept { return entries_.get() + size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  Entry& back() noexcept { return entries_[size_ - 1]; }
  std::span<const Entry> from(std::size_t place) const noexcept { return {entries_.get() + place, size_ - place}; }

  void push(Entry entry) { *grow(1) = entry; }
  /// Room for so many more; what they hold is not defined.
  Entry* grow(std::size_t count) {
    if (count > capacity_ - size_) reallocate(size_ + count);
    size_ += count;
    return entries_.get() + size_ - count;
  }
  void drop(std::size_t count) noexcept { size_ -= count; }
  /// Takes over what was written behind the last entry, up to here and within the capacity; or drops what lies there.
  void end_at(const Entry* end) noexcept { size_ = static_cast<std::size_t>(end - entries_.get()); }
  /// Keeps the memory for the next pickle, unless it is more than a usual one needs.
  void clear() noexcept {
    size_ = 0;
    if (!is_large()) return;
    entries_.reset();
    capacity_ = 0;
  }
  bool is_large() const noexcept { return capacity_ * sizeof(Entry) > 256 * 1024; }

 private:
  void reallocate(std::size_t least) {
    const std::size_t capacity = std::max<std::size_t>({least, capacity_ * 2, 256});
    auto entries = std::make_unique_for_overwrite<Entry[]>(capacity);
    std::copy_n(entries_.get(), size_, entries.get());
    entries_ = std::move(entries);
    capacity_ = capacity;
  }

  std::unique_ptr<Entry[]> entries_;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace psherald::pickle
