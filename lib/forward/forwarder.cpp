#include "psherald/forwarder.hpp"

#include "forward/destination.hpp"
#include "forward/destination_url.hpp"

namespace psherald {
namespace {

forward::DestinationUrl checked(const Forwarder::Options& options) {
  if (options.name.empty() || options.name.size() > 64)
    throw Error{Errc::bad_config, "a destination's name has 1 to 64 bytes, not " + std::to_string(options.name.size())};
  if (options.rate && !(*options.rate > 0)) throw Error{Errc::bad_config, "a destination's rate has to be above 0"};
  return forward::parse_destination(options.url).value();
}

std::unique_ptr<forward::Destination> destination_of(LogStore& store, QueuedSink& writer, Forwarder::Options options) {
  const auto to = checked(options);
  if (to.kind == forward::DestinationUrl::Kind::python)
    return forward::to_python(store, writer, std::move(options), to);
  return forward::to_psherald(store, writer, std::move(options), to);
}

}  // namespace

struct Forwarder::Impl {
  explicit Impl(std::unique_ptr<forward::Destination> made) : destination{std::move(made)} {}
  std::unique_ptr<forward::Destination> destination;
};

Forwarder::Forwarder(LogStore& store, QueuedSink& writer, Options options)
    : impl_{std::make_unique<Impl>(destination_of(store, writer, std::move(options)))} {}
Forwarder::~Forwarder() = default;

void Forwarder::stop(std::chrono::milliseconds drain) { impl_->destination->end(drain); }
Forwarder::Stats Forwarder::stats() const { return impl_->destination->stats(); }
RecordId Forwarder::needed_from() const noexcept { return impl_->destination->needed_from(); }

}  // namespace psherald
