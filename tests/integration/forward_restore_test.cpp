/// The crash points of docs/forward-protocol.md, each in its words: files that are put back, copied or deleted.

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "psherald/psherald.hpp"
#include "store/sqlite.hpp"
#include "support/node.hpp"
#include "support/oracle.hpp"
#include "support/place.hpp"

using namespace psherald;
using namespace psherald::testing;

TEST_SUITE_BEGIN("forward");

namespace {

bool has_records(Node& node, std::int64_t count) {
  const auto reader = node.reader();
  return wait_until([&] { return reader->count() >= count; });
}
bool has_confirmed(Node& node, RecordId id) {
  return wait_until([&] { return node.forwarder().stats().cursor >= id; });
}
Oracle::Verdict judge(const Oracle& oracle, Node& node) { return oracle.judge(*node.reader()); }
std::int64_t runs_of_marks(Node& node) {
  return sqlite::integer(node.reader()->native_handle(), "SELECT count(*) FROM mark").value_or(0);
}

/// A sender and its receiver, which runs.
struct Link {
  Link() { sender->forward_to(*receiver); }
  void write(const std::string& origin, std::int64_t count) { sender->write(oracle.issue(origin, count)); }
  void write_and_confirm(const std::string& origin, std::int64_t count) {
    write(origin, count);
    REQUIRE(has_confirmed(*sender, sender->reader()->newest_id()));
  }
  /// The file as it is now.
  std::string copy_of(Node& node) {
    const bool ran = node.is_running();
    if (ran) node.stop();
    const auto path = place.file("copy of " + node.name());
    node.copy_to(path);
    if (ran) node.start();
    return path;
  }

  Place place;
  Oracle oracle;
  std::unique_ptr<Node> receiver = std::make_unique<Node>(place.directory(), "receiver");
  std::unique_ptr<Node> sender = std::make_unique<Node>(place.directory(), "sender");
};

}  // namespace

TEST_CASE("sender: row committed, not sent: restart, handshake, sent") {
  Link link;
  link.receiver->stop();
  link.write("a", 100);
  link.sender->stop();
  link.sender->start();
  link.receiver->start();
  REQUIRE(has_records(*link.receiver, 100));
  CHECK(judge(link.oracle, *link.receiver).is_exact());
}

TEST_CASE("sender: batch half or wholly written, no answer: the mark says which, and nothing is sent twice in vain") {
  for (const bool wholly : {false, true}) {
    CAPTURE(wholly);
    Link link;
    link.receiver->proxy().follow(
        [&](int) { return wholly ? Proxy::Fate{.answered_bytes = 1'200} : Proxy::Fate{.request_bytes = 1'200}; });
    link.receiver->proxy().end_all();
    const int before = link.receiver->proxy().ended();
    link.write("a", 100);
    REQUIRE(wait_until([&] { return link.receiver->proxy().ended() > before; }));
    link.sender->stop();
    link.receiver->proxy().follow({});
    link.sender->start();
    REQUIRE(has_records(*link.receiver, 100));
    CHECK(judge(link.oracle, *link.receiver).is_exact());
    CHECK(link.receiver->receiver().stats().duplicate == 0);
  }
}

TEST_CASE("sender: answer read, cursor not written: the mark is ahead, and it resumes there") {
  Link link;
  link.write_and_confirm("a", 100);
  link.sender->stop();
  link.sender->execute("UPDATE cursor SET id = 10, tag = ''");
  link.sender->start();
  link.write_and_confirm("a", 50);
  CHECK(judge(link.oracle, *link.receiver).is_exact());
  CHECK(link.receiver->receiver().stats().duplicate == 0);
  CHECK(link.receiver->receiver().stats().stored == 150);
}

TEST_CASE("sender: cursor written: it goes on behind it") {
  Link link;
  link.write_and_confirm("a", 100);
  link.sender->stop();
  link.sender->start();
  link.write_and_confirm("a", 100);
  CHECK(judge(link.oracle, *link.receiver).is_exact());
  CHECK(link.receiver->receiver().stats().stored == 200);
}

TEST_CASE("sender's file put back, new rows: it resumes under a new run, and what it lost stays at the peer") {
  Link link;
  link.write_and_confirm("a", 50);
  const auto copy = link.copy_of(*link.sender);
  link.write_and_confirm("a", 50);
  link.sender->stop();
  link.sender->put_back(copy);
  link.sender->start();
  link.write("b", 80);  // some of them under the ids that the lost ones had, and more than were lost
  REQUIRE(has_records(*link.receiver, 180));
  const auto verdict = judge(link.oracle, *link.receiver);
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(verdict.gap_rows == 0);
  CHECK(runs_of_marks(*link.receiver) == 3);  // before the copy, after it, and after it was put back
}

TEST_CASE("sender's file put back while it runs: what it logs then arrives, whatever ids it has") {
  for (const std::int64_t rows : {30, 50, 80}) {
    CAPTURE(rows);
    Link link;
    link.write_and_confirm("a", 50);
    const auto copy = link.copy_of(*link.sender);
    link.write_and_confirm("a", 50);
    link.sender->restore(copy);
    link.write("b", rows);  // fewer than were lost, as many, more
    link.write("b", 1);
    REQUIRE(wait_until([&] { return judge(link.oracle, *link.receiver).lost == 0; }));
    const auto verdict = judge(link.oracle, *link.receiver);
    CAPTURE(verdict);
    CHECK(verdict.is_exact());
  }
}

TEST_CASE("receiver's file put back while it runs: it gets again what it lost") {
  Link link;
  link.write_and_confirm("a", 50);
  const auto copy = link.copy_of(*link.receiver);
  link.write_and_confirm("a", 50);
  link.receiver->restore(copy);
  link.write("a", 1);
  REQUIRE(has_records(*link.receiver, 101));
  CHECK(judge(link.oracle, *link.receiver).is_exact());
}

TEST_CASE("sender's file copied, both run: their marks advance side by side, and nothing collides") {
  Link link;
  link.write_and_confirm("a", 50);
  const auto copy = link.copy_of(*link.sender);
  Node twin{link.place.directory(), "twin"};
  twin.stop();
  twin.put_back(copy);
  twin.forward_to(*link.receiver, [&](auto& options) { options.name = "to " + link.receiver->url().substr(17); });
  twin.start();
  REQUIRE(sqlite::integer(twin.reader()->native_handle(), "SELECT count(DISTINCT stream) FROM cursor") == 1);
  for (int i = 0; i < 20; ++i) {
    link.write("a", 5);
    twin.write(link.oracle.issue("b", 7));
  }
  REQUIRE(has_records(*link.receiver, 50 + 100 + 140));
  const auto verdict = judge(link.oracle, *link.receiver);
  CAPTURE(verdict);
  CHECK(verdict.is_exact());
  CHECK(runs_of_marks(*link.receiver) == 3);
  CHECK(sqlite::integer(link.receiver->reader()->native_handle(), "SELECT count(*) FROM stream") == 1);
}

TEST_CASE("receiver's file put back: it gets again what it lost, and what the sender no longer has is a gap") {
  Link link;
  link.write_and_confirm("a", 80);
  const auto copy = link.copy_of(*link.receiver);
  link.write_and_confirm("a", 20);
  link.sender->stop();
  link.sender->execute("DELETE FROM log WHERE id BETWEEN 81 AND 85");
  link.receiver->stop();
  link.receiver->put_back(copy);
  link.receiver->start();
  link.sender->start();
  link.write("a", 10);
  REQUIRE(has_records(*link.receiver, 105 + 1));
  const auto verdict = judge(link.oracle, *link.receiver);
  CAPTURE(verdict);
  CHECK(verdict.is_honest());
  CHECK(verdict.lost == 5);
  CHECK(verdict.declared == 5);
}

TEST_CASE("receiver's database deleted: all is sent again from the start") {
  Link link;
  link.write_and_confirm("a", 100);
  link.receiver->stop();
  link.receiver->remove_file();
  link.receiver->start();
  link.write("a", 10);  // a sender without anything to send does not ask
  REQUIRE(has_records(*link.receiver, 110));
  CHECK(judge(link.oracle, *link.receiver).is_exact());
}

TEST_CASE("middle store put back: what it stores again is a duplicate at the last one") {
  Link link;  // the receiver is the middle
  Node last{link.place.directory(), "last"};
  link.receiver->forward_to(last);
  link.write("a", 60);
  REQUIRE(has_records(last, 60));
  const auto copy = link.copy_of(*link.receiver);
  link.write("a", 40);
  link.receiver->write(link.oracle.issue("middle", 30));
  REQUIRE(has_records(last, 130));
  link.receiver->stop();
  link.receiver->put_back(copy);
  link.receiver->start();
  link.receiver->write(link.oracle.issue("middle again", 0));
  link.receiver->write(link.oracle.issue("anew", 30));
  link.write("a", 10);
  REQUIRE(has_records(*link.receiver, 60 + 40 + 30 + 10));
  REQUIRE(has_records(last, 100 + 30 + 30 + 10));
  const auto at_last = judge(link.oracle, last);
  CAPTURE(at_last);
  CHECK(at_last.is_exact());
  CHECK(last.receiver().stats().duplicate == 40);
  auto at_middle = judge(link.oracle, *link.receiver);
  CHECK(at_middle.lost == 30);  // its own of after the copy, which only the last one has
  CHECK(at_middle.doubled == 0);
}

TEST_CASE("a running machine copied with its memory: the tag shows it, nothing is lost, some may be there twice") {
  for (const std::int64_t ahead : {0, 7, 200}) {
    CAPTURE(ahead);
    Link link;
    link.write_and_confirm("a", 50);
    const auto copy = link.copy_of(*link.sender);
    link.write_and_confirm("a", 100);

    // The copy writes under the run that the first one goes on with: as if both had had it in memory.
    Node twin{link.place.directory(), "twin"};
    twin.stop();
    link.sender->stop();
    twin.put_back(copy);
    twin.start();
    twin.write(link.oracle.issue("b", 100 + ahead));
    twin.stop();
    const auto run = link.place.file("first");
    link.sender->copy_to(run);
    twin.execute("ATTACH '" + run +
                 "' AS first; UPDATE run SET run = (SELECT run FROM first.run ORDER BY from_id DESC "
                 "LIMIT 1) WHERE from_id = (SELECT max(from_id) FROM run)");
    link.sender->start();
    twin.forward_to(*link.receiver, [&](auto& options) { options.name = "to " + link.receiver->url().substr(17); });
    twin.start();
    twin.write(link.oracle.issue("b", 20));
    link.write("a", 30);
    REQUIRE(wait_until([&] { return judge(link.oracle, *link.receiver).lost == 0; }));
    const auto verdict = judge(link.oracle, *link.receiver);
    CAPTURE(verdict);
    CHECK(verdict.unexpected == 0);
    auto told = link.sender->faults();
    for (const auto& text : twin.faults()) told.push_back(text);
    CHECK(std::any_of(told.begin(), told.end(),
                      [](const auto& text) { return text.find("copied while a process had it") != text.npos; }));
  }
}

TEST_SUITE_END();
