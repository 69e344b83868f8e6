#include "psherald/frame.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/allocations.hpp"
#include "support/capture.hpp"

using namespace psherald;
using psherald::testing::Allocations;
using Texts = std::vector<std::string>;

namespace {

std::string header(std::uint32_t length) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> shift & 0xFF);
  return bytes;
}
std::string frame(std::string_view body) { return header(static_cast<std::uint32_t>(body.size())).append(body); }

/// A reader, and all that it ever said, in order.
struct Conversation {
  explicit Conversation(FrameReader::Options options = {}) : reader{options} {}

  bool feed(std::string_view bytes) {
    return reader.feed(
        bytes, [this](std::string_view body) { said.emplace_back(body); },
        [this](const FrameReader::Rejected& rejected) { reject(rejected); });
  }
  void finish() {
    reader.finish([this](const FrameReader::Rejected& rejected) { reject(rejected); });
  }
  void reject(const FrameReader::Rejected& rejected) {
    said.emplace_back("rejected");
    faults.push_back(rejected.fault);
    kept.emplace_back(rejected.bytes);
  }

  FrameReader reader;
  Texts said;  // the frames, and "rejected" in the place of one that was not delivered
  std::vector<Fault> faults;
  Texts kept;
};

std::string letters(std::size_t count) {
  std::string text(count, ' ');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

// Frames of every interesting size around the limits of `small`, with those that are too long among them.
const FrameReader::Options small{.max_frame_bytes = 100, .max_skipped_bytes = 1'000, .kept_bytes = 30};
struct Stream {
  Stream() {
    for (const std::size_t size : {0, 1, 3, 4, 5, 0, 0, 99, 100, 101, 1'000, 7, 500, 600, 0, 100}) {
      const auto body = letters(size);
      bytes += frame(body);
      expected.push_back(size > small.max_frame_bytes ? "rejected" : body);
    }
  }
  std::string bytes;
  Texts expected;
};

}  // namespace

TEST_SUITE_BEGIN("frame");

TEST_CASE("frames that come together are delivered one by one, in order") {
  Conversation talk;
  CHECK(talk.feed(frame("one") + frame("two") + frame("three")));
  CHECK(talk.said == Texts{"one", "two", "three"});
  CHECK(talk.reader.pending_bytes() == 0);
}

TEST_CASE("a length is read as four bytes, the biggest first") {
  Conversation talk;
  CHECK(talk.feed(header(0x00010203) + letters(0x10203)));
  CHECK(talk.said == Texts{letters(0x10203)});
}

TEST_CASE("an empty frame is a frame, however its four bytes come") {
  Conversation talk;
  CHECK(talk.feed(frame("") + frame("") + frame("x")));
  CHECK(talk.said == Texts{"", "", "x"});
  for (const char byte : frame("")) CHECK(talk.feed({&byte, 1}));
  CHECK(talk.said == Texts{"", "", "x", ""});
  CHECK(talk.reader.pending_bytes() == 0);
}

TEST_CASE("no bytes are no frame, and end none") {
  Conversation talk;
  CHECK(talk.feed(""));
  CHECK(talk.feed(header(3) + "ab"));
  CHECK(talk.feed(""));
  CHECK(talk.said.empty());
  CHECK(talk.feed("c"));
  CHECK(talk.said == Texts{"abc"});
}

TEST_CASE("a frame that is split over two reads decodes once, wherever the cut is") {
  const auto bytes = frame("first") + frame("second");
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    CAPTURE(cut);
    Conversation talk;
    CHECK(talk.feed(std::string_view{bytes}.substr(0, cut)));
    CHECK(talk.feed(std::string_view{bytes}.substr(cut)));
    CHECK(talk.said == Texts{"first", "second"});
    CHECK(talk.reader.pending_bytes() == 0);
  }
}

TEST_CASE("byte by byte, a stream says the same as in one piece") {
  const Stream stream;
  Conversation whole{small}, bytewise{small};
  CHECK(whole.feed(stream.bytes));
  for (const char& byte : stream.bytes) REQUIRE(bytewise.feed({&byte, 1}));
  CHECK(whole.said == stream.expected);
  CHECK(bytewise.said == stream.expected);
  CHECK(bytewise.kept == whole.kept);
}

TEST_CASE("cut at random places, a stream says the same as in one piece") {
  const Stream stream;
  Conversation whole{small};
  CHECK(whole.feed(stream.bytes));
  for (unsigned seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    Conversation talk{small};
    for (std::string_view rest = stream.bytes; !rest.empty();) {
      const std::size_t size = std::min<std::size_t>(random() % (seed + 1), rest.size());
      REQUIRE(talk.feed(rest.substr(0, size)));
      REQUIRE(talk.reader.pending_bytes() <= 4 + small.max_frame_bytes);
      rest.remove_prefix(size);
    }
    REQUIRE(talk.said == stream.expected);
    REQUIRE(talk.kept == whole.kept);
  }
}

TEST_CASE("a frame that came whole lies in the bytes that were fed, uncopied") {
  const auto bytes = frame("body");
  FrameReader reader;
  const char* at = nullptr;
  CHECK(reader.feed(
      bytes, [&](std::string_view body) { at = body.data(); }, [](const auto&) {}));
  CHECK(at == bytes.data() + 4);
}

TEST_CASE("a frame of the limit is delivered; one byte more is passed over by its length") {
  Conversation talk{small};
  CHECK(talk.feed(frame(letters(100)) + frame(letters(101)) + frame("next")));
  CHECK(talk.said == Texts{letters(100), "rejected", "next"});
  CHECK(talk.faults[0].code == Errc::frame_too_large);
  CHECK(talk.faults[0].text == "a frame of 101 bytes is above the limit of 100");
}

TEST_CASE("of a frame above the limit the beginning is kept, and nothing of the next") {
  struct Case {
    std::size_t size, kept;
  };
  for (const auto& [size, kept] : {Case{101, 30}, Case{1'000, 30}}) {
    CAPTURE_BINDING(size);
    Conversation talk{small};
    CHECK(talk.feed(frame(letters(size)) + frame("next")));
    CHECK(talk.kept == Texts{letters(kept)});
  }
  Conversation talk{{.max_frame_bytes = 10, .max_skipped_bytes = 1'000, .kept_bytes = 30}};
  CHECK(talk.feed(frame("twelve bytes") + frame("next")));
  CHECK(talk.kept == Texts{"twelve bytes"});
}

TEST_CASE("by default a frame has at most 1 MiB, is passed over up to 16 MiB, and its first 64 KiB are kept") {
  Conversation talk;
  CHECK(talk.feed(frame(letters(1u << 20)) + frame(letters((1u << 20) + 1)) + frame(letters(16u << 20)) + frame("x")));
  CHECK(talk.said == Texts{letters(1u << 20), "rejected", "rejected", "x"});
  CHECK(talk.kept == Texts{letters(64u << 10), letters(64u << 10)});
  CHECK_FALSE(talk.feed(header((16u << 20) + 1)));
}

TEST_CASE("a length above what may be passed over breaks the stream") {
  Conversation talk{small};
  CHECK_FALSE(talk.feed(frame("good") + header(1'001) + "rest"));
  CHECK(talk.said == Texts{"good", "rejected"});
  CHECK(talk.faults[0].code == Errc::bad_frame);
  CHECK(talk.faults[0].text ==
        "a length of 1001 bytes is above the limit of 1000; this is not the protocol of a SocketHandler");
  CHECK(talk.kept == Texts{header(1'001) + "rest"});
}

TEST_CASE("a stream that is another protocol is broken at its fifth byte, and what it said is kept") {
  Conversation talk;
  CHECK(talk.feed("GET"));
  CHECK_FALSE(talk.feed(" / HTTP/1.1\r\n\r\n"));
  CHECK(talk.kept == Texts{"GET / HTTP/1.1\r\n\r\n"});
}

TEST_CASE("of a broken stream no more is kept than of a frame") {
  Conversation talk{small};
  CHECK_FALSE(talk.feed(header(0xFFFFFFFF) + letters(500)));
  CHECK(talk.kept == Texts{header(0xFFFFFFFF) + letters(26)});
  CHECK(talk.reader.pending_bytes() == 0);
}

TEST_CASE("a peer that closes between frames says nothing") {
  Conversation talk;
  talk.finish();
  CHECK(talk.feed(frame("whole")));
  talk.finish();
  CHECK(talk.said == Texts{"whole"});
}

TEST_CASE("a peer that closes within a frame is told of, with what came of it") {
  struct Case {
    std::string name;
    std::string bytes, kept, text;
  };
  const Case cases[] = {
      {"in the length", header(7).substr(0, 2), header(7).substr(0, 2),
       "the peer closed within a length prefix, after 2 bytes of it"},
      {"after the length", header(7), "", "the peer closed within a frame of 7 bytes, after 0 bytes of it"},
      {"in the body", header(7) + "half", "half", "the peer closed within a frame of 7 bytes, after 4 bytes of it"},
      {"in a long body", header(100) + letters(70), letters(30),
       "the peer closed within a frame of 100 bytes, after 70 bytes of it"},
      {"in a frame that is passed over", header(500) + letters(77), letters(30),
       "the peer closed within a frame of 500 bytes, after 77 bytes of it"},
      {"at the beginning of one", header(500), "", "the peer closed within a frame of 500 bytes, after 0 bytes of it"},
  };
  for (const auto& [name, bytes, kept, text] : cases) {
    CAPTURE_BINDING(name);
    Conversation talk{small};
    CHECK(talk.feed(frame("good") + bytes));
    talk.finish();
    REQUIRE(talk.said == Texts{"good", "rejected"});
    CHECK(talk.faults[0].code == Errc::frame_cut_off);
    CHECK(talk.faults[0].text == text);
    CHECK(talk.kept == Texts{kept});
    CHECK(talk.reader.pending_bytes() == 0);
  }
}

TEST_CASE("a reader that has finished begins a new stream") {
  Conversation talk{small};
  CHECK(talk.feed(header(500) + "cut"));
  talk.finish();
  CHECK(talk.feed(header(50) + "cut"));
  talk.finish();
  CHECK(talk.feed(frame("whole")));
  talk.finish();
  CHECK(talk.said == Texts{"rejected", "rejected", "whole"});
}

TEST_CASE("pending bytes are those held of an unfinished frame") {
  Conversation talk{small};
  CHECK(talk.feed(frame("whole") + header(50).substr(0, 3)));
  CHECK(talk.reader.pending_bytes() == 3);
  CHECK(talk.feed(header(50).substr(3) + "ten bytes."));
  CHECK(talk.reader.pending_bytes() == 14);
  CHECK(talk.feed(letters(40)));
  CHECK(talk.reader.pending_bytes() == 0);
  CHECK(talk.feed(header(900) + letters(800)));
  CHECK(talk.reader.pending_bytes() == 30);  // no more than what is kept
}

TEST_CASE("a length alone makes the reader allocate nothing for its body") {
  for (const std::uint32_t length : {1u << 20, 16u << 20, 0xFFFFFFFFu}) {
    CAPTURE(length);
    Conversation talk;
    const auto bytes = header(length);
    const Allocations allocations;
    const bool intact = talk.feed(bytes);
    CHECK(allocations.bytes() < 1'024);
    CHECK(intact == (length <= 16u << 20));
  }
}

TEST_CASE("room grows with what arrives, not with what is announced") {
  const auto bytes = header(1u << 20) + letters(10'000);
  Conversation talk;
  const Allocations allocations;
  for (const char& byte : bytes) REQUIRE(talk.feed({&byte, 1}));
  CHECK(allocations.bytes() < 4 * bytes.size());
  CHECK(talk.reader.pending_bytes() == bytes.size());
}

TEST_CASE("whole frames are delivered without any allocation") {
  const auto bytes = frame("one") + frame("two");
  FrameReader reader;
  std::size_t frames = 0;
  const FrameReader::OnFrame on_frame = [&](std::string_view) { ++frames; };
  const FrameReader::OnRejected on_rejected = [](const auto&) {};
  const Allocations allocations;
  const bool intact = reader.feed(bytes, on_frame, on_rejected);
  CHECK(allocations.count() == 0);
  CHECK(intact);
  CHECK(frames == 2);
}

TEST_SUITE_END();
