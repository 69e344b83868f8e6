#pragma once

#include <string>

#include "psherald/record.hpp"

namespace psherald {

/// Appends the record as the frame that a ps.herald 1.4.2 bridge takes: length prefix and a pickle of protocol 1 that
/// calls nothing. It has exactly the 28 keys that bridge has columns for; other attributes follow the message as JSON.
/// `now` tells how late it is: that bridge stamps rows with its own clock, so a record that is more than a minute old
/// has its time behind the message. Texts are cut so that a frame stays below 60 KiB. docs/wire-formats.md, "To a
/// ps.herald bridge", has the table.
///
/// Source: ps.herald 1.4.2, bridge.py: an unknown key ends the connection, and one read() has to bring the whole frame.
void append_bridge_frame(std::string& out, const RecordBatch& batch, const Record& record, Timestamp now);

}  // namespace psherald
