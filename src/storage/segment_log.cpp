#include "storage/segment_log.hpp"

#include <fmt/format.h>

#include "storage/segment_format.hpp"

namespace perennial::storage {
namespace {

namespace format = segment_format;

std::unexpected<Error> damaged(const Path& path, std::uint64_t offset, std::string what) {
  return fail(ErrorCode::corrupt, fmt::format("{} at byte {}", what, offset), path.string(),
              "restore the file from a backup; nothing after this byte can be trusted");
}

/// Ascending. corrupt where one is missing in between.
Result<std::vector<std::uint32_t>> segment_numbers(Files& files, const Path& directory) {
  ASSIGN_OR_RETURN(const auto sizes, SegmentLog::sizes(files, directory));
  std::vector<std::uint32_t> numbers;
  for (const auto& [number, bytes] : sizes) {
    if (!numbers.empty() && number != numbers.back() + 1)
      return fail(ErrorCode::corrupt, "a segment is missing",
                  (directory / format::file_name(numbers.back() + 1)).string(), "restore the file from a backup");
    numbers.push_back(number);
  }
  return numbers;
}

struct Examined {
  format::Scan scan;
  std::uint64_t bytes = 0;
  bool torn_header = false;
};

/// Checks one file and hands its records on. Only the last file of a log may have a torn tail.
Result<Examined> examine(Files& files, const Path& path, std::uint32_t number, bool is_last, std::uint64_t from,
                         const format::EachRecord& each) {
  ASSIGN_OR_RETURN(const auto bytes, files.read_all(path));
  Examined examined;
  examined.bytes = bytes.size();
  if (!format::has_header(bytes, number)) {
    // The header is synced before the first record is written, so a bad one with records behind it is not a torn one.
    if (!is_last || bytes.size() > format::header_bytes) return damaged(path, 0, "the header is damaged");
    examined.torn_header = true;
    return examined;
  }
  ASSIGN_OR_RETURN(examined.scan,
                   format::scan(bytes, number, std::max<std::uint64_t>(from, format::header_bytes), each));
  if (examined.scan.end < bytes.size()) {
    if (!is_last) return damaged(path, examined.scan.end, "a record is damaged");
    if (format::has_mark_after(bytes, number, examined.scan.end))
      return damaged(path, examined.scan.end, "a record that had been durable is damaged");
  }
  return examined;
}

format::EachRecord in_segment(std::uint32_t number, const SegmentLog::Each& each) {
  if (!each) return {};
  return [number, &each](auto at, auto payload, auto next) { return each({number, at}, payload, {number, next}); };
}

}  // namespace

SegmentLog::SegmentLog(Files& files, Path directory, SegmentOptions options)
    : files_(&files), directory_(std::move(directory)), options_(options) {}

SegmentLog::~SegmentLog() {
  if (!latched_ && file_ && !buffer_.empty()) {
    // Nobody was promised these records; what the kernel takes is a gain.
    [[maybe_unused]] const auto status = file_->append(buffer_);
  }
}

Path SegmentLog::path_of(std::uint32_t number) const { return directory_ / format::file_name(number); }

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(Files& files, Path directory, SegmentOptions options,
                                                     const Each& each) {
  TRY(files.make_dirs(directory));
  std::unique_ptr<SegmentLog> log(new SegmentLog(files, std::move(directory), options));
  ASSIGN_OR_RETURN(const auto numbers, segment_numbers(files, log->directory_));
  if (numbers.empty()) {
    TRY(log->start_segment(1));
    log->report_.segments = 1;
  } else {
    log->first_ = numbers.front();
    log->report_.segments = numbers.size();
    for (const auto number : numbers) {
      if (number == numbers.back()) break;
      ASSIGN_OR_RETURN(const auto examined,
                       examine(files, log->path_of(number), number, false, 0, in_segment(number, each)));
      log->report_.records += examined.scan.records;
    }
    TRY(log->recover(numbers.back(), each));
  }
  log->report_.end = {log->number_, log->written_};
  return log;
}

Status SegmentLog::recover(std::uint32_t last, const Each& each) {
  ASSIGN_OR_RETURN(const auto examined, examine(*files_, path_of(last), last, true, 0, in_segment(last, each)));
  if (examined.torn_header) {
    report_.torn_bytes = examined.bytes;
    return start_segment(last);
  }
  report_.records += examined.scan.records;
  report_.torn_bytes = examined.bytes - examined.scan.end;
  ASSIGN_OR_RETURN(file_, files_->open_append(path_of(last)));
  if (report_.torn_bytes > 0) TRY(file_->truncate(examined.scan.end));
  // A killed process may have left bytes that only the kernel has; the next mark will call them durable.
  TRY(file_->sync());
  number_ = last;
  written_ = durable_ = examined.scan.end;
  return {};
}

Status SegmentLog::start_segment(std::uint32_t number) {
  ASSIGN_OR_RETURN(auto file, files_->open_append(path_of(number)));
  // An earlier try may have failed half-way.
  if (file->size() > 0) TRY(file->truncate(0));
  TRY(file->append(format::header(number)));
  if (auto status = file->sync(); !status) return latch(std::move(status).error());
  file_ = std::move(file);
  number_ = number;
  written_ = durable_ = format::header_bytes;
  return {};
}

std::unexpected<Error> SegmentLog::latch(Error error) {
  error.hint = "nothing more is written to this log; restart, and look at the disk";
  latched_ = error;
  return std::unexpected(std::move(error));
}

Status SegmentLog::flush() {
  if (buffer_.empty()) return {};
  auto status = file_->append(buffer_);
  if (!status) {
    lost_ += buffered_;
    buffer_.clear();
    buffered_ = 0;
    if (status.error().code != ErrorCode::disk_full) return latch(std::move(status).error());
    if (auto cut = file_->truncate(written_); !cut) return latch(std::move(cut).error());
    return status;
  }
  written_ += buffer_.size();
  buffer_.clear();
  buffered_ = 0;
  return {};
}

Status SegmentLog::sync_locked() {
  told_ = 0;
  if (latched_) return std::unexpected(*latched_);
  auto flushed = flush();
  if (latched_) return flushed;
  if (written_ > durable_) {
    if (auto status = file_->sync(); !status) return latch(std::move(status).error());
    durable_ = written_;
  }
  if (lost_ > 0) {
    const auto lost = told_ = std::exchange(lost_, 0);
    return fail(ErrorCode::disk_full, fmt::format("{} records could not be written", lost), directory_.string(),
                "free some space on this disk, then send them again");
  }
  return {};
}

Result<SegmentPosition> SegmentLog::append(std::string_view payload) {
  std::lock_guard lock(mutex_);
  if (latched_) return std::unexpected(*latched_);
  if (closed_) return fail(ErrorCode::conflict, "the log is closed", directory_.string());
  if (payload.size() > segment_record_bytes)
    return fail(ErrorCode::too_large, fmt::format("a record of {} bytes", payload.size()), directory_.string(),
                fmt::format("at most {}", segment_record_bytes));
  const std::uint64_t at_most = written_ + buffer_.size() + 2 * format::record_header_bytes + payload.size();
  const bool has_records = written_ + buffer_.size() > format::header_bytes;
  if (sealed_ || (has_records && at_most > options_.segment_bytes)) {
    // Records that were lost here were taken by earlier calls: their next sync() tells it, not this append alone.
    if (const Status synced = sync_locked(); !synced) {
      lost_ += latched_ ? 0 : told_;
      return std::unexpected(synced.error());
    }
    // Once the next file may exist, this one is never written again, even if creating the other fails.
    sealed_ = true;
    TRY(start_segment(number_ + 1));
    sealed_ = false;
  }
  if (buffer_.empty() && written_ == durable_ && durable_ > format::header_bytes)
    format::add_mark(buffer_, number_, written_);
  const SegmentPosition position{number_, written_ + buffer_.size()};
  format::add_record(buffer_, number_, position.offset, payload);
  if (buffer_.size() >= segment_buffer_bytes) {
    if (auto status = flush(); !status) {
      // This record was not among those that were taken before: its own caller is told here.
      return std::unexpected(std::move(status).error());
    }
  } else {
    ++buffered_;
  }
  return position;
}

Status SegmentLog::sync() {
  std::lock_guard lock(mutex_);
  return sync_locked();
}

Status SegmentLog::close() {
  std::lock_guard lock(mutex_);
  if (closed_) return {};
  TRY(sync_locked());
  if (durable_ > format::header_bytes) format::add_mark(buffer_, number_, written_);
  TRY(sync_locked());
  closed_ = true;
  return {};
}

Status SegmentLog::read(SegmentPosition from, const Each& each) {
  std::uint32_t first = 0;
  SegmentPosition end;
  {
    std::lock_guard lock(mutex_);
    if (!latched_) TRY(flush());
    first = std::max(first_.load(), from.segment);
    end = {number_, written_};
  }
  for (std::uint32_t number = first; number <= end.segment; ++number) {
    const Path path = path_of(number);
    auto found = files_->read_all(path);
    if (!found && found.error().code == ErrorCode::not_found && was_removed(number)) continue;
    ASSIGN_OR_RETURN(auto bytes, std::move(found));
    if (number == end.segment) {
      if (bytes.size() < end.offset) return damaged(path, bytes.size(), "the file has become shorter");
      bytes.resize(end.offset);
    }
    if (!format::has_header(bytes, number)) return damaged(path, 0, "the header is damaged");
    const std::uint64_t offset =
        number == from.segment ? std::max<std::uint64_t>(from.offset, format::header_bytes) : format::header_bytes;
    ASSIGN_OR_RETURN(const auto scan, format::scan(bytes, number, offset, in_segment(number, each)));
    if (scan.end < bytes.size()) return damaged(path, scan.end, "a record is damaged");
  }
  return {};
}

Result<SegmentReport> SegmentLog::read_only(Files& files, const Path& directory, SegmentPosition from,
                                            const Each& each) {
  SegmentReport report;
  ASSIGN_OR_RETURN(const auto numbers, segment_numbers(files, directory));
  for (const auto number : numbers) {
    ++report.segments;
    if (number < from.segment) continue;
    ASSIGN_OR_RETURN(const auto examined,
                     examine(files, directory / format::file_name(number), number, number == numbers.back(),
                             number == from.segment ? from.offset : 0, in_segment(number, each)));
    report.records += examined.scan.records;
    report.end = {number, examined.scan.end};
    report.torn_bytes = examined.bytes - examined.scan.end;
  }
  return report;
}

Result<std::map<std::uint32_t, std::uint64_t>> SegmentLog::sizes(Files& files, const Path& directory) {
  ASSIGN_OR_RETURN(const auto entries, files.list(directory));
  std::map<std::uint32_t, std::uint64_t> sizes;
  for (const auto& entry : entries)
    if (const auto number = entry.is_directory ? 0 : format::number_of(entry.name); number > 0)
      sizes[number] = entry.bytes;
  return sizes;
}

Result<std::vector<std::uint32_t>> SegmentLog::segments(Files& files, const Path& directory) {
  return segment_numbers(files, directory);
}

Status SegmentLog::read_segment(Files& files, const Path& directory, std::uint32_t number, bool is_newest,
                                const Each& each) {
  const auto examined =
      examine(files, directory / format::file_name(number), number, is_newest, 0, in_segment(number, each));
  if (!examined) return std::unexpected(examined.error());
  return {};
}

Status SegmentLog::remove_before(std::uint32_t segment) {
  std::lock_guard lock(mutex_);
  while (first_ < segment && first_ < number_) {
    TRY(files_->remove(path_of(first_)));
    ++first_;
  }
  return {};
}

SegmentPosition SegmentLog::end() const {
  std::lock_guard lock(mutex_);
  return {number_, written_ + buffer_.size()};
}

SegmentSpan SegmentLog::span() const { return {first_, number_}; }

bool SegmentLog::was_removed(std::uint32_t number) const {
  std::lock_guard lock(mutex_);
  return number < first_;
}

bool SegmentLog::latched() const {
  std::lock_guard lock(mutex_);
  return latched_.has_value();
}

}  // namespace perennial::storage
