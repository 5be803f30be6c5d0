// Labels go with the predictions that they belong to: what stays, what goes, and what a kill in between leaves.

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "feedback/example_store.hpp"
#include "feedback/failing_files.hpp"
#include "feedback/joiner.hpp"
#include "feedback/label_log.hpp"
#include "feedback/prediction_log.hpp"
#include "feedback/prediction_search.hpp"
#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using testing::Folder;
using testing::label_of;
using testing::shared_record;

/// Small segments: about ten records of ten predictions, or fifteen labels.
const PredictionLogOptions prediction_options{.segment_bytes = 8192, .keep_bytes = 4 * 8192};
LabelLogOptions label_options() {
  LabelLogOptions options;
  options.sync_each_call = false;
  options.segment_bytes = 1500;
  options.keep_bytes = 1000 * options.segment_bytes;
  options.early_segments = 1;
  return options;
}

std::size_t number_of(const std::string& id) { return static_cast<std::size_t>(std::stoul(id.substr(1))); }

/// Both logs of one model.
struct Logs {
  explicit Logs(const Folder& folder, LabelLogOptions wanted = label_options())
      : predictions_at(folder.path("predictions")), labels_at(folder.path("labels")), options(wanted) {
    open();
  }
  void open() {
    auto opened = PredictionLog::open(files, predictions_at, prediction_options);
    ASSERT_TRUE(opened) << opened.error().message();
    predictions = std::move(*opened);
    auto labels_opened = LabelLog::open(files, labels_at, options);
    ASSERT_TRUE(labels_opened) << labels_opened.error().message();
    labels = std::move(*labels_opened);
  }
  void close() {
    labels.reset();
    predictions.reset();
  }
  void predict(std::size_t first, std::size_t count = 10) { predictions->append(shared_record(first, count)); }
  void label(std::size_t row) {
    ASSERT_TRUE(labels->append(label_of("r" + std::to_string(row), static_cast<double>(row))));
  }
  /// Rows in tens, each labelled after `delay` more, with a turn of the loop after each ten.
  void live(std::size_t rows, std::size_t delay = 100, bool trims = true) {
    for (const std::size_t end = next + rows; next < end; next += 10) {
      predict(next);
      if (next >= delay)
        for (std::size_t row = next - delay; row < next - delay + 10; ++row) label(row);
      (void)labels->drain();
      if (trims) {
        const auto gone = labels->trim(*predictions);
        ASSERT_TRUE(gone) << gone.error().message();
        segments_gone += gone->segments;
        bytes_gone += gone->bytes;
      }
    }
  }
  std::set<std::size_t> stored_labels() const {
    std::set<std::size_t> rows;
    EXPECT_TRUE(labels->for_each(0, [&](LabelBatch&& batch) {
      for (const auto& key : batch.keys) rows.insert(number_of(key.id));
      return true;
    }));
    return rows;
  }
  std::size_t oldest_prediction() const {
    std::size_t oldest = 0;
    EXPECT_TRUE(predictions->for_each([&](PredictionRecord&& record) {
      oldest = number_of(record.ids.front());
      return false;
    }));
    return oldest;
  }
  std::uint64_t label_bytes() const {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(labels_at)) bytes += entry.file_size();
    return bytes;
  }

  storage::Path predictions_at;
  storage::Path labels_at;
  LabelLogOptions options;
  testing::FailingFiles files;
  std::unique_ptr<PredictionLog> predictions;
  std::unique_ptr<LabelLog> labels;
  std::size_t next = 0;
  std::uint64_t segments_gone = 0;
  std::uint64_t bytes_gone = 0;
};

/// As many turns as it takes: one removes kSegmentsTrimmedAtOnce at most.
Result<LabelsTrimmed> trim_all(LabelLog& labels, const PredictionLog& predictions) {
  LabelsTrimmed sum;
  for (;;) {
    ASSIGN_OR_RETURN(const auto gone, labels.trim(predictions));
    EXPECT_LE(gone.segments, kSegmentsTrimmedAtOnce);
    if (gone.segments == 0) return sum;
    sum.segments += gone.segments;
    sum.bytes += gone.bytes;
  }
}

TEST(LabelTrimming, trap_30_labels_go_with_their_predictions_and_none_of_a_kept_one_goes) {
  Folder folder;
  Logs logs(folder);
  std::uint64_t most = 0;
  for (int part = 0; part < 10; ++part) {
    logs.live(1000);
    ASSERT_FALSE(::testing::Test::HasFatalFailure());
    const auto labels = logs.stored_labels();
    for (std::size_t row = logs.oldest_prediction(); row < logs.next - 100; ++row)
      ASSERT_TRUE(labels.contains(row)) << "the prediction is kept, its label is not";
    if (part < 2) continue;
    most = std::max(most, logs.label_bytes());
    EXPECT_GT(*labels.begin(), 0u);
  }
  EXPECT_GT(logs.oldest_prediction(), 8000u);
  EXPECT_GT(*logs.stored_labels().begin(), 7000u) << "old ones have gone";
  EXPECT_LT(most, 400'000u) << "of ten thousand labels";
  EXPECT_GT(logs.segments_gone, 100u);
  EXPECT_GT(logs.bytes_gone, 100'000u);
  EXPECT_LT(logs.labels->trim(*logs.predictions)->segments, 1u) << "once is enough";
}

TEST(LabelTrimming, labels_that_no_prediction_bounds_are_bounded_by_their_size) {
  Folder folder;
  auto options = label_options();
  options.keep_bytes = 6 * options.segment_bytes;
  Logs logs(folder, options);
  logs.predict(0);
  for (std::size_t row = 0; row < 500; ++row) {
    logs.label(row);
    ASSERT_TRUE(logs.labels->trim(*logs.predictions));
  }
  EXPECT_LE(logs.label_bytes(), 6 * options.segment_bytes + 100);
  EXPECT_GT(logs.label_bytes(), 4 * options.segment_bytes);
  EXPECT_EQ(*logs.stored_labels().rbegin(), 499u);
}

TEST(LabelTrimming, a_label_that_came_before_its_prediction_is_kept_with_it) {
  for (const std::uint32_t patience : {1u, 6u}) {
    Folder folder;
    auto options = label_options();
    options.early_segments = patience;
    Logs logs(folder, options);
    logs.live(2000);
    // Their predictions come 400 rows later; a segment has about 200.
    for (std::size_t row = 2400; row < 2440; ++row) logs.label(row);
    while (logs.oldest_prediction() < 2200) {
      logs.live(10);
      for (std::size_t row = 0; row < 10; ++row) logs.label(100'000 + logs.next + row);  // of nothing that will come
    }
    ASSERT_LE(logs.oldest_prediction(), 2400u);
    const auto labels = logs.stored_labels();
    EXPECT_GT(*labels.begin(), 100u);
    for (std::size_t row = 2400; row < 2440; ++row)
      EXPECT_EQ(labels.contains(row), patience == 6) << row << " of a log with patience for " << patience;
  }
}

/// All that a start makes of two logs: pairs in their order, and the examples that a training would be given.
struct Restored {
  explicit Restored(const storage::Path& folder) : joiner(testing::two_targets()) {
    storage::RealFiles files;
    const auto predictions = PredictionLog::open(
        files, folder / "predictions", prediction_options,
        [&](PredictionRecord&& record) { joiner.add(std::make_shared<PredictionRecord>(std::move(record))); });
    EXPECT_TRUE(predictions) << predictions.error().message();
    const auto labels =
        LabelLog::open(files, folder / "labels", label_options(), [&](LabelBatch&& batch) { joiner.add(batch); });
    EXPECT_TRUE(labels) << labels.error().message();
    if (labels) sequence = (*labels)->newest_sequence();
    for (const auto& batch : joiner.take()) {
      ids.insert(ids.end(), batch.ids.begin(), batch.ids.end());
      EXPECT_TRUE(examples.append(batch));
    }
  }
  Joiner joiner;
  std::vector<std::string> ids;
  ExampleStore examples;
  std::uint64_t sequence = 0;
};

/// The same two lives, once with labels that go and once without.
struct Twins {
  explicit Twins(std::size_t rows = 3000) {
    for (const bool trims : {false, true}) {
      Logs logs(trims ? trimmed : whole);
      logs.live(rows, 150, trims);
      gone += logs.segments_gone;
    }
  }
  Folder whole;
  Folder trimmed;
  std::uint64_t gone = 0;
};

TEST(LabelTrimming, a_start_makes_the_same_of_what_is_left_as_it_would_make_of_everything) {
  Twins twins;
  ASSERT_GT(twins.gone, 20u);
  const Restored before(twins.whole.path("").parent_path());
  const Restored after(twins.trimmed.path("").parent_path());
  EXPECT_EQ(after.ids, before.ids);
  EXPECT_GT(after.ids.size(), 200u);
  EXPECT_EQ(after.examples.all().truth[0], before.examples.all().truth[0]);
  EXPECT_EQ(after.examples.all().inputs.columns[0].numbers, before.examples.all().inputs.columns[0].numbers);
  EXPECT_EQ(after.joiner.counts().joined, before.joiner.counts().joined);
  EXPECT_EQ(after.joiner.counts().pending, before.joiner.counts().pending);
  EXPECT_EQ(after.sequence, before.sequence);
  EXPECT_GT(before.joiner.counts().early, 1000u) << "labels of predictions that are gone wait for nothing";
  EXPECT_LT(after.joiner.counts().early, 400u);
}

TEST(LabelTrimming, a_kill_at_any_step_leaves_a_log_that_opens_and_the_next_turn_goes_on) {
  Twins twins(2000);
  const auto source = twins.whole.path("").parent_path();
  // The notes of the other twin fit: both have lived the same life.
  std::filesystem::copy_file(twins.trimmed.path("labels") / "predictions.noted",
                             source / "labels" / "predictions.noted");
  storage::RealFiles files;
  const auto would = LabelLog::would_trim(files, source / "labels", source / "predictions", label_options()).value();
  ASSERT_GT(would.segments, 10u);
  const auto numbers = storage::SegmentLog::segments(files, source / "labels").value();
  const Restored before(source);
  for (const std::size_t removed : {std::size_t{0}, std::size_t{1}, would.segments / 2, would.segments - 1,
                                    static_cast<std::size_t>(would.segments)})
    for (const bool notes_left : {true, false}) {
      Folder folder;
      const auto copy = folder.path("").parent_path();
      std::filesystem::copy(
          source, copy, std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
      if (!notes_left) std::filesystem::remove(copy / "labels" / "predictions.noted");
      // A file that was being replaced.
      std::ofstream(copy / "labels" / ".123.0.tmp") << "half";
      for (std::size_t i = 0; i < removed; ++i)
        std::filesystem::remove(copy / "labels" / fmt::format("{:08}.seg", numbers[i]));
      const Restored after(copy);
      EXPECT_EQ(after.ids, before.ids) << removed;
      EXPECT_EQ(after.sequence, before.sequence);
      Logs logs(folder);
      const auto planned = LabelLog::would_trim(files, copy / "labels", copy / "predictions", label_options());
      const auto gone = trim_all(*logs.labels, *logs.predictions);
      ASSERT_TRUE(planned && gone);
      EXPECT_EQ(gone->segments, notes_left ? would.segments - removed : 0) << removed;
      EXPECT_EQ(planned->segments, gone->segments);
      EXPECT_EQ(planned->bytes, gone->bytes);
      logs.next = 2000;
      logs.label(2000);
      EXPECT_EQ(logs.labels->newest_sequence(), before.sequence + 1);
      logs.close();
      EXPECT_EQ(Restored(copy).ids, before.ids) << removed;
    }
}

TEST(LabelTrimming, notes_live_on_after_a_restart) {
  Folder folder;
  Logs logs(folder);
  for (int life = 0; life < 25; ++life) {
    logs.live(200);
    logs.close();
    logs.open();
  }
  EXPECT_GT(*logs.stored_labels().begin(), 3000u);
}

TEST(LabelTrimming, a_disk_that_is_full_or_refuses_loses_no_label_and_is_told) {
  Folder folder;
  Logs logs(folder);
  logs.live(2000, 100, false);
  struct Refusing final : testing::FailingFiles {
    bool refuses = true;
    Status remove(const storage::Path& path) override {
      if (refuses) return std::unexpected(storage::disk_error(EROFS, "remove", path));
      return FailingFiles::remove(path);
    }
    Status write_atomic(const storage::Path& path, std::string_view bytes) override {
      if (refuses) return std::unexpected(storage::disk_error(ENOSPC, "write", path));
      return FailingFiles::write_atomic(path, bytes);
    }
  } files;
  logs.close();
  auto options = label_options();
  options.keep_bytes = 5 * options.segment_bytes;
  auto predictions = PredictionLog::open(files, logs.predictions_at, prediction_options);
  auto labels = LabelLog::open(files, logs.labels_at, options);
  ASSERT_TRUE(predictions && labels);
  const auto refused = (*labels)->trim(**predictions);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::io);
  EXPECT_TRUE((*labels)->append(label_of("more", 1)));
  files.refuses = false;
  EXPECT_GT(trim_all(**labels, **predictions)->segments, 50u);
  EXPECT_TRUE((*labels)->append(label_of("yet more", 1)));
}

TEST(LabelTrimming, would_trim_says_nothing_of_logs_that_are_not_there) {
  Folder folder;
  storage::RealFiles files;
  const auto would = LabelLog::would_trim(files, folder.path("labels"), folder.path("predictions"));
  ASSERT_TRUE(would) << would.error().message();
  EXPECT_EQ(would->segments, 0u);
}

/// Counts how often each file is read.
class CountingFiles final : public testing::FailingFiles {
 public:
  Result<std::string> read_all(const storage::Path& path, std::uint64_t most) override {
    ++reads[path];
    return FailingFiles::read_all(path, most);
  }
  std::map<storage::Path, int> reads;
};

TEST(LabelTrimming, a_start_reads_each_segment_once) {
  Folder folder;
  {
    Logs logs(folder);
    logs.live(2000);
    logs.close();
    // A server counts what it answers; its log says from where on the next start has to look for what is missing.
    ASSERT_TRUE(PredictionLog::open(logs.files, logs.predictions_at, {.mode = PredictionLogOptions::Mode::async}));
  }
  CountingFiles files;
  std::size_t predicted = 0;
  std::size_t labelled = 0;
  auto options = prediction_options;
  options.mode = PredictionLogOptions::Mode::async;
  const auto predictions = PredictionLog::open(files, folder.path("predictions"), options,
                                               [&](PredictionRecord&& record) { predicted += record.rows(); });
  const auto labels = LabelLog::open(files, folder.path("labels"), label_options(),
                                     [&](LabelBatch&& batch) { labelled += batch.rows(); });
  ASSERT_TRUE(predictions && labels);
  EXPECT_GT(predicted, 200u);
  EXPECT_GT(labelled, 200u);
  EXPECT_EQ((*labels)->append(label_of("r1899", 1899))->duplicates, 1u) << "the same reading knows the keys";
  std::size_t segments = 0;
  std::size_t twice = 0;
  for (const auto& [path, reads] : files.reads) {
    if (path.extension() != ".seg") continue;
    ++segments;
    if (reads == 1) continue;
    ++twice;
    EXPECT_EQ(path.filename(), fmt::format("{:08}.seg", (*predictions)->segments().newest));
    EXPECT_EQ(reads, 2) << path;
  }
  EXPECT_GT(segments, 10u);
  EXPECT_LE(twice, 1u) << "the newest predictions, for those that were answered and are not there";
}

TEST(LabelTrimming, a_search_that_meets_a_segment_which_has_just_gone_ends_there) {
  Folder folder;
  {
    Logs logs(folder);
    logs.live(2000, 100, false);
  }
  struct Vanishing final : testing::FailingFiles {
    std::string first_left;
    Result<std::string> read_all(const storage::Path& path, std::uint64_t most) override {
      if (path.filename().string() < first_left) std::filesystem::remove(path);
      return FailingFiles::read_all(path, most);
    }
  } files;
  const auto newest = storage::SegmentLog::segments(files, folder.path("labels")).value().back();
  ASSERT_GT(newest, 20u);
  files.first_left = fmt::format("{:08}.seg", newest - 5);
  const auto found = find_labels(files, folder.path("labels"), {"r0", {}, {}});
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_TRUE(found->empty());
}

}  // namespace
}  // namespace perennial::feedback
