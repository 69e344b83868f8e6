#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include "page/html.hpp"
#include "page/layout.hpp"
#include "psherald/log_store.hpp"
#include "psherald/queued_sink.hpp"

namespace psherald::page {

/// About how many records were received before that time: those that are gone already are counted where they lie
/// between others.
std::int64_t count_before(const LogStore& store, Timestamp time);

/// Removes what `keep` does not name, on the thread of the writer, so that the two do not wait for each other, and a
/// little at a time, so that what comes in meanwhile is written in between. False: the budget is up before that is
/// done.
bool remove_old(LogStore& store, QueuedSink& writer, const std::function<Retention()>& keep,
                std::chrono::milliseconds budget);

/// Says that so many had to stay, and why.
Html kept_page(std::int64_t records);

/// Says what would be removed and asks. Changes nothing.
Html confirm_page(const LogStore& store, Timestamp before, std::string_view token, Frame frame);

}  // namespace psherald::page
