#include "feedback/label_log.hpp"
#include <fmt/format.h>

#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "feedback/label_index.hpp"
#include "feedback/prediction_log.hpp"
#include "storage/segment_log.hpp"

namespace perennial::feedback {
namespace {

/// One call on its way to the disk.
struct Pending {
  LabelBatch batch;
  std::string bytes;
  std::vector<LabelMark> marks;
  bool settled = false;
  std::optional<Error> error;
};

/// Keeps only rows that have something new.
LabelBatch without_duplicates(LabelBatch batch, const std::vector<std::uint8_t>& duplicate) {
  std::size_t kept = 0;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (duplicate[row] != 0) continue;
    if (kept != row) {
      batch.keys[kept] = std::move(batch.keys[row]);
      for (auto& truth : batch.truth) truth[kept] = truth[row];
      if (!batch.confidence.empty()) batch.confidence[kept] = batch.confidence[row];
    }
    ++kept;
  }
  batch.keys.resize(kept);
  for (auto& truth : batch.truth) truth.resize(kept);
  if (!batch.confidence.empty()) batch.confidence.resize(kept);
  return batch;
}

LabelHorizon::Bounds bounds_of(const LabelLogOptions& options) {
  return {options.early_segments, static_cast<std::uint32_t>(options.keep_bytes / options.segment_bytes)};
}

/// Of the segments before `first`.
Result<LabelsTrimmed> size_before(storage::Files& files, const storage::Path& folder, std::uint32_t first) {
  LabelsTrimmed sum;
  ASSIGN_OR_RETURN(const auto sizes, storage::SegmentLog::sizes(files, folder));
  for (const auto& [number, bytes] : sizes) {
    if (number >= first) continue;
    ++sum.segments;
    sum.bytes += bytes;
  }
  return sum;
}

}  // namespace

struct LabelLog::Impl {
  Impl(storage::Files& disk, storage::Path where, LabelLogOptions wanted)
      : files(&disk), folder(std::move(where)), options(wanted), index(wanted.keys_remembered) {}

  storage::Files* files;
  const storage::Path folder;
  const LabelLogOptions options;
  std::unique_ptr<storage::SegmentLog> log;

  std::mutex trimming;  // of the next two; held while the disk works, so no other call takes it
  std::optional<LabelHorizon> horizon;
  bool notes_unwritten = false;

  mutable std::mutex mutex;  // of everything below; never held while the disk works
  std::condition_variable settled;
  std::deque<std::shared_ptr<Pending>> queue;  // to be written by the next leader
  std::size_t in_flight = 0;                   // queued or being written
  bool leading = false;
  LabelIndex index;
  std::vector<LabelBatch> drainable;
  std::size_t drainable_rows = 0;
  std::size_t reserved_rows = 0;  // of calls in flight, on their way to drainable
  std::uint64_t stored = 0;
  std::uint64_t newest_sequence = 0;  // on disk (or, without sync_each_call, written)
  std::uint64_t reserved_sequence = 0;
  bool failing = false;
  std::string last_error;

  Status load(const Visit& visit) {
    const auto each = [&](storage::SegmentPosition at, std::string_view bytes, auto) -> Status {
      auto batch = decode_labels(bytes);
      if (!batch) {
        batch.error().where = fmt::format("label log segment {} offset {}", at.segment, at.offset);
        return std::unexpected(std::move(batch).error());
      }
      newest_sequence = std::max(newest_sequence, batch->sequence);
      index.add(marks_of(*batch));
      if (visit) visit(std::move(*batch));
      return {};
    };
    ASSIGN_OR_RETURN(log, storage::SegmentLog::open(*files, folder, {options.segment_bytes}, each));
    reserved_sequence = newest_sequence;
    return {};
  }

  /// Writes what waits, without the lock, and settles it.
  void lead(std::unique_lock<std::mutex>& lock) {
    leading = true;
    std::deque<std::shared_ptr<Pending>> group;
    group.swap(queue);
    lock.unlock();
    write(group);
    lock.lock();
    for (const auto& call : group) settle(*call);
    leading = false;
    settled.notify_all();
  }

  /// Waits for `done`, doing the writing where nobody else does.
  template <class Done>
  void wait_for(std::unique_lock<std::mutex>& lock, Done done) {
    while (!done()) {
      if (!leading && !queue.empty()) lead(lock);
      else settled.wait(lock);
    }
  }

  void write(std::deque<std::shared_ptr<Pending>>& group) {
    std::vector<storage::SegmentPosition> positions;
    std::optional<Error> error;
    for (const auto& call : group) {
      auto position = log->append(call->bytes);
      if (!position) {
        // What follows would take the place of records that may just have been cut off: it is not tried.
        error = std::move(position).error();
        break;
      }
      positions.push_back(*position);
    }
    if (options.sync_each_call || error) {
      if (const Status synced = log->sync(); !synced && !error) error = synced.error();
    }
    if (!error) return;
    const bool latched = log->latched();
    const auto end = log->end();
    for (std::size_t i = 0; i < group.size(); ++i) {
      const bool survived = !latched && i < positions.size() && positions[i] < end;
      if (!survived) group[i]->error = error;
    }
  }

  void settle(Pending& call) {
    --in_flight;
    const std::size_t rows = call.batch.rows();
    reserved_rows -= rows;
    call.settled = true;
    failing = call.error.has_value();
    if (call.error) {
      last_error = call.error->message();
      index.remove(call.marks);
      return;
    }
    stored += rows;
    newest_sequence = std::max(newest_sequence, call.batch.sequence);
    drainable_rows += rows;
    drainable.push_back(std::move(call.batch));
  }
};

LabelLog::LabelLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
// Acknowledged labels are on disk already; the mark lets the next start tell damage to the last of them from a torn
// end.
LabelLog::~LabelLog() { (void)impl_->log->close(); }

Result<std::unique_ptr<LabelLog>> LabelLog::open(storage::Files& files, const storage::Path& folder,
                                                 LabelLogOptions options, const Visit& visit) {
  auto impl = std::make_unique<Impl>(files, folder, options);
  TRY(impl->load(visit));
  return std::unique_ptr<LabelLog>(new LabelLog(std::move(impl)));
}

Result<LabelsStored> LabelLog::append(LabelBatch batch) {
  TRY(batch.check());
  std::unique_lock lock(impl_->mutex);
  const std::vector<Truth> as_given = batch.truth;
  LabelIndex::Findings findings;
  while (true) {
    auto examined = impl_->index.examine(batch);
    const bool rests_on_others = !examined || examined->has_known_values;
    if (rests_on_others && impl_->in_flight > 0) {
      // The values that this call repeats or contradicts may still fail to reach the disk: look again once they have.
      batch.truth = as_given;
      impl_->wait_for(lock, [&] { return impl_->in_flight == 0; });
      continue;
    }
    if (!examined) return std::unexpected(std::move(examined).error());
    findings = std::move(*examined);
    break;
  }
  LabelsStored stored{batch.rows() - findings.duplicates, findings.duplicates, 0};
  if (stored.accepted == 0) return stored;
  if (impl_->drainable_rows + impl_->reserved_rows + stored.accepted > impl_->options.undrained)
    return fail(ErrorCode::overloaded, "too many labels wait to be looked at", {}, "send them again later");

  auto call = std::make_shared<Pending>();
  call->batch = without_duplicates(std::move(batch), findings.duplicate);
  call->batch.sequence = ++impl_->reserved_sequence;
  call->bytes = encode(call->batch);
  call->marks = std::move(findings.fresh);
  impl_->index.add(call->marks);
  impl_->reserved_rows += call->batch.rows();
  ++impl_->in_flight;
  stored.sequence = call->batch.sequence;
  impl_->queue.push_back(call);
  impl_->wait_for(lock, [&] { return call->settled; });
  if (call->error) return std::unexpected(*call->error);
  return stored;
}

Status LabelLog::flush() {
  const Status outcome = impl_->log->sync();
  const std::lock_guard lock(impl_->mutex);
  impl_->failing = !outcome;
  if (!outcome) impl_->last_error = outcome.error().message();
  return outcome;
}

std::vector<LabelBatch> LabelLog::drain() {
  const std::lock_guard lock(impl_->mutex);
  impl_->drainable_rows = 0;
  return std::exchange(impl_->drainable, {});
}

std::uint64_t LabelLog::labels_stored() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stored;
}

std::uint64_t LabelLog::newest_sequence() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->newest_sequence;
}

bool LabelLog::failing() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failing;
}

std::string LabelLog::last_error() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last_error;
}

Status LabelLog::for_each(std::uint64_t after, const std::function<bool(LabelBatch&&)>& visit) const {
  bool stopped = false;
  const Status outcome = impl_->log->read({}, [&](storage::SegmentPosition, std::string_view bytes, auto) -> Status {
    ASSIGN_OR_RETURN(auto batch, decode_labels(bytes));
    if (batch.sequence <= after || visit(std::move(batch))) return {};
    stopped = true;
    return fail(ErrorCode::cancelled, "enough");
  });
  return stopped ? Status{} : outcome;
}

Result<LabelsTrimmed> LabelLog::trim(const PredictionLog& predictions) {
  Impl& impl = *impl_;
  const std::lock_guard lock(impl.trimming);
  const auto bounds = bounds_of(impl.options);
  const storage::SegmentSpan mine = impl.log->span();  // first: see LabelHorizon::look()
  const storage::SegmentSpan theirs = predictions.segments();
  if (!impl.horizon) {
    ASSIGN_OR_RETURN(auto noted, LabelHorizon::read(*impl.files, impl.folder, theirs, mine));
    impl.horizon = std::move(noted);
  }
  impl.notes_unwritten |= impl.horizon->look(theirs, mine, bounds);
  LabelsTrimmed gone;
  const auto wanted = impl.horizon->first_kept(theirs, mine, bounds);
  if (const auto first = std::min(wanted, mine.oldest + kSegmentsTrimmedAtOnce); first > mine.oldest) {
    ASSIGN_OR_RETURN(gone, size_before(*impl.files, impl.folder, first));
    TRY(impl.log->remove_before(first));
  }
  if (impl.notes_unwritten) TRY(impl.horizon->write(*impl.files, impl.folder));
  impl.notes_unwritten = false;
  return gone;
}

Result<LabelsTrimmed> LabelLog::would_trim(storage::Files& files, const storage::Path& folder,
                                           const storage::Path& prediction_folder, LabelLogOptions options) {
  const auto labels = storage::SegmentLog::segments(files, folder);
  const auto predictions = storage::SegmentLog::segments(files, prediction_folder);
  for (const auto* found : {&labels, &predictions}) {
    if (*found ? (*found)->empty() : found->error().code == ErrorCode::not_found) return LabelsTrimmed{};
    if (!*found) return std::unexpected(found->error());
  }
  const storage::SegmentSpan mine{labels->front(), labels->back()};
  const storage::SegmentSpan theirs{predictions->front(), predictions->back()};
  ASSIGN_OR_RETURN(const LabelHorizon horizon, LabelHorizon::read(files, folder, theirs, mine));
  return size_before(files, folder, horizon.first_kept(theirs, mine, bounds_of(options)));
}

}  // namespace perennial::feedback
