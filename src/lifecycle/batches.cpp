// Rows that a watched data source brings while the model serves.

#include <fmt/format.h>

#include <algorithm>

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
  // Where the journal could not be written the last time, the rows are here already.
  if (!batch_held_ || batch_held_->digest != batch.digest) {
    const std::uint64_t before = rows_labelled_;
    TRY(add_history(batch.rows, batch.truth, true));
    batch_held_ = HeldBatch{batch.digest, rows_labelled_ - before};
  }
  Json body = {{"file", file_of(batch.file)},
               {"rows", batch.rows.rows},
               {"labelled", batch_held_->labelled},
               {"digest", batch.digest},
               {"row", rows_seen()}};
  if (!batch.rows.times.empty()) {
    const auto [from, to] = std::ranges::minmax_element(batch.rows.times);
    body["from"] = format_time(*from);
    body["to"] = format_time(*to);
  }
  const auto& when = config_.triggers.when;
  if (std::ranges::any_of(when, [](const auto& policy) { return policy->takes_event(new_data); })) {
    api::TriggerEvent event;
    event.trigger = new_data;
    event.metadata = body;
    // The id is the content's: if the process ends before the batch is journalled, the next one does not ask again.
    const api::CommandContext context{fmt::format("{}/{}/{}", config_.name, new_data, batch.digest), "data.watch",
                                      fmt::format("{} brought {} rows", name_of(batch.file), batch.rows.rows)};
    ASSIGN_OR_RETURN(const auto answer, decide_event(event, context, now));
    body["decision"] = answer.retrain ? "retrain" : "skip";
    body["reason"] = answer.reason;
  }
  const auto written =
      services_.events->write(now, {config_.name, std::string(event_type::batch_arrived), std::move(body)});
  if (!written) return std::unexpected(written.error());
  batch_held_.reset();
  return true;
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
