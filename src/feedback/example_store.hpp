#pragma once
// The newest labelled rows of a model, in columns, for training and for the drift windows.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/training_data.hpp"
#include "feedback/joiner.hpp"

namespace perennial::feedback {

/// Rows [first, first + count) of the store, seen as columns. Valid until the next append() or clear().
struct ExampleWindow {
  std::vector<ColumnView> columns;             ///< the input columns
  std::vector<std::span<const double>> truth;  ///< per target
  std::span<const TimePoint> times;
  std::size_t rows = 0;
};

/// Instants from `from` on and before `to`; without `to` they have no end.
struct TimeRange {
  TimePoint from{};
  std::optional<TimePoint> to;
  bool contains(TimePoint at) const { return at >= from && (!to || at < *to); }
  friend bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// Oldest first. Not thread-safe: the loop owns it.
class ExampleStore {
 public:
  /// Keeps at least the newest `rows_kept` rows, and at most a quarter more.
  explicit ExampleStore(std::size_t rows_kept = limits::examples_in_memory);

  /// Leaves out, and counts, rows whose label was there before they were predicted: what was known cannot be learned to
  /// be foretold. Error: conflict where the input columns or the number of targets differ from the rows kept (a new
  /// signature: clear() first).
  Status append(const JoinedBatch& batch);
  /// Rows from elsewhere (the warm-up of a replay, a data source); answered by nobody.
  Status append(const LabelledRows& rows);
  /// Puts the rows in the order of their times, equal ones as they came: labels arrive in any order, and a data source
  /// is read again after a restart. Nothing moves where they are in order already.
  void sort_by_time();
  void clear();

  std::size_t rows() const { return examples_.inputs.rows; }
  std::uint64_t rows_total() const {
    return rows_total_;
  }  ///< ever appended; row i of the store is number rows_total - rows + i
  std::uint64_t rows_known_before() const { return rows_known_before_; }  ///< left out by append(), ever
  const LabelledRows& all() const { return examples_; }

  /// From now on newest() and times() leave out rows predicted in these ranges (quarantined data). They are kept: a
  /// range that is taken back brings them back.
  void set_aside(std::vector<TimeRange> ranges) { aside_ = std::move(ranges); }

  /// From now on they also leave out rows that a version answered after this instant: not all of their labels have
  /// come, and the first ones are not like the others. Nothing: they leave out none of these.
  void settle_at(std::optional<TimePoint> newest) { settled_at_ = newest; }

  enum class Include { all, not_challenger_answered };
  /// Copies the newest `count` rows (fewer where there are fewer). Rows answered by a challenger are left out on
  /// request: where the outcome depends on the answer they would bias a training (I21).
  LabelledRows newest(std::size_t count, Include include = Include::all) const;

  /// When the rows that newest(rows()) copies were predicted, in the same order.
  std::vector<TimePoint> times(Include include = Include::all) const;

  /// No copy. `first` and `count` are cut to what is there.
  ExampleWindow window(std::size_t first, std::size_t count) const;
  ExampleWindow newest_window(std::size_t count) const;

  /// Who answered each row; kNobody as Arm{255} for rows from elsewhere.
  std::span<const Arm> answered_arm() const { return answered_arm_; }

 private:
  Status append(const Table& inputs, const std::vector<Truth>& truth);
  void trim();
  bool wants_all(Include include) const { return include == Include::all && aside_.empty() && !settled_at_; }
  bool wanted(std::size_t row, Include include) const;
  LabelledRows pick(std::size_t first, Include include) const;

  std::size_t rows_kept_;
  std::uint64_t rows_total_ = 0;
  std::uint64_t rows_known_before_ = 0;
  LabelledRows examples_;
  std::vector<Arm> answered_arm_;
  std::vector<TimeRange> aside_;
  std::optional<TimePoint> settled_at_;
};

}  // namespace perennial::feedback
