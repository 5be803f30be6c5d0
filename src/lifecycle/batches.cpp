// Rows that a watched data source brings while the model serves.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/batch_events.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

/// What `when: [{event: new_data}]` waits for.
constexpr const char* new_data = "new_data";
constexpr std::size_t files_per_event = 1000;

std::string name_of(const std::optional<data::FileStamp>& file) { return file ? file->path : std::string(query_batch); }

Json file_of(const std::optional<data::FileStamp>& file) { return file ? to_json(*file) : Json(query_batch); }

}  // namespace

Status ModelLoop::source_was_read(const SourceReading& reading, TimePoint now) {
  if (state().batches.source_read()) {
    // Read again after a restart, and counted as known: batches that no training has seen yet are not.
    labelled_at_training_ -= std::min(labelled_at_training_, state().batches.rows_since_training());
    return {};
  }
  std::size_t first = 0;
  do {
    const std::size_t last = std::min(first + files_per_event, reading.files.size());
    Json stamps = Json::array();
    for (std::size_t i = first; i < last; ++i) stamps.push_back(to_json(reading.files[i]));
    NewEvent event{config_.name,
                   std::string(event_type::source_read),
                   {{"files", std::move(stamps)}, {"complete", last == reading.files.size()}, {"row", rows_seen()}}};
    if (last == reading.files.size()) {
      event.body["rows"] = reading.rows;
      event.body["time"] = reading.time;
      if (reading.newest) event.body["to"] = format_time(*reading.newest);
    }
    if (const auto written = services_.events->write(now, std::move(event)); !written)
      return std::unexpected(written.error());
    first = last;
  } while (first < reading.files.size());
  return {};
}

Result<bool> ModelLoop::take_batch(const SourceBatch& batch, TimePoint now) {
  if (state().batches.taken(batch.digest)) return false;
  std::uint64_t labelled = 0;
  std::optional<TimePoint> from, to;
  for (std::size_t row = 0; row < batch.rows.rows; ++row) {
    if (std::ranges::none_of(batch.truth, [&](const Truth& truth) { return std::isfinite(truth[row]); })) continue;
    ++labelled;
    const TimePoint at = batch.rows.times[row];
    from = std::min(from.value_or(at), at);
    to = std::max(to.value_or(at), at);
  }
  Json body = {{"file", file_of(batch.file)},
               {"rows", batch.rows.rows},
               {"labelled", labelled},
               {"digest", batch.digest},
               {"row", rows_seen()}};
  if (from) body["from"] = format_time(*from);
  if (to) body["to"] = format_time(*to);
  if (batch.left_out > 0) body["left_out"] = batch.left_out;
  if (!batch.unparsable.empty()) body["unparsable"] = batch.unparsable;
  // Journalled first: rows in the store that the journal does not know would come again.
  const auto written = services_.events->write(now, {config_.name, std::string(event_type::batch_arrived), body});
  if (!written) return std::unexpected(written.error());
  TRY(add_history(batch.rows, batch.truth, true));
  if (champion_text().empty() && services_.state->jobs().refusal(config_.name).empty() && state().cycle_job.empty()) {
    TRY(request_training("initial", "the model has no version yet", now));
    return true;
  }
  if (!waits_for_data()) return true;
  api::TriggerEvent event;
  event.trigger = new_data;
  event.metadata = std::move(body);
  const api::CommandContext context{fmt::format("{}/{}/{}", config_.name, new_data, batch.digest), "data.watch",
                                    fmt::format("{} brought {} rows", name_of(batch.file), batch.rows.rows)};
  ASSIGN_OR_RETURN([[maybe_unused]] const auto answer, decide_event(event, context, now));
  return true;
}

bool ModelLoop::waits_for_data() const {
  return std::ranges::any_of(config_.triggers.when, [](const auto& policy) { return policy->takes_event(new_data); });
}

Status ModelLoop::ask_for_waiting_batches(TimePoint now) {
  const auto& batches = state().batches;
  if (batches.rows_since_training() == 0 || champion_text().empty() || !waits_for_data()) return {};
  const auto memory = trigger_memory();
  if (memory.job_active) return {};
  std::vector<triggers::PastRetrain> retrains;
  auto inputs = trigger_inputs({}, retrains);
  const std::string id = fmt::format("{}/{}/{}/waiting", config_.name, new_data, batches.newest_digest());
  inputs.events.push_back({new_data, id, api::TriggerEvent{}.priority, now, Json::object()});
  auto decisions = triggers::decide(config_.triggers, inputs, memory, now);
  // What is held back was journalled when the batch came.
  std::erase_if(decisions, [&](const auto& decision) { return decision.event_id != id || !decision.retrain; });
  return journal_decisions(decisions, {{"command_id", id}, {"actor", "data.watch"}}, now);
}

Status ModelLoop::refuse_batch(const std::optional<data::FileStamp>& file, const std::string& reason, bool tell,
                               TimePoint now) {
  const auto written =
      services_.events->write(now, {config_.name,
                                    std::string(event_type::batch_refused),
                                    {{"file", file_of(file)}, {"reason", reason}, {"row", rows_seen()}}});
  if (!written) return std::unexpected(written.error());
  if (tell) alert(*written, "new data cannot be used", fmt::format("{}: {}", name_of(file), reason));
  return {};
}

}  // namespace perennial::lifecycle
