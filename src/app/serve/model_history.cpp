#include "app/serve/model_history.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/output.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t rows_at_once = 20000;

/// Which part of the source is history: nothing more than this is read at a start.
struct Part {
  bool whole = true;                    ///< false: of a watched source that was read before, up to `newest`
  std::vector<data::FileStamp> stamps;  ///< of a watched source; none of a query
  std::vector<std::string> files;       ///< empty: as the config names them
  std::size_t gone = 0;                 ///< files whose rows were taken and that are not there
  std::optional<TimePoint> newest;
};

Result<Part> part_of(lifecycle::Fleet& fleet, const lifecycle::ModelConfig& model) {
  Part part;
  if (!model.watch) return part;
  // Before the rows are read: what is written meanwhile looks changed afterwards, and is looked at again.
  ASSIGN_OR_RETURN(part.stamps, data::stamps_of(model.source->files));
  const auto lock = fleet.lock();
  const auto& batches = fleet.state().model(model.name).batches;
  part.whole = !batches.source_read();
  part.newest = batches.newest();
  for (const auto& stamp : part.stamps)
    if (part.whole || batches.has_rows_of(stamp.path)) part.files.push_back(stamp.path);
  if (!part.whole) part.gone = batches.files_with_rows() - std::min(batches.files_with_rows(), part.files.size());
  return part;
}

/// The rows of `files` (none: as the config names them), up to part.newest where the source was read before.
Status read_rows(lifecycle::Fleet& fleet, const lifecycle::ModelConfig& model, const Part& part,
                 const std::vector<std::string>& files, lifecycle::SourceReading& reading, TimePoint now) {
  ASSIGN_OR_RETURN(const auto form, known_form(fleet, model.name));
  ASSIGN_OR_RETURN(ModelSource source,
                   ModelSource::open(model, files, fleet.config().replay.row_interval, true, form ? &*form : nullptr));
  if (const auto& time = source.form().time) reading.time = data::format_time_axis(*time);
  bool first = true;
  for (;;) {
    ASSIGN_OR_RETURN(Rows rows, source.next(rows_at_once));
    if (rows.request.rows == 0) break;
    if (!part.whole && part.newest) rows = keep_rows(std::move(rows), [&](TimePoint at) { return at <= *part.newest; });
    const auto lock = fleet.lock();
    ASSIGN_OR_RETURN(auto* loop, fleet.model(model.name));
    if (first && !loop->configured()) TRY(loop->configure(source.available(), source.targets(), rows.request, now));
    first = false;
    TRY(loop->add_history(rows.request, rows.truth));
    reading.rows += rows.request.rows;
    for (std::size_t row = 0; row < rows.request.rows; ++row)
      if (std::ranges::any_of(rows.truth, [&](const Truth& truth) { return std::isfinite(truth[row]); }))
        reading.newest = std::max(reading.newest.value_or(rows.request.times[row]), rows.request.times[row]);
  }
  if (form)
    for (const auto& [column, count] : source.stream().unparsable())
      say(fmt::format("note: model '{}': {} values of '{}' are none that it was started with, and count as missing",
                      model.name, count, column));
  return {};
}

Status ask_for_first_version(lifecycle::Fleet& fleet, const std::string& model, TimePoint now) {
  const auto lock = fleet.lock();
  ASSIGN_OR_RETURN(auto* loop, fleet.model(model));
  if (loop->configured() && fleet.state().registry().champion(model) == nullptr &&
      fleet.state().jobs().refusal(model).empty() && fleet.state().model(model).cycle_job.empty())
    TRY(loop->request_training("initial", "the model has no version yet", now));
  return {};
}

}  // namespace

Result<std::optional<SourceForm>> known_form(lifecycle::Fleet& fleet, const std::string& model) {
  const auto lock = fleet.lock();
  ASSIGN_OR_RETURN(const auto* loop, fleet.model(model));
  if (!loop->configured()) return std::nullopt;
  SourceForm form = form_of(loop->signature());
  if (const std::string& time = fleet.state().model(model).batches.time(); !time.empty()) {
    ASSIGN_OR_RETURN(form.time, data::parse_time_axis(time));
  }
  return form;
}

Rows keep_rows(Rows rows, const std::function<bool(TimePoint)>& wanted) {
  std::vector<std::size_t> kept;
  for (std::size_t row = 0; row < rows.request.rows; ++row)
    if (wanted(rows.request.times[row])) kept.push_back(row);
  if (kept.size() == rows.request.rows) return rows;
  Rows result{rows.request.pick(kept), {}};
  for (const auto& truth : rows.truth) {
    Truth& mine = result.truth.emplace_back();
    for (const std::size_t row : kept) mine.push_back(truth[row]);
  }
  return result;
}

Status load_history(lifecycle::Fleet& fleet, const lifecycle::ModelConfig& model, TimePoint now) {
  ASSIGN_OR_RETURN(const Part part, part_of(fleet, model));
  const bool by_file = model.watch && model.source->sql.empty();
  lifecycle::SourceReading reading{part.stamps, 0, part.newest, {}};
  if (by_file && part.whole && part.files.empty()) {
    say(fmt::format("note: model '{}': no file matches {} yet: it waits for the first", model.name,
                    fmt::join(model.source->files, ", ")));
    return {};
  }
  if (!by_file || part.whole) {
    TRY(read_rows(fleet, model, part, part.files, reading, now));
  } else {
    // They came one by one, and one of them may have been replaced by another that does not fit.
    for (const auto& file : part.files)
      if (const Status status = read_rows(fleet, model, part, {file}, reading, now); !status)
        TRY(tell_unreadable(fleet, model.name, status.error(), now));
    if (part.gone > 0) {
      const Error error{ErrorCode::not_found, fmt::format("{} files whose rows were taken are not there", part.gone),
                        fmt::format("{}", fmt::join(model.source->files, ", ")),
                        "they train nothing until they are back and the server is restarted"};
      if (part.files.empty()) TRY(tell_unreadable(fleet, model.name, error, now));
      else say("note: " + error.message());
    }
  }
  if (model.watch) {
    const auto lock = fleet.lock();
    ASSIGN_OR_RETURN(auto* loop, fleet.model(model.name));
    TRY(loop->source_was_read(reading, now));
  }
  return ask_for_first_version(fleet, model.name, now);
}

Status tell_unreadable(lifecycle::Fleet& fleet, const std::string& model, const Error& error, TimePoint now) {
  say("perennial: " + error.message());
  const auto lock = fleet.lock();
  ASSIGN_OR_RETURN(auto* loop, fleet.model(model));
  const auto event =
      fleet.events().write(now, NewEvent{model,
                                         std::string(event_type::warning_raised),
                                         {{"what", "data source cannot be read"}, {"reason", error.message()}}});
  if (!event) return std::unexpected(event.error());
  loop->alert(*event, "the data source cannot be read; the champion keeps serving", error.message());
  return {};
}

}  // namespace perennial::app
