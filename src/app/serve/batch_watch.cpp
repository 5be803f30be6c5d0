#include "app/serve/batch_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "app/output.hpp"
#include "app/serve/model_history.hpp"
#include "data/digest.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t rows_at_once = 20000;
constexpr std::size_t good_looks = 60;  ///< then a failure is a new one

struct Watched {
  const lifecycle::ModelConfig* model = nullptr;
  Duration left{};  ///< until the next look
  data::SettledFiles settled;
  std::string told;      ///< the newest failure: the same one is told once
  std::size_t good = 0;  ///< looks in a row without one

  const std::string& name() const { return model->name; }
  bool is_query() const { return !model->source->sql.empty(); }
};

/// Of rows and truth: the truth counts as further columns.
std::string digest_of(lifecycle::SourceBatch& batch, const std::vector<Target>& targets) {
  const std::size_t columns = batch.rows.columns.size();
  for (std::size_t t = 0; t < targets.size(); ++t) {
    Column truth;
    truth.name = targets[t].name;
    truth.numbers = batch.truth[t];
    batch.rows.columns.push_back(std::move(truth));
  }
  std::string digest = data::digest(batch.rows);
  batch.rows.columns.resize(columns);
  return digest;
}

void leave_out(lifecycle::SourceBatch& batch, std::size_t oldest) {
  batch.rows.drop_front(oldest);
  for (auto& truth : batch.truth) truth.erase(truth.begin(), truth.begin() + static_cast<std::ptrdiff_t>(oldest));
  batch.left_out += oldest;
}

bool has_label(const lifecycle::SourceBatch& batch) {
  return std::ranges::any_of(batch.truth, [](const Truth& truth) {
    return std::ranges::any_of(truth, [](double value) { return std::isfinite(value); });
  });
}

/// Failures that the next file would have, too.
bool is_everywhere(const Error& error) {
  return error.code == ErrorCode::disk_full || error.code == ErrorCode::cancelled;
}

/// Failures that another look may not have.
bool may_pass(const Error& error) {
  switch (error.code) {
    case ErrorCode::io:
    case ErrorCode::disk_full:
    case ErrorCode::timeout:
    case ErrorCode::overloaded:
    case ErrorCode::cancelled: return true;
    default: return false;
  }
}

}  // namespace

struct BatchWatch::State {
  State(lifecycle::Fleet& watched_fleet, const Clock& the_clock) : fleet(watched_fleet), clock(the_clock) {}

  lifecycle::Fleet& fleet;
  const Clock& clock;
  std::vector<Watched> all;
  std::thread thread;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;  // guarded by mutex

  bool is_stopping() {
    const std::lock_guard lock(mutex);
    return stopping;
  }

  void run();
  void look(Watched& watched);
  Status look_at_files(Watched& watched);
  Status look_at_query(Watched& watched);
  /// Rows later than `after`, or all; the newest, where there are more than lifecycle::batch_rows_most.
  Result<lifecycle::SourceBatch> read(const Watched& watched, const std::vector<std::string>& files,
                                      std::optional<TimePoint> after);
  /// The first reading, where there was no file, or none that could be read, when the server started.
  Status read_source(const Watched& watched);
  Status take_file(const Watched& watched, const data::FileStamp& file);
  /// What the journal knows of the source, under the fleet's lock.
  template <class Question>
  auto ask(const Watched& watched, Question question) {
    const auto lock = fleet.lock();
    return question(fleet.state().model(watched.name()).batches);
  }
  Status refuse(const Watched& watched, const data::FileStamp& file, const std::string& reason, bool tell) {
    const auto lock = fleet.lock();
    ASSIGN_OR_RETURN(auto* loop, fleet.model(watched.name()));
    return loop->refuse_batch(file, reason, tell, clock.now());
  }
};

Result<lifecycle::SourceBatch> BatchWatch::State::read(const Watched& watched, const std::vector<std::string>& files,
                                                       std::optional<TimePoint> after) {
  ASSIGN_OR_RETURN(const auto form, known_form(fleet, watched.name()));
  if (!form) return fail(ErrorCode::internal, "a batch of a model that is not configured", watched.name());
  ASSIGN_OR_RETURN(ModelSource source,
                   ModelSource::open(*watched.model, files, fleet.config().replay.row_interval, true, &*form));
  // Days and steps that are only counted have no calendar, so none of them is in the future.
  const bool by_count = source.form().time && source.form().time->unit == data::TimeUnit::step;
  const TimePoint future = clock.now() + std::chrono::days(1);
  lifecycle::SourceBatch batch;
  batch.rows = source.stream().empty_table();
  batch.rows.columns.resize(source.available().size());
  batch.truth.resize(source.targets().size());
  for (;;) {
    if (is_stopping()) return fail(ErrorCode::cancelled, "the server stops");
    ASSIGN_OR_RETURN(Rows rows, source.next(rows_at_once));
    if (rows.request.rows == 0) break;
    if (after) rows = keep_rows(std::move(rows), [&](TimePoint at) { return at > *after; });
    if (!by_count && !rows.request.times.empty() && std::ranges::max(rows.request.times) > future)
      return fail(ErrorCode::invalid, "a row is from the future", format_time(std::ranges::max(rows.request.times)),
                  "later rows would count as old; check the column of the time, and its unit");
    TRY(batch.rows.append(rows.request));
    for (std::size_t t = 0; t < batch.truth.size(); ++t)
      batch.truth[t].insert(batch.truth[t].end(), rows.truth[t].begin(), rows.truth[t].end());
    // The newest rows are those that a training would take.
    if (batch.rows.rows <= lifecycle::batch_rows_most + rows_at_once) continue;
    leave_out(batch, batch.rows.rows - lifecycle::batch_rows_most);
  }
  if (batch.rows.rows > lifecycle::batch_rows_most) leave_out(batch, batch.rows.rows - lifecycle::batch_rows_most);
  batch.unparsable = source.stream().unparsable();
  batch.digest = digest_of(batch, source.targets());
  return batch;
}

Status BatchWatch::State::take_file(const Watched& watched, const data::FileStamp& file) {
  const auto after = ask(
      watched, [&](const auto& batches) { return batches.has_rows_of(file.path) ? batches.newest() : std::nullopt; });
  auto batch = read(watched, {file.path}, after);
  ASSIGN_OR_RETURN(const auto now_there, data::stamps_of({file.path}));
  if (now_there != std::vector{file}) return {};  // it has changed meanwhile: the next look sees it
  if (!batch) {
    if (may_pass(batch.error())) return std::unexpected(batch.error());
    return refuse(watched, file, batch.error().message(), true);
  }
  if (batch->rows.rows == 0) return refuse(watched, file, "no row is later than those that were taken before", false);
  if (!has_label(*batch)) return refuse(watched, file, "no row has a label, so there is nothing to learn from", true);
  batch->file = file;
  bool taken = false;
  {
    const auto lock = fleet.lock();
    ASSIGN_OR_RETURN(auto* loop, fleet.model(watched.name()));
    ASSIGN_OR_RETURN(taken, loop->take_batch(*batch, clock.now()));
  }
  if (!taken) return refuse(watched, file, "these rows were taken before", false);
  return {};
}

Status BatchWatch::State::read_source(const Watched& watched) {
  {
    const auto lock = fleet.lock();
    ASSIGN_OR_RETURN(const auto* loop, fleet.model(watched.name()));
    if (loop->rows_of_history() > 0)
      return fail(ErrorCode::conflict, "the source was read in part, so nothing more of it is", watched.name(),
                  "restart the server once the source can be read");
  }
  return load_history(fleet, *watched.model, clock.now());
}

Status BatchWatch::State::look_at_files(Watched& watched) {
  ASSIGN_OR_RETURN(const auto stamps, data::stamps_of(watched.model->source->files));
  if (stamps.size() > lifecycle::watched_files)
    return fail(ErrorCode::too_large,
                fmt::format("{} files, and at most {} are watched", stamps.size(), lifecycle::watched_files),
                watched.name(), "move old files away, or watch a narrower pattern");
  const auto settled = watched.settled.look(stamps);
  if (!ask(watched, [](const auto& batches) { return batches.source_read(); }))
    return settled.empty() ? Status{} : read_source(watched);
  Status first;
  for (const auto& file : settled) {
    if (is_stopping()) break;
    if (ask(watched, [&](const auto& batches) { return batches.knows(file); })) continue;
    const Status taken = take_file(watched, file);
    if (!taken && is_everywhere(taken.error())) return taken;
    if (!taken && first) first = taken;  // the others do not wait for this one
  }
  return first;
}

Status BatchWatch::State::look_at_query(Watched& watched) {
  if (!ask(watched, [](const auto& batches) { return batches.source_read(); })) return read_source(watched);
  const auto after = ask(watched, [](const auto& batches) { return batches.newest(); });
  ASSIGN_OR_RETURN(const auto batch, read(watched, {}, after));
  if (batch.rows.rows == 0 || !has_label(batch)) return {};
  const auto lock = fleet.lock();
  ASSIGN_OR_RETURN(auto* loop, fleet.model(watched.name()));
  ASSIGN_OR_RETURN([[maybe_unused]] const bool taken, loop->take_batch(batch, clock.now()));
  return {};
}

void BatchWatch::State::look(Watched& watched) {
  const Status status = watched.is_query() ? look_at_query(watched) : look_at_files(watched);
  if (status) {
    // What comes and goes is told once as long as it does.
    if (++watched.good >= good_looks) watched.told.clear();
    return;
  }
  watched.good = 0;
  if (status.error().code == ErrorCode::cancelled || status.error().message() == watched.told) return;
  watched.told = status.error().message();
  if (const Status told = tell_unreadable(fleet, watched.name(), status.error(), clock.now()); !told)
    say("perennial: " + told.error().message());
}

void BatchWatch::State::run() {
  for (;;) {
    Duration wait = Duration::max();
    for (auto& one : all) {
      if (is_stopping()) return;
      if (one.left <= Duration::zero()) {
        look(one);
        one.left = *one.model->watch;
      }
      wait = std::min(wait, one.left);
    }
    for (auto& one : all) one.left -= wait;
    std::unique_lock lock(mutex);
    if (wake.wait_for(lock, wait, [&] { return stopping; })) return;
  }
}

BatchWatch::BatchWatch(lifecycle::Fleet& fleet, const Clock& clock) : state_(std::make_unique<State>(fleet, clock)) {
  for (const auto& model : fleet.config().models)
    if (model.watch && model.source) state_->all.emplace_back().model = &model;
}

BatchWatch::~BatchWatch() { stop(); }

void BatchWatch::start() {
  if (state_->all.empty() || state_->is_stopping()) return;
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

void BatchWatch::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

}  // namespace perennial::app
