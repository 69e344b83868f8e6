#include "psherald/forward_receiver.hpp"

#include <atomic>
#include <mutex>

#include "forward/batch_reader.hpp"
#include "net/host_name.hpp"
#include "record/hex.hpp"
#include "record/json.hpp"
#include "record/number.hpp"
#include "record/variant.hpp"
#include "store/in_transaction.hpp"
#include "store/sqlite.hpp"
#include "store/streams.hpp"

namespace psherald {
namespace {

using forward::BatchContent;
using forward::BatchHead;
using forward::RefusedLine;

constexpr std::size_t most_marks = 1'000, most_refusals = 1'000, kept_bytes = 64u << 10;
constexpr std::int64_t suspicious_attempt = 3, most_attempts = 3;

std::int64_t microseconds(Timestamp time) { return time.time_since_epoch().count(); }

std::string in_json(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

HttpResponse json_response(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

HttpResponse refusal(int status, std::string_view code, std::string_view text) {
  auto response = json_response(status, "{\"code\":" + in_json(code) + ",\"text\":" + in_json(text) + "}");
  if (status == 503 || status == 507) response.headers.emplace_back("Retry-After", "1");
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

std::string json_of(const Position& mark) {
  return R"({"run":")" + mark.run + R"(","id":)" + std::to_string(mark.id) + R"(,"tag":)" + in_json(mark.tag) + "}";
}

std::string json_of(const std::vector<Position>& marks) {
  std::string json = "[";
  for (const auto& mark : marks) (json += json.size() > 1 ? "," : "") += json_of(mark);
  return json += "]";
}

std::string json_of(const std::vector<store::Refusal>& refusals) {
  std::string json = "[";
  for (const auto& refused : refusals)
    (json += json.size() > 1 ? "," : "") += R"({"run":")" + refused.run + R"(","id":)" + std::to_string(refused.id) +
                                            R"(,"reason":)" + in_json(refused.reason) + "}";
  return json += "]";
}

std::string json_of(const std::vector<RefusedLine>& refused) {
  std::string json = "[";
  for (const auto& line : refused) {
    (json += json.size() > 1 ? "," : "") += "{\"line\":" + std::to_string(line.line) + ",\"id\":";
    json += line.id != 0 ? std::to_string(line.id) : "null,\"after\":" + std::to_string(line.after);
    json += ",\"reason\":" + in_json(line.reason) + ",\"text\":" + in_json(line.text) + "}";
  }
  return json += "]";
}

HttpResponse accepted(const Claim& claim, const Appended& appended, const std::vector<RefusedLine>& refused) {
  return json_response(200, "{\"mark\":" + json_of(claim.to) + ",\"stored\":" + std::to_string(appended.stored) +
                                ",\"duplicate\":" + std::to_string(appended.duplicate) +
                                ",\"looped\":" + std::to_string(appended.looped) + ",\"refused\":" + json_of(refused) +
                                ",\"now\":" + std::to_string(microseconds(now())) + "}");
}

/// A batch on its way to the disk.
struct Incoming {
  BatchHead head;
  std::string body;
  std::string_view lines;  // of the body, behind the head
  HttpRespond respond;
  bool own_origins_only = false;
};

}  // namespace

struct ForwardReceiver::Impl {
  Impl(LogStore& to, QueuedSink& through, Options with)
      : store{to}, writer{through}, options{std::move(with)}, reader{to.reader()} {
    if (options.store.empty()) options.store = net::host_name("unknown");
  }

  ~Impl() { writer.flush(); }  // it has our jobs to do

  void handle(HttpRequest request, HttpRespond respond) {
    const auto sender = options.admit ? options.admit(request) : Result<Sender>{Sender{}};
    if (!sender) {
      report(sender.error());
      const bool unknown = !request.header("Authorization") && request.certificate.empty();
      return respond(refusal(unknown ? 401 : 403, "not_allowed", sender.error().text));
    }
    if (request.method == "GET") return respond(handshake(request, *sender));
    if (request.method != "POST") {
      auto response = refusal(405, "method", "GET and POST are answered here");
      response.headers.emplace_back("Allow", "GET, POST");
      return respond(std::move(response));
    }
    receive(std::move(request), *sender, std::move(respond));
  }

  // ---- the handshake

  HttpResponse handshake(const HttpRequest& request, const Sender& sender) {
    const auto stream = request.parameter("stream").value_or("");
    const auto after = parse_number<std::int64_t>(request.parameter("after").value_or("0"));
    if (!is_run(stream) || !after) return refusal(400, "request", "\"stream\" is 32 hex digits, \"after\" an id");
    try {
      std::lock_guard lock{reading};
      auto* db = reader->native_handle();
      const sqlite::Snapshot snapshot{db};
      if (const auto owner = store::owner_of(db, stream); !owner.empty() && owner != sender.owner)
        return refusal(403, "not_allowed", "stream " + std::string{stream} + " belongs to another sender");
      return json_response(
          200, "{\"psherald\":1,\"versions\":[1],\"store\":" + in_json(options.store) + ",\"run\":" + run(db) +
                   ",\"now\":" + std::to_string(microseconds(now())) + ",\"limits\":{\"records\":" +
                   std::to_string(options.max_records) + ",\"bytes\":" + std::to_string(options.max_bytes) +
                   ",\"record_bytes\":" + std::to_string(options.max_record_bytes) +
                   "},\"encodings\":[\"gzip\"],\"marks\":" + json_of(store::marks_of(db, stream, most_marks)) +
                   ",\"refused\":" + json_of(store::refusals_of(db, stream, *after, most_refusals)) + "}");
    } catch (const Error& error) {
      return unavailable({static_cast<Errc>(error.code().value()), error.what()});
    }
  }

  static std::string run(sqlite3* db) {
    sqlite::Statement newest{db, "SELECT run FROM run ORDER BY from_id DESC LIMIT 1"};
    return newest.step() ? '"' + to_hex(newest.blob(0)) + '"' : "null";
  }

  std::string marks(const std::string& stream) {
    std::lock_guard lock{reading};
    return json_of(store::marks_of(reader->native_handle(), stream, most_marks));
  }

  // ---- a batch

  void receive(HttpRequest request, const Sender& sender, HttpRespond respond) {
    ++batches;
    if (request.body.size() > options.max_bytes)
      return respond(refusal(413, "bytes", "the batch has more than " + std::to_string(options.max_bytes) + " bytes"));
    const auto incoming = std::make_shared<Incoming>();
    incoming->body = std::move(request.body);
    incoming->body.reserve(incoming->body.size() + forward::read_padding);
    incoming->lines = incoming->body;
    auto head = forward::read_batch_head(incoming->lines);
    if (!head) {
      report({head.error().code, request.peer + ": " + head.error().text});
      return respond(refusal(400, "head", head.error().text));
    }
    if (head->records > options.max_records)
      return respond(
          refusal(413, "records", "the batch has more than " + std::to_string(options.max_records) + " records"));
    head->claim.peer = request.peer;
    head->claim.owner = sender.owner;
    if (head->sent != Timestamp{}) head->claim.skew = microseconds(now()) - microseconds(head->sent);
    incoming->head = std::move(*head);
    incoming->own_origins_only = sender.own_origins_only;
    incoming->respond = std::move(respond);
    is_suspicious(incoming->head) ? try_alone(incoming) : read(incoming);
  }

  static bool is_suspicious(const BatchHead& head) {
    const auto& claim = head.claim;
    return head.attempt >= suspicious_attempt && head.records == 1 && claim.to.id == claim.prev.id + 1;
  }

  // What has ended this process before will end it again. So it is noted on the disk before it is looked at.
  void try_alone(const std::shared_ptr<Incoming>& incoming) {
    writer.post([this, incoming] {
      try {
        const auto& claim = incoming->head.claim;
        const auto attempts = store::in_transaction(
            store, [&](sqlite3* db) { return store::count_attempt(db, claim.stream, claim.to.run, claim.to.id); });
        attempts > most_attempts ? give_up(incoming) : read(incoming);
      } catch (const Error& error) {
        incoming->respond(unavailable({static_cast<Errc>(error.code().value()), error.what()}));
      }
    });
  }

  void give_up(const std::shared_ptr<Incoming>& incoming) {
    BatchContent content;
    const auto id = incoming->head.claim.to.id;
    content.refused.push_back({1, id, incoming->head.claim.prev.id, "crashed",
                               "this store ended each time that it read the record", incoming->lines});
    store_content(incoming, std::move(content));
  }

  void read(const std::shared_ptr<Incoming>& incoming) {
    auto content = forward::read_batch_content(incoming->head, incoming->lines,
                                               {options.max_record_bytes, incoming->own_origins_only});
    if (!content) {
      report({content.error().code, incoming->head.claim.peer + ": " + content.error().text});
      return incoming->respond(refusal(400, "records", content.error().text));
    }
    store_content(incoming, std::move(*content));
  }

  void store_content(const std::shared_ptr<Incoming>& incoming, BatchContent content) {
    auto& claim = incoming->head.claim;
    for (const auto& line : content.refused) {
      const auto reason = line.reason + ": " + line.text;
      content.batch.append(DeadLetter{now(), reason, claim.peer, line.bytes.substr(0, kept_bytes), line.id});
      report(
          {Errc::bad_record, claim.peer + ": record " + std::to_string(line.id) + " of " + claim.name + ": " + reason});
    }
    if (variant::is(variant::mark_alone))
      mark_first(claim);
    else
      content.batch.set_claim(claim);
    const auto lines = std::make_shared<std::vector<RefusedLine>>(std::move(content.refused));
    if (variant::is(variant::ack_first))
      std::exchange(incoming->respond, [](const HttpResponse&) {})(accepted(claim, {}, *lines));
    writer.write(std::move(content.batch), [this, incoming, lines](const Result<Appended>& outcome) {
      incoming->respond(outcome ? stored_all(*incoming, *outcome, *lines) : not_stored(*incoming, outcome.error()));
    });
  }

  void mark_first(const Claim& claim) {
    RecordBatch mark;
    mark.set_claim(claim);
    writer.write(std::move(mark), {});
    writer.flush();
  }

  HttpResponse stored_all(const Incoming& incoming, const Appended& appended, const std::vector<RefusedLine>& lines) {
    stored += appended.stored;
    duplicate += appended.duplicate;
    looped += appended.looped;
    refused += lines.size();
    return accepted(incoming.head.claim, appended, lines);
  }

  // On the store's thread. It lived through the record, whatever became of it.
  HttpResponse not_stored(const Incoming& incoming, const Fault& fault) {
    const auto& claim = incoming.head.claim;
    if (is_suspicious(incoming.head)) forget_attempts(claim);
    report({fault.code, claim.peer + ": " + fault.text});
    switch (fault.code) {
      case Errc::out_of_step:
      case Errc::forked:
        ++out_of_step;
        return json_response(409, std::string{"{\"code\":\""} + (fault.code == Errc::forked ? "fork" : "position") +
                                      "\",\"text\":" + in_json(fault.text) + ",\"marks\":" + marks(claim.stream) + "}");
      case Errc::not_allowed: return refusal(403, "not_allowed", fault.text);
      default: return unavailable(fault);
    }
  }

  void forget_attempts(const Claim& claim) {
    writer.post([this, claim] {
      store::in_transaction(store, [&](sqlite3* db) { store::forget_attempts(db, claim.stream); });
    });
  }

  HttpResponse unavailable(const Fault& fault) {
    ++out_of_service;
    switch (fault.code) {
      case Errc::store_full: return refusal(507, "full", fault.text);
      case Errc::queue_full:
      case Errc::stopped:
      case Errc::store_busy: return refusal(503, "busy", fault.text);
      default: return refusal(500, "store", fault.text);
    }
  }

  void report(const Fault& fault) const {
    if (options.on_fault) options.on_fault(fault);
  }

  LogStore& store;
  QueuedSink& writer;
  Options options;
  std::mutex reading;
  std::unique_ptr<LogStore> reader;
  std::atomic<std::uint64_t> batches = 0, stored = 0, duplicate = 0, looped = 0, refused = 0, out_of_step = 0,
                             out_of_service = 0;
};

ForwardReceiver::ForwardReceiver(LogStore& store, QueuedSink& writer, Options options)
    : impl_{std::make_unique<Impl>(store, writer, std::move(options))} {}
ForwardReceiver::~ForwardReceiver() = default;

void ForwardReceiver::handle(HttpRequest request, HttpRespond respond) {
  impl_->handle(std::move(request), std::move(respond));
}

ForwardReceiver::Stats ForwardReceiver::stats() const noexcept {
  return {impl_->batches, impl_->stored,      impl_->duplicate,     impl_->looped,
          impl_->refused, impl_->out_of_step, impl_->out_of_service};
}

}  // namespace psherald
