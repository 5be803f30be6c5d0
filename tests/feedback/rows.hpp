#pragma once
// Small tables and records for the tests of feedback.

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "feedback/label_batch.hpp"
#include "feedback/record.hpp"

namespace perennial::feedback::testing {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

inline TimePoint at_second(std::int64_t second) { return TimePoint{std::chrono::seconds{second}}; }

/// A new empty folder that goes away with the object.
class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() / fmt::format("perennial-feedback-{}-{}", getpid(), ++count);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path path(const std::string& name = "log") const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Rows first .. first + count: id "r<i>", entity "e<i % 7>", time i seconds, x = i / 2, colour red or blue or missing;
/// inputs have x_twice too; version 1.0.0 answered with i, a shadow 1.1.0 scored the even rows with -i.
inline PredictionRecord record_of(std::size_t first, std::size_t count) {
  PredictionRecord record;
  Column x{"x", ColumnKind::numeric, {}, {}, nullptr};
  Column colour{"colour", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
  Column twice{"x_twice", ColumnKind::numeric, {}, {}, nullptr};
  ScoredVersion champion{"1.0.0", Arm::champion, {count, 1, {}}, {}, {}};
  ScoredVersion shadow{"1.1.0", Arm::shadow, {count, 1, {}}, {}, {}};
  for (std::size_t i = first; i < first + count; ++i) {
    record.ids.push_back(fmt::format("r{}", i));
    record.request.entities.push_back(fmt::format("e{}", i % 7));
    record.request.times.push_back(at_second(static_cast<std::int64_t>(i)));
    x.numbers.push_back(static_cast<double>(i) / 2);
    twice.numbers.push_back(static_cast<double>(i));
    colour.codes.push_back(i % 3 == 0 ? -1 : colour.dictionary->code_of(i % 3 == 1 ? "red" : "blue"));
    champion.outputs.values.push_back(static_cast<float>(i));
    champion.scored.push_back(1);
    champion.failed.push_back(0);
    const bool even = i % 2 == 0;
    shadow.outputs.values.push_back(even ? -static_cast<float>(i) : std::nanf(""));
    shadow.scored.push_back(even ? 1 : 0);
    shadow.failed.push_back(even ? 0 : 1);
    record.answered.push_back(0);
  }
  record.request.rows = count;
  record.request.columns = {x, colour};
  record.inputs = record.request;
  record.inputs.columns.push_back(twice);
  record.versions = {champion, shadow};
  return record;
}

inline std::shared_ptr<const PredictionRecord> shared_record(std::size_t first, std::size_t count) {
  return std::make_shared<PredictionRecord>(record_of(first, count));
}

inline std::shared_ptr<const std::vector<Target>> two_targets() {
  static const auto targets = std::make_shared<const std::vector<Target>>(
      std::vector<Target>{{"rul", Task::regression, {}}, {"health", Task::multiclass, {"bad", "fair", "good"}}});
  return targets;
}

/// One label by id: rul = value, no health.
inline LabelBatch label_of(const std::string& id, double rul, double health = kMissing) {
  LabelBatch batch;
  batch.targets = two_targets();
  batch.keys = {{id, {}, {}}};
  batch.truth = {{rul}, {health}};
  batch.received_at = at_second(1'000'000);
  return batch;
}

}  // namespace perennial::feedback::testing
