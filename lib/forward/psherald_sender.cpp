#include "forward/psherald_sender.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "forward/backlog.hpp"
#include "forward/batch_head.hpp"
#include "forward/destination_filter.hpp"
#include "net/deflate.hpp"
#include "psherald/forward_receiver.hpp"
#include "record/hex.hpp"
#include "record/variant.hpp"
#include "sink/waiting.hpp"

namespace psherald::forward {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds look_again{1'000}, save_step{5'000}, idle_claim{5'000}, no_right_pause{30'000},
    tell_step{60'000}, longest_commit{100};
constexpr std::int64_t halve_from = 3;
constexpr int most_rejections = 3;

net::HttpClient::Options client_options(const Forwarder::Options& options, const DestinationUrl& to) {
  return {to.address,
          to.kind == DestinationUrl::Kind::https,
          options.ca_file,
          options.certificate_file,
          options.key_file,
          options.connect_timeout,
          milliseconds{std::min<std::int64_t>(20'000, options.answer_timeout.count())}};
}

std::string status_text(int status, const Rejection& rejection) {
  std::string text = "it answers " + std::to_string(status);
  return rejection.text.empty() ? text : text + ": " + rejection.text;
}

}  // namespace

PsheraldSender::PsheraldSender(LogStore& store, QueuedSink& writer, Forwarder::Options options,
                               const DestinationUrl& to, Task task)
    : store_{store},
      writer_{writer},
      options_{std::move(options)},
      task_{std::move(task)},
      reader_{store.reader()},
      watcher_{store.file()},
      stop_signal_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)},
      client_{client_options(options_, to)},
      parts_{*reader_, parse_where(options_.where), options_.time_base, task_.cursor.start, task_.last},
      cursor_{task_.cursor},
      back_off_{options_.retry_min, options_.retry_max} {
  needed_from_ = cursor_.id + 1;
  publish();
}

PsheraldSender::~PsheraldSender() {
  if (stop_signal_ >= 0) ::close(stop_signal_);
}

void PsheraldSender::stop(milliseconds drain) {
  end_of_drain_ = (Clock::now() + drain).time_since_epoch().count();
  stopping_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_signal_, &one, sizeof one);
}

Forwarder::Stats PsheraldSender::stats() const {
  std::lock_guard lock{mutex_};
  return stats_;
}

// ---- the loop

void PsheraldSender::run() {
  for (;;) {
    try {
      if (is_over()) break;
      go_on();
      keep_up();
    } catch (const Error& failed) {  // of a look at the store: the next one may succeed
      if (stopping_) break;
      refused(failed.what(), milliseconds{0});
    }
  }
  client_.close();
  save(true);
  try {
    publish();
  } catch (const Error&) {  // then by what was published before
  }
  std::lock_guard lock{mutex_};
  stats_.connected = false;
}

void PsheraldSender::go_on() {
  if (!in_step_) return shake_hands();
  if (!part_) part_ = read(position_);
  if (parts_.was_put_back()) {
    in_step_ = false;
    return;
  }
  part_ ? send() : wait_for_news();
}

bool PsheraldSender::is_over() const {
  if (position_.id >= task_.last) return true;
  if (!stopping_) return false;
  if (left_of_drain() <= milliseconds{0} || !in_step_) return true;
  return !part_ && position_.id >= reader_->newest_id();
}

milliseconds PsheraldSender::left_of_drain() const {
  const Clock::time_point end{Clock::duration{end_of_drain_.load()}};
  return std::chrono::ceil<milliseconds>(end - Clock::now());
}

// ---- what the other end says

std::string PsheraldSender::read_token() const {
  if (options_.token_file.empty()) return {};
  std::ifstream file{options_.token_file};
  std::string token;
  if (!std::getline(file, token))
    throw Error{Errc::bad_config, "cannot read a token from " + options_.token_file + "; its first line is sent"};
  while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
  return token;
}

void PsheraldSender::shake_hands() {
  part_.reset();
  next_.reset();
  parts_.restart();
  token_ = read_token();
  auto request = new_request("GET", options_.connect_timeout);
  std::string name;
  for (const char c : cursor_.name) (name += '%') += to_hex({&c, 1});
  request.target += "?stream=" + cursor_.stream + "&name=" + name + "&after=" + std::to_string(cursor_.id);
  const auto answer = ask(request, false);
  if (!answer) return refused(answer.error().text, milliseconds{0});
  if (answer->status != 200) {
    const auto rejection = read_rejection(answer->body);
    const bool busy = answer->status == 429 || answer->status >= 500;
    return refused(status_text(answer->status, rejection), busy ? milliseconds{answer->retry_after} : no_right_pause);
  }
  const auto welcome = read_welcome(answer->body);
  if (!welcome) return refused(welcome.error().text, milliseconds{0});
  take_welcome(*welcome);
}

void PsheraldSender::take_welcome(const Welcome& welcome) {
  const auto position = resume_at(welcome);
  if (const auto from = forked_at(welcome, position)) return fork(*from);
  if (position != position_ || !welcomed_) attempt_ = 1;
  position_ = position;
  compression_.allow(welcome.gzip);
  // Of a file that was put back, or to a receiver that was, rows go out again that retention must not take.
  if (position.id < cursor_.id) {
    cursor_.id = std::max(position.id, cursor_.start - 1);
    cursor_.tag = position.tag;
  } else if (position.id > cursor_.id) {  // they arrived, and the answer did not
    cursor_.id = position.id;
    cursor_.tag = position.tag;
    moved_at_ = Clock::now();
  }
  limits_.records = std::min(options_.batch_records, welcome.records);
  limits_.bytes = std::min(options_.batch_bytes, welcome.bytes);
  limits_.record_bytes = std::min(welcome.record_bytes, limits_.bytes / 4);
  for (const auto& record : welcome.refused) keep_refused(record.id, record.run, record.reason);
  in_step_ = true;
  std::lock_guard lock{mutex_};
  if (std::exchange(welcomed_, true)) ++stats_.reconnects;
  stats_.connected = true;
  stats_.peer = welcome.store;
}

// What both have of the log that they once shared: the receiver says how far, and our file may have been put back.
Position PsheraldSender::resume_at(const Welcome& welcome) {
  RecordId at = 0;
  if (variant::is(variant::own_cursor)) return parts_.position_of(cursor_.id);
  for (const auto& mark : welcome.marks) at = std::max(at, std::min(mark.id, parts_.last_id_of(mark.run)));
  return parts_.position_of(at);
}

// Another process writes other records under the names that ours have. Where: the first of ours that it has not got.
std::optional<RecordId> PsheraldSender::forked_at(const Welcome& welcome, const Position& position) {
  if (!task_.kept || variant::is(variant::no_tag) || variant::is(variant::late_run)) return {};
  std::string own;
  run_on(writer_, [&] { own = store_.run(); });
  const RecordId newest = reader_->newest_id();
  for (const auto& mark : welcome.marks) {
    const bool ahead = !own.empty() && mark.run == own && mark.id > newest;
    const bool here = mark.run == position.run && mark.id == position.id && cursor_.id < position.id;
    const bool differs = here && !mark.tag.empty() && !position.tag.empty() && mark.tag != position.tag;
    if (ahead || differs) return std::max(cursor_.id + 1, parts_.first_id_of(mark.run));
  }
  return {};
}

// New names for what the other end has not confirmed store some of it twice, and lose none.
void PsheraldSender::fork(RecordId from) {
  run_on(writer_, [&] { store_.begin_run(from); });
  report({Errc::forked, "forwarding to " + options_.url +
                            ": this log was copied while a process had it in memory, and both went on; records from " +
                            std::to_string(from) + " are sent under new names, and may be there twice"});
  if (++rejections_ >= most_rejections) back_off(milliseconds{0});
}

// ---- batches

std::optional<LogPart> PsheraldSender::read(const Position& prev) {
  if (stopping_ || Clock::now() - moved_at_ >= idle_claim) parts_.hurry();
  return parts_.next(prev, limits_, most_ids_, given_up_);
}

void PsheraldSender::send() {
  const auto body = batch_body(*part_, cursor_, options_, attempt_, now());
  const bool compressed = compression_.on();
  const auto gzip = compressed ? net::deflate_gzip(body) : std::string{};
  if (variant::is(variant::cursor_early)) cursor_.id = part_->to.id, save(true);
  auto request = new_request("POST", options_.answer_timeout);
  request.headers.emplace_back("Content-Type", "application/x-ndjson");
  if (compressed) request.headers.emplace_back("Content-Encoding", "gzip");
  request.body = compressed ? gzip : body;
  const auto records = part_->records;
  const bool full = part_->full;
  sent_at_ = Clock::now();
  const auto answer = ask(request, full);
  if (!answer) return no_answer(answer.error().text);
  if (compressed && (answer->status == 415 || answer->status == 413)) return compression_.forbid();  // the same again
  if (answer->status == 200 && full) compression_.note(body.size(), Clock::now() - sent_at_);
  take_answer(*answer);
  if (options_.rate) wait_for_turn(records);
}

net::HttpClient::Request PsheraldSender::new_request(const char* method, milliseconds timeout) const {
  net::HttpClient::Request request{method, ForwardReceiver::path, {}, {}, timeout};
  if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
  return request;
}

Result<net::HttpClient::Answer> PsheraldSender::ask(const net::HttpClient::Request& request, bool with_next) {
  client_.begin(request);
  for (;;) {
    if (auto answer = client_.step()) {
      std::lock_guard lock{mutex_};
      ++stats_.answers[*answer ? (*answer)->status : 0];
      return std::move(*answer);
    }
    // While the other end works, and not before it has got all that it needs for that.
    if (with_next && client_.is_sent()) {
      with_next = false;
      next_ = read(part_->to);
      continue;
    }
    if (stopping_ && left_of_drain() <= milliseconds{0}) {
      client_.close();
      return Fault{Errc::stopped, "stopping"};
    }
    client_.wait({stopping_ ? -1 : stop_signal_}, stopping_ ? std::min(look_again, left_of_drain()) : look_again);
  }
}

void PsheraldSender::take_answer(const net::HttpClient::Answer& answer) {
  const auto rejection = answer.status == 200 ? Rejection{} : read_rejection(answer.body);
  const auto text = status_text(answer.status, rejection);
  switch (answer.status) {
    case 200:
      if (const auto read = read_accepted(answer.body); !read)
        return no_answer(read.error().text);
      else
        return accepted(*read);
    case 409: return out_of_step(rejection);
    case 413: return too_much(rejection);
    case 408: return no_answer(text);  // the line is too slow for so much
    case 400: ++attempt_; return refused(text, milliseconds{0});
    case 429:
    case 503:
    case 507: return refused(text, answer.retry_after);
    default:
      if (answer.status < 500) return refused(text, no_right_pause);
      return no_answer(text);
  }
}

void PsheraldSender::accepted(const Accepted& answer) {
  if (answer.mark.run != part_->to.run || answer.mark.id != part_->to.id)
    return no_answer("it confirms another batch than the one that was sent");
  for (const auto id : part_->too_large) keep_refused(id, part_->to.run, "too_large: no batch takes its size");
  for (const auto& record : answer.refused) {
    const bool named = record.id == 0 && record.line > 0 && record.line <= part_->ids_by_line.size();
    const RecordId id = named ? part_->ids_by_line[record.line - 1] : record.id;
    if (id != 0) keep_refused(id, part_->to.run, record.reason);
  }
  for (const auto& gap : part_->gaps)
    if (gap.reason == "backlog" || gap.reason == "age") cursor_.skipped += gap.to - gap.from + 1;
  position_ = part_->to;
  cursor_.id = position_.id;
  cursor_.tag = position_.tag;
  moved_at_ = Clock::now();
  attempt_ = 1;
  rejections_ = 0;
  grow();
  back_off_.reset();
  in_trouble_ = false;
  {
    std::lock_guard lock{mutex_};
    stats_.sent += part_->records;
  }
  part_ = std::exchange(next_, std::nullopt);
}

// What a link could not carry in time it would not carry the next time either: only a quick answer asks for more.
void PsheraldSender::grow() {
  constexpr RecordId unbounded = std::numeric_limits<RecordId>::max();
  if (most_ids_ == unbounded || Clock::now() - sent_at_ > options_.answer_timeout / 4) return;
  most_ids_ = most_ids_ > unbounded / 2 ? unbounded : 2 * most_ids_;
}

void PsheraldSender::out_of_step(const Rejection& rejection) {
  in_step_ = false;
  if (++rejections_ >= most_rejections) refused(status_text(409, rejection), milliseconds{0});
}

void PsheraldSender::too_much(const Rejection& rejection) {
  const RecordId ids = part_->to.id - part_->prev.id;
  next_.reset();
  if (part_->records == 1) {
    parts_.leave_out(
        *std::find_if(part_->ids_by_line.begin(), part_->ids_by_line.end(), [](auto id) { return id != 0; }));
  } else if (ids > 1) {
    most_ids_ = ids / 2;
  } else {
    return refused(status_text(413, rejection), milliseconds{0});
  }
  part_.reset();
}

void PsheraldSender::no_answer(const std::string& why) {
  if (part_ && ++attempt_ >= halve_from) most_ids_ = std::max<RecordId>(1, (part_->to.id - part_->prev.id) / 2);
  client_.close();
  refused(why, milliseconds{0});
}

void PsheraldSender::refused(const std::string& why, milliseconds least) {
  in_step_ = false;
  part_.reset();
  next_.reset();
  if (stopping_) return;
  trouble(why);
  back_off(least);
}

void PsheraldSender::keep_refused(RecordId id, const std::string& run, const std::string& reason) {
  if (id <= cursor_.id && id <= saved_) return;
  if (!known_refused_.insert(id).second) return;
  ++cursor_.refused;
  cursor_.dead_letters.push_back({run, id, reason});
}

// ---- time

void PsheraldSender::back_off(milliseconds least) { pause(std::max(least, back_off_.next())); }

void PsheraldSender::pause(milliseconds time) {
  const auto end = Clock::now() + time;
  while (!stopping_ && Clock::now() < end) {
    sleep(std::min(look_again, std::chrono::ceil<milliseconds>(end - Clock::now())), false);
    keep_up();
  }
}

// True when there may be news.
bool PsheraldSender::sleep(milliseconds time, bool for_news) {
  if (stopping_) return false;
  client_.wait({stop_signal_, for_news ? watcher_.descriptor() : -1}, time);
  return for_news && watcher_.take();
}

void PsheraldSender::wait_for_news() {
  if (!sleep(look_again, true)) return;
  // A commit is written before it can be read.
  for (milliseconds wait{1}; reader_->newest_id() <= position_.id && wait < longest_commit && !stopping_; wait *= 2)
    sleep(wait, false);
  if (reader_->newest_id() - position_.id < static_cast<RecordId>(limits_.records)) sleep(options_.linger, false);
}

void PsheraldSender::wait_for_turn(std::size_t records) {
  const auto share = std::chrono::duration<double>{static_cast<double>(records) / *options_.rate};
  turn_ = std::max(turn_, Clock::now()) + std::chrono::duration_cast<Clock::duration>(share);
  pause(std::chrono::ceil<milliseconds>(turn_ - Clock::now()));
}

void PsheraldSender::keep_up() {
  const auto time = Clock::now();
  if (time - kept_up_at_ < look_again) return;
  kept_up_at_ = time;
  if (task_.kept) look_at_bounds();
  save(false);
  publish();
}

void PsheraldSender::look_at_bounds() {
  const auto behind = std::max(cursor_.id, given_up_.to);
  const auto give_up = [&](RecordId to, const char* reason) {
    if (to <= std::max(behind, given_up_.to)) return;
    given_up_ = {0, to, reason};
    part_.reset();
    next_.reset();
    parts_.restart();
    if (Clock::now() - told_given_up_at_ < tell_step) return;
    told_given_up_at_ = Clock::now();
    report({Errc::queue_full, "forwarding to " + options_.url + ": its backlog is beyond its bound (" + reason +
                                  "): records up to " + std::to_string(to) + " are not sent there any more"});
  };
  give_up(skip_to(*reader_, behind, std::numeric_limits<std::uint64_t>::max(), now() - options_.max_backlog_age),
          "age");
  give_up(skip_to(*reader_, std::max(behind, given_up_.to), options_.max_backlog_bytes, Timestamp::min()), "backlog");
  needed_from_ = std::max(cursor_.id, given_up_.to) + 1;
}

void PsheraldSender::save(bool at_once) {
  if (!task_.kept || (cursor_.id == saved_ && cursor_.dead_letters.empty())) return;
  if (!at_once && Clock::now() - saved_at_ < save_step) return;
  saved_at_ = Clock::now();
  saved_ = cursor_.id;
  std::erase_if(known_refused_, [&](RecordId id) { return id <= saved_; });
  const auto keep = [this, to_save = cursor_] {
    try {
      store_.save_cursor(to_save);
    } catch (const Error& failed) {
      report({static_cast<Errc>(failed.code().value()),
              std::string{"keeping the cursor of a destination: "} + failed.what()});
    }
  };
  cursor_.dead_letters.clear();
  at_once ? run_on(writer_, keep) : writer_.post(keep);
}

void PsheraldSender::publish() {
  const auto newest = std::min(reader_->newest_id(), task_.last);
  const auto backlog = newest > position_.id ? backlog_behind(*reader_, position_.id) : Backlog{};
  std::lock_guard lock{mutex_};
  rate_.note(Clock::now(), stats_.sent);
  stats_.rate = rate_.per_second();
  stats_.skipped = static_cast<std::uint64_t>(cursor_.skipped);
  stats_.refused = static_cast<std::uint64_t>(cursor_.refused);
  stats_.cursor = cursor_.id;
  stats_.lag = static_cast<std::uint64_t>(std::max<RecordId>(0, newest - position_.id));
  stats_.lag_bytes = backlog.bytes;
  stats_.compressed = compression_.on();
  stats_.oldest_unsent = backlog.oldest;
}

void PsheraldSender::trouble(const std::string& what) {
  const bool news = !std::exchange(in_trouble_, true);
  {
    std::lock_guard lock{mutex_};
    stats_.connected = false;
    stats_.last_error = what;
    stats_.last_error_at = now();
  }
  if (news)
    report({Errc::peer_lost, "forwarding to " + options_.url + ": " + what + "; trying again until it takes records"});
}

void PsheraldSender::report(const Fault& fault) const {
  if (options_.on_fault) options_.on_fault(fault);
}

}  // namespace psherald::forward
