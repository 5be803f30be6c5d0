#include "feedback/prediction_log.hpp"
#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "feedback/answer_count.hpp"
#include "storage/segment_log.hpp"

namespace perennial::feedback {
namespace {

using Stopwatch = std::chrono::steady_clock;
using Record = std::shared_ptr<const PredictionRecord>;

Status stop_reading() { return fail(ErrorCode::cancelled, "enough"); }

Error in_block(Error error, const storage::SegmentPosition& at) {
  error.where = fmt::format("prediction log segment {} offset {}", at.segment, at.offset);
  return error;
}

}  // namespace

struct PredictionLog::Impl {
  PredictionLogOptions options;
  std::unique_ptr<storage::SegmentLog> log;
  std::unique_ptr<AnswerCount> answers;  // async mode only
  std::uint64_t settled_before = 0;      // of the counted answers, when this process began
  std::uint64_t settled = 0;             // of the counted answers, at the newest sync
  storage::SegmentPosition settled_at;   // both guarded by mutex

  mutable std::mutex mutex;  // of everything below
  std::condition_variable arrived;
  std::condition_variable written;
  std::deque<Record> queue;
  PredictionLogStatus status;
  std::uint64_t accepted_records = 0;
  std::uint64_t settled_records = 0;  // synced or lost
  bool flush_wanted = false;
  bool stopping = false;

  // Of the writing thread alone (in sync mode: under write_mutex).
  std::mutex write_mutex;
  std::uint32_t newest_segment = 0;
  std::uint64_t rows_unsynced = 0;
  std::thread writer;

  Status write(const PredictionRecord& record) {
    const std::size_t columns = std::max(record.request.columns.size(), record.inputs.columns.size());
    const bool many_cells = record.rows() * columns > kCellsPerRecord;
    std::string bytes = many_cells ? std::string{} : encode(record);
    if (!many_cells && bytes.size() <= storage::segment_record_bytes) {
      TRY(log->append(bytes));
      const std::lock_guard lock(mutex);
      status.bytes_written += bytes.size();
      status.rows_written += record.rows();
      rows_unsynced += record.rows();
      return {};
    }
    if (record.rows() < 2) return fail(ErrorCode::too_large, "one prediction does not fit a block of the log");
    const std::size_t half = record.rows() / 2;
    TRY(write(slice(record, 0, half)));
    return write(slice(record, half, record.rows() - half));
  }

  void note(const Status& outcome, std::uint64_t rows_lost) {
    const std::lock_guard lock(mutex);
    status.failing = !outcome;
    if (outcome) return;
    status.last_error = outcome.error().message();
    status.rows_lost += rows_lost;
  }

  void write_counted(const PredictionRecord& record) {
    const auto before = rows_written();
    const Status outcome = write(record);
    note(outcome, outcome ? 0 : record.rows() - (rows_written() - before));
    forget_old_segments();
  }

  std::uint64_t rows_written() const {
    const std::lock_guard lock(mutex);
    return status.rows_written;
  }

  void forget_old_segments() {
    const std::uint32_t newest = log->end().segment;
    if (newest == newest_segment) return;
    newest_segment = newest;
    const auto kept =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(1, options.keep_bytes / options.segment_bytes));
    if (newest <= kept) return;
    if (const Status removed = log->remove_before(newest - kept + 1); !removed) note(removed, 0);
  }

  Status sync() {
    const Status outcome = log->sync();
    {
      // Of the rows since the last sync some may have reached the disk; they are counted as lost all the same.
      const std::lock_guard lock(mutex);
      if (!outcome) status.rows_written -= rows_unsynced;
    }
    note(outcome, rows_unsynced);
    rows_unsynced = 0;
    if (outcome) settle();
    return outcome;
  }

  void settle() {
    if (answers == nullptr) return;
    const std::lock_guard lock(mutex);
    settled = settled_before + status.rows_written;
    settled_at = log->end();
    answers->settle(settled, settled_at, status.rows_lost_before);
  }

  /// What an earlier process had answered and this log does not hold.
  Status count_losses() {
    const auto& before = answers->opened();
    std::uint64_t found = before.settled;
    TRY(log->read(before.position, [&](storage::SegmentPosition, std::string_view bytes, auto) -> Status {
      found += encoded_rows(bytes);
      return {};
    }));
    status.rows_lost_before = before.unreported + (before.answered > found ? before.answered - found : 0);
    status.loss_is_exact = before.exact;
    settled_before = std::max(before.answered, found);
    if (found > before.answered) answers->add(found - before.answered);
    settle();
    return {};
  }

  void work() {
    const auto commit_after = std::chrono::milliseconds(options.commit_ms);
    std::uint64_t unsynced = 0;
    Stopwatch::time_point oldest_unsynced{};
    while (true) {
      std::deque<Record> batch;
      bool sync_now = false;
      bool done = false;
      {
        std::unique_lock lock(mutex);
        const auto ready = [&] { return !queue.empty() || flush_wanted || stopping; };
        if (unsynced > 0) arrived.wait_until(lock, oldest_unsynced + commit_after, ready);
        else arrived.wait(lock, ready);
        batch.swap(queue);
        sync_now = flush_wanted || stopping;
        flush_wanted = false;
        done = stopping;
        status.rows_waiting = 0;
      }
      for (const auto& record : batch) {
        if (unsynced++ == 0) oldest_unsynced = Stopwatch::now();
        write_counted(*record);
      }
      if (unsynced > 0 && (sync_now || Stopwatch::now() >= oldest_unsynced + commit_after)) {
        (void)sync();  // the outcome is in the status
        const std::lock_guard lock(mutex);
        settled_records += unsynced;
        unsynced = 0;
      }
      written.notify_all();
      if (done) return;
    }
  }
};

PredictionLog::PredictionLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

PredictionLog::~PredictionLog() {
  if (impl_->writer.joinable()) {
    {
      const std::lock_guard lock(impl_->mutex);
      impl_->stopping = true;
    }
    impl_->arrived.notify_one();
    impl_->writer.join();
    (void)impl_->log->close();
    impl_->answers->close();
  } else {
    (void)impl_->sync();  // nobody is left to be told; the status is gone with us
    (void)impl_->log->close();
  }
}

Result<std::unique_ptr<PredictionLog>> PredictionLog::open(storage::Files& files, const storage::Path& folder,
                                                           PredictionLogOptions options, const Visit& visit) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  storage::SegmentLog::Each each;
  if (visit)
    each = [&](storage::SegmentPosition at, std::string_view bytes, auto) -> Status {
      auto record = decode_record(bytes);
      if (!record) return std::unexpected(in_block(std::move(record).error(), at));
      visit(std::move(*record));
      return {};
    };
  ASSIGN_OR_RETURN(impl->log, storage::SegmentLog::open(files, folder, {options.segment_bytes}, each));
  impl->newest_segment = impl->log->end().segment;
  if (options.mode == PredictionLogOptions::Mode::async) {
    ASSIGN_OR_RETURN(impl->answers, AnswerCount::open(files, folder.string() + ".answered"));
    TRY(impl->count_losses());
  }
  std::unique_ptr<PredictionLog> log(new PredictionLog(std::move(impl)));
  if (options.mode == PredictionLogOptions::Mode::async)
    log->impl_->writer = std::thread([work = log->impl_.get()] { work->work(); });
  return log;
}

void PredictionLog::expect(std::size_t rows) {
  if (impl_->answers != nullptr) impl_->answers->add(rows);
}

void PredictionLog::losses_told() {
  if (impl_->answers == nullptr) return;
  const std::lock_guard lock(impl_->mutex);
  impl_->status.rows_lost_before = 0;
  impl_->status.loss_is_exact = true;
  impl_->answers->settle(impl_->settled, impl_->settled_at, 0);
}

void PredictionLog::append(Record record) {
  const std::size_t rows = record->rows();
  if (rows == 0) return;
  if (impl_->options.mode == PredictionLogOptions::Mode::sync) {
    const std::lock_guard write_lock(impl_->write_mutex);
    {
      const std::lock_guard lock(impl_->mutex);
      impl_->status.rows_accepted += rows;
    }
    impl_->write_counted(*record);
    return;
  }
  {
    const std::lock_guard lock(impl_->mutex);
    auto& status = impl_->status;
    if (!impl_->queue.empty() && status.rows_waiting + rows > impl_->options.queue_rows) {
      status.rows_lost += rows;
      return;
    }
    status.rows_accepted += rows;
    status.rows_waiting += rows;
    ++impl_->accepted_records;
    impl_->queue.push_back(std::move(record));
  }
  impl_->arrived.notify_one();
}

Status PredictionLog::flush() {
  if (impl_->options.mode == PredictionLogOptions::Mode::sync) {
    const std::lock_guard write_lock(impl_->write_mutex);
    return impl_->sync();
  }
  std::unique_lock lock(impl_->mutex);
  const std::uint64_t wanted = impl_->accepted_records;
  while (impl_->settled_records < wanted) {
    impl_->flush_wanted = true;
    impl_->arrived.notify_one();
    impl_->written.wait(lock);
  }
  if (impl_->status.failing) return fail(ErrorCode::io, impl_->status.last_error, "prediction log");
  return {};
}

PredictionLogStatus PredictionLog::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

storage::SegmentSpan PredictionLog::segments() const { return impl_->log->span(); }

Status PredictionLog::for_each(const std::function<bool(PredictionRecord&&)>& visit) const {
  bool stopped = false;
  const Status outcome = impl_->log->read({}, [&](storage::SegmentPosition at, std::string_view bytes, auto) -> Status {
    auto record = decode_record(bytes);
    if (!record) return std::unexpected(in_block(std::move(record).error(), at));
    if (visit(std::move(*record))) return {};
    stopped = true;
    return stop_reading();
  });
  return stopped ? Status{} : outcome;
}

Result<std::vector<PredictionRecord>> PredictionLog::newest(std::uint64_t rows) const {
  // Segments are looked at backwards until enough rows are found; only those rows are decoded.
  struct Block {
    storage::SegmentPosition at;
    std::uint64_t rows;
  };
  std::vector<PredictionRecord> records;
  const std::uint32_t newest_segment = impl_->log->end().segment;
  storage::SegmentPosition first = impl_->log->end();
  std::uint64_t found = 0;
  for (std::uint32_t segment = newest_segment; segment > 0 && found < rows; --segment) {
    std::vector<Block> blocks;
    bool wanted_segment = true;
    const Status outcome =
        impl_->log->read({segment, 0}, [&](storage::SegmentPosition at, std::string_view bytes, auto) -> Status {
          if (at.segment != segment) {
            wanted_segment = !blocks.empty();
            return stop_reading();
          }
          blocks.push_back({at, encoded_rows(bytes)});
          return {};
        });
    if (!outcome && outcome.error().code != ErrorCode::cancelled) return std::unexpected(outcome.error());
    for (auto block = blocks.rbegin(); block != blocks.rend() && found < rows; ++block) {
      found += block->rows;
      first = block->at;
    }
    if (!wanted_segment) break;  // older segments have been deleted
  }
  if (found == 0) return records;
  TRY(impl_->log->read(first, [&](storage::SegmentPosition at, std::string_view bytes, auto) -> Status {
    auto record = decode_record(bytes);
    if (!record) return std::unexpected(in_block(std::move(record).error(), at));
    records.push_back(std::move(*record));
    return {};
  }));
  return records;
}

}  // namespace perennial::feedback
