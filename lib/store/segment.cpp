#include "store/segment.hpp"

namespace psherald::store {
namespace {

// A mask is a byte below 64, the number of its only block; 64 + n and n numbers; 126, all blocks; or 127 and 8 bytes,
// the lowest first.
constexpr int most_listed = 6;
constexpr unsigned char several = 64, every = 126, whole = 127;

void put_number(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) to += static_cast<char>(number | 0x80);
  to += static_cast<char>(number);
}

void put_mask(std::string& to, BlockMask mask) {
  const int blocks = std::popcount(mask);
  if (mask == all_blocks) {
    to += static_cast<char>(every);
  } else if (blocks > most_listed) {
    to += static_cast<char>(whole);
    for (int shift = 0; shift < 64; shift += 8) to += static_cast<char>(mask >> shift);
  } else {
    if (blocks != 1) to += static_cast<char>(several + blocks);
    for (; mask != 0; mask &= mask - 1) to += static_cast<char>(std::countr_zero(mask));
  }
}

// Reads what the two above wrote; after the end of the bytes it is not good.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : at_{bytes.data()}, end_{at_ + bytes.size()} {}
  bool good() const noexcept { return good_; }
  bool at_end() const noexcept { return at_ == end_; }

  std::uint64_t number() noexcept {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      value |= std::uint64_t{next & 0x7fu} << shift;
      if (next < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  BlockMask mask() noexcept {
    const auto code = byte();
    if (code < several) return BlockMask{1} << code;
    if (code == every) return all_blocks;
    BlockMask mask = no_block;
    if (code == whole) {
      for (int shift = 0; shift < 64; shift += 8) mask |= BlockMask{byte()} << shift;
    } else if (code > several + most_listed) {
      good_ = false;
    } else {
      for (int left = code - several; left > 0; --left) mask |= BlockMask{1} << (byte() & 63);
    }
    return mask;
  }

 private:
  unsigned char byte() noexcept {
    if (at_ == end_) {
      good_ = false;
      return 0;
    }
    return static_cast<unsigned char>(*at_++);
  }

  const char *at_, *end_;
  bool good_ = true;
};

// Numbers rise; the first may be negative.
void put_numbers(std::string& to, const std::vector<Share>& shares) {
  put_number(to, shares.size());
  std::uint64_t last = 0;
  for (const auto& share : shares) {
    const auto number = static_cast<std::uint64_t>(share.number);
    put_number(to, &share == shares.data() ? number << 1 ^ (share.number < 0 ? ~std::uint64_t{0} : 0) : number - last);
    last = number;
  }
}

template <class Use>
bool read_numbers(Reader& reader, std::uint64_t count, Use use) {
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < count && reader.good(); ++i) {
    const auto number = reader.number();
    last = i == 0 ? number >> 1 ^ (0 - (number & 1)) : last + number;
    use(static_cast<std::int64_t>(last));
  }
  return reader.good();
}

}  // namespace

std::string encode(const std::vector<Share>& shares) {
  std::string bytes;
  put_numbers(bytes, shares);
  for (const auto& share : shares) put_number(bytes, static_cast<std::uint64_t>(share.records));
  for (const auto& share : shares) put_mask(bytes, share.blocks);
  return bytes;
}

std::optional<std::vector<Share>> decode_shares(std::string_view bytes) {
  Reader reader{bytes};
  const auto count = reader.number();
  if (count > static_cast<std::uint64_t>(segment_ids)) return {};
  std::vector<Share> shares;
  shares.reserve(count);
  if (!read_numbers(reader, count, [&](std::int64_t number) { shares.push_back({number}); })) return {};
  for (auto& share : shares) share.records = static_cast<std::int64_t>(reader.number());
  for (auto& share : shares) share.blocks = reader.mask();
  if (!reader.good() || !reader.at_end()) return {};
  return shares;
}

bool decode_numbers(std::string_view bytes, std::vector<std::int64_t>& numbers) {
  Reader reader{bytes};
  const auto count = reader.number();
  numbers.clear();
  return count <= static_cast<std::uint64_t>(segment_ids) &&
         read_numbers(reader, count, [&](std::int64_t number) { numbers.push_back(number); });
}

std::string encode_bucket(const trigram::Masks& masks, std::int64_t bucket) {
  std::string bytes;
  const auto first = static_cast<trigram::Term>(bucket << bucket_bits);
  trigram::Term last = first;
  for (auto term = first; term < first + (trigram::Term{1} << bucket_bits); ++term) {
    const auto mask = masks[term];
    if (mask == no_block) continue;
    put_number(bytes, term - last);
    put_mask(bytes, mask);
    last = term;
  }
  return bytes;
}

BlockMask blocks_of(std::string_view bucket, trigram::Term term) noexcept {
  Reader reader{bucket};
  auto at = static_cast<trigram::Term>(bucket_of(term) << bucket_bits);
  while (!reader.at_end()) {
    at += static_cast<trigram::Term>(reader.number());
    const auto mask = reader.mask();
    if (!reader.good()) return all_blocks;
    if (at >= term) return at == term ? mask : no_block;
  }
  return no_block;
}

}  // namespace psherald::store
