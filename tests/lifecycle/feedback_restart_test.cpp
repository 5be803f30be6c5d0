// What a start makes of the feedback logs: the same with and without the labels that nobody needs, each file read once.

#include <gtest/gtest.h>

#include <map>

#include "feedback/failing_files.hpp"
#include "lifecycle/prediction_account.hpp"
#include "lifecycle/retention.hpp"
#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

using feedback::LabelLog;
using feedback::PredictionLog;

constexpr std::uint64_t prediction_segment_bytes = 8192;
constexpr std::uint64_t label_segment_bytes = 800;
constexpr std::size_t rows = 3000;
constexpr std::size_t delay = 150;  ///< rows after which a label comes

/// Counts how often each file is read.
class CountingFiles final : public feedback::testing::FailingFiles {
 public:
  Result<std::string> read_all(const storage::Path& path, std::uint64_t most) override {
    ++reads[path];
    return FailingFiles::read_all(path, most);
  }
  std::map<storage::Path, int> reads;
};

TimePoint time_of(std::size_t row) {
  return TimePoint(std::chrono::sys_days(std::chrono::year(2026) / 1 / 5)) +
         std::chrono::minutes(static_cast<std::int64_t>(row));
}
std::string id_of(std::size_t row) { return fmt::format("p{}", row); }

Table table_of(std::size_t first, std::size_t count) {
  Table table;
  table.columns = {Column{"a", ColumnKind::numeric, {}, {}, nullptr},
                   Column{"b", ColumnKind::numeric, {}, {}, nullptr}};
  for (std::size_t row = first; row < first + count; ++row) {
    table.columns[0].numbers.push_back(static_cast<double>(row % 17) - 8);
    table.columns[1].numbers.push_back(static_cast<double>(row % 5));
    table.times.push_back(time_of(row));
    table.entities.push_back(fmt::format("c{}", row % 40));
  }
  table.rows = count;
  return table;
}

std::shared_ptr<const feedback::PredictionRecord> record_of(std::size_t first, std::size_t count) {
  auto record = std::make_shared<feedback::PredictionRecord>();
  record->request = table_of(first, count);
  feedback::ScoredVersion version{"1.0.0", feedback::Arm::champion, {count, 2, {}}, {}, {}};
  for (std::size_t row = first; row < first + count; ++row) {
    record->ids.push_back(id_of(row));
    const float yes = static_cast<float>(row % 10) / 10;
    version.outputs.values.insert(version.outputs.values.end(), {1 - yes, yes});
    version.scored.push_back(1);
    version.failed.push_back(0);
    record->answered.push_back(0);
  }
  record->versions = {std::move(version)};
  return record;
}

/// A data directory of a model that is configured and has logs, but no version yet.
class Directory {
 public:
  /// `trims`: its labels go with their predictions.
  explicit Directory(bool trims) {
    if (auto fleet = open(files)) {
      const auto loop = fleet->model("churn");
      const std::vector<InputColumn> columns = {{"a", ColumnKind::numeric}, {"b", ColumnKind::numeric}};
      const Status configured = (*loop)->configure(columns, *targets, table_of(0, 200), time_of(rows));
      EXPECT_TRUE(configured) << configured.error().message();
    }
    feedback::PredictionLogOptions prediction_options;
    prediction_options.segment_bytes = prediction_segment_bytes;
    prediction_options.keep_bytes = 4 * prediction_segment_bytes;
    feedback::LabelLogOptions label_options;
    label_options.sync_each_call = false;
    label_options.segment_bytes = label_segment_bytes;
    label_options.keep_bytes = 1000 * label_segment_bytes;
    label_options.early_segments = 1;
    const auto predictions = PredictionLog::open(files, folder() + "/predictions", prediction_options);
    const auto labels = LabelLog::open(files, folder() + "/labels", label_options);
    if (!predictions || !labels) {
      ADD_FAILURE();
      return;
    }
    for (std::size_t row = 0; row < rows; row += 10) {
      (*predictions)->append(record_of(row, 10));
      for (std::size_t late = row; row >= delay && late < row + 10; ++late) {
        feedback::LabelBatch label;
        label.targets = targets;
        label.keys = {{id_of(late - delay), {}, {}}};
        label.truth = {{late % 3 == 0 ? 1.0 : 0.0}};
        label.received_at = time_of(late + 1);
        EXPECT_TRUE((*labels)->append(std::move(label)));
      }
      (void)(*labels)->drain();
      if (!trims) continue;
      const auto trimmed = (*labels)->trim(**predictions);
      EXPECT_TRUE(trimmed);
      segments_gone += trimmed ? trimmed->segments : 0;
    }
  }

  std::unique_ptr<Fleet> open(storage::Files& disk) {
    auto config = parse_fleet(small_config("{window: 600rows, cooldown: 1h}"), "small.yaml");
    FleetOptions options;
    options.data_dir = directory.path().string();
    options.trainer = PERENNIAL_TRAINER;
    options.files = &disk;
    auto opened = config ? Fleet::open(std::move(*config), std::move(options), time_of(rows))
                         : Result<std::unique_ptr<Fleet>>(std::unexpected(config.error()));
    if (!opened) ADD_FAILURE() << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  std::string folder() const { return feedback_folder(directory.path().string(), "churn"); }
  std::size_t label_segments() const {
    storage::RealFiles real;
    return storage::SegmentLog::segments(real, folder() + "/labels")->size();
  }

  test::TemporaryDirectory directory;
  CountingFiles files;
  std::uint64_t segments_gone = 0;
  std::shared_ptr<const std::vector<Target>> targets =
      std::make_shared<const std::vector<Target>>(std::vector<Target>{{"churned", Task::binary, {"no", "yes"}}});
};

/// What a restarted server says.
struct Said {
  explicit Said(Directory& directory) {
    const auto fleet = directory.open(directory.files);
    if (fleet == nullptr) return;
    const ModelLoop& loop = **fleet->model("churn");
    labelled = loop.rows_labelled();
    seen = loop.rows_seen();
    counts = loop.joiner_counts();
    performance = loop.performance(time_of(rows)).dump(1);
    const auto accuracy = loop.current("1.0.0", "churned.accuracy");
    EXPECT_TRUE(accuracy) << accuracy.error().message();
    if (accuracy) value = accuracy->value;
    const auto request = (*fleet->model("churn"))->training_request(time_of(rows));
    EXPECT_TRUE(request) << request.error().message();
    if (request) examples = request->rows;
  }
  std::uint64_t labelled = 0;
  std::uint64_t seen = 0;
  feedback::JoinerCounts counts;
  std::string performance;
  double value = -1;
  LabelledRows examples;
};

TEST(FeedbackRestart, labels_that_have_gone_change_nothing_of_what_a_start_knows) {
  Directory whole(false);
  Directory trimmed(true);
  ASSERT_GT(trimmed.segments_gone, 100u);
  ASSERT_EQ(whole.label_segments(), trimmed.label_segments() + trimmed.segments_gone);
  const Said before(whole);
  const Said after(trimmed);
  EXPECT_GT(before.labelled, 300u);
  EXPECT_EQ(after.labelled, before.labelled);
  EXPECT_EQ(after.seen, before.seen);
  EXPECT_EQ(after.counts.joined, before.counts.joined);
  EXPECT_EQ(after.counts.pending, before.counts.pending);
  EXPECT_EQ(after.counts.predictions_dropped, before.counts.predictions_dropped);
  EXPECT_EQ(after.performance, before.performance);
  EXPECT_EQ(after.value, before.value);
  EXPECT_GT(before.examples.inputs.rows, 300u);
  EXPECT_EQ(after.examples.inputs.times, before.examples.inputs.times);
  EXPECT_EQ(after.examples.inputs.entities, before.examples.inputs.entities);
  EXPECT_EQ(after.examples.inputs.columns[0].numbers, before.examples.inputs.columns[0].numbers);
  EXPECT_EQ(after.examples.truth, before.examples.truth);
  EXPECT_LT(after.counts.early, before.counts.early) << "fewer labels wait for predictions that are gone";
}

TEST(FeedbackRestart, a_start_reads_each_segment_once) {
  Directory directory(true);
  {
    const Said once(directory);
  }  // counts what it answers from here on
  directory.files.reads.clear();
  const Said said(directory);
  EXPECT_GT(said.labelled, 300u);
  std::map<std::string, std::size_t> segments;
  std::size_t twice = 0;
  for (const auto& [path, reads] : directory.files.reads) {
    if (path.extension() != ".seg") continue;
    ++segments[path.parent_path().filename().string()];
    if (reads == 1) continue;
    ++twice;
    EXPECT_EQ(path.parent_path().filename(), "predictions") << path;
    EXPECT_EQ(reads, 2) << path;
  }
  EXPECT_GT(segments["labels"], 10u);
  EXPECT_GT(segments["predictions"], 2u);
  EXPECT_LE(twice, 1u) << "the newest predictions, for those that were answered and are not there";
}

TEST(FeedbackRestart, a_server_keeps_house_of_its_labels_and_prune_says_what_would_go) {
  Directory directory(false);
  const std::size_t before = directory.label_segments();
  const std::uint64_t kept = 128;  // 8 GiB of 64 MiB each, however small these are
  ASSERT_GT(before, kept);
  const auto by_disk = label_retention(directory.files, directory.folder());
  ASSERT_TRUE(by_disk) << by_disk.error().message();
  EXPECT_EQ(by_disk->segments, before - kept);
  EXPECT_GT(by_disk->bytes, (before - kept) * 600);

  const api::CommandContext somebody{std::nullopt, "test", "the disk is small"};
  {
    const auto fleet = directory.open(directory.files);
    ASSERT_NE(fleet, nullptr);
    const auto would = fleet->prune("churn", true, somebody, time_of(rows));
    ASSERT_TRUE(would) << would.error().message();
    EXPECT_EQ(would->at("labels").at("segments"), before - kept);
    EXPECT_EQ(would->at("labels").at("bytes"), by_disk->bytes);
    EXPECT_EQ(directory.label_segments(), before) << "a dry run touches nothing";
    const auto done = fleet->prune("churn", false, somebody, time_of(rows));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(done->at("labels"), would->at("labels"));
    EXPECT_EQ(directory.label_segments(), kept);
    EXPECT_EQ(fleet->prune("churn", true, somebody, time_of(rows))->at("labels").at("segments"), 0);
  }
  Directory other(false);
  const auto fleet = other.open(other.files);
  ASSERT_NE(fleet, nullptr);
  for (std::size_t turn = 0; turn <= before / feedback::kSegmentsTrimmedAtOnce; ++turn) {
    const Status turned = fleet->tick(time_of(rows));
    ASSERT_TRUE(turned) << turned.error().message();
  }
  EXPECT_EQ(other.label_segments(), kept) << "turns do it too, a few segments each";
}

}  // namespace
}  // namespace perennial::lifecycle
