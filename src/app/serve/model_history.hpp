#pragma once
// The rows of a model's data.source, read into its loop when the server starts.

#include <functional>
#include <optional>
#include <string>

#include "app/replay/source.hpp"
#include "core/clock.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::app {

/// What the model was started with; nothing before that.
Result<std::optional<SourceForm>> known_form(lifecycle::Fleet& fleet, const std::string& model);

/// Reads the model's history into its loop and asks for the first version where there is none. Of a watched source that
/// has been read before, the rows that had been taken in until now: what has come since is left to BatchWatch, and so
/// is a source that has no file yet. Takes the fleet's lock for a chunk at a time. Errors: those of the source, of the
/// features and of the journal; what was read before one stays.
Status load_history(lifecycle::Fleet& fleet, const lifecycle::ModelConfig& model, TimePoint now);

/// Writes and tells that the source cannot be read; what serves is left alone. Errors: those of the journal.
Status tell_unreadable(lifecycle::Fleet& fleet, const std::string& model, const Error& error, TimePoint now);

/// The rows of that time.
Rows keep_rows(Rows rows, const std::function<bool(TimePoint)>& wanted);

}  // namespace perennial::app
