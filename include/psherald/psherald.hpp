#pragma once

/// Everything, in the order of a record's journey. For examples and small programs; larger ones include what they use.
#include "psherald/config.hpp"
#include "psherald/decode.hpp"
#include "psherald/encode.hpp"
#include "psherald/error.hpp"
#include "psherald/forwarder.hpp"
#include "psherald/frame.hpp"
#include "psherald/ingestor.hpp"
#include "psherald/log_store.hpp"
#include "psherald/notifier.hpp"
#include "psherald/query.hpp"
#include "psherald/queued_sink.hpp"
#include "psherald/record.hpp"
#include "psherald/result.hpp"
#include "psherald/sink.hpp"
#include "psherald/version.hpp"
#include "psherald/web.hpp"
