#pragma once
// How long labels take, and metrics of rows whose labels had equally long to come. Without that, the newest rows are
// judged by the labels that came first, which are not like the others (a fraud is reported before a loan is repaid).

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "stats/metrics.hpp"

namespace perennial::stats {

/// One predicted row: how long its label took, or how long it has been waited for.
struct LabelWait {
  Duration age{0};  ///< arrived: label time - prediction time; else: now - prediction time. Negative counts as 0.
  bool arrived = false;
};

/// The share of rows whose label has arrived by an age.
struct MaturityPoint {
  Duration age{0};
  double share = 0;           ///< 0..1, never falls with age
  double standard_error = 0;  ///< Greenwood (1926)
  std::uint64_t waiting = 0;  ///< rows known to have waited so long, just before this age
};

/// 1 - S(age), with S the product-limit estimate (Kaplan & Meier 1958) of a label still missing. Rows whose label has
/// not come are counted as long as they have been waited for and no longer, so young rows do not make labels look rare.
/// Where a label and the end of a wait fall on the same age, the label came first. Immutable.
class MaturityCurve {
 public:
  MaturityCurve() = default;  ///< of no rows: nothing ever matures
  explicit MaturityCurve(std::span<const LabelWait> rows);

  /// One point per age at which a label arrived, ascending.
  std::span<const MaturityPoint> points() const { return points_; }
  /// The step at `age`: share 0 before the first arrival. Beyond longest() it is the last step: nothing is known there.
  MaturityPoint at(Duration age) const;
  /// The first age by which `share` (0..1) of the labels has arrived; none where the curve does not get there.
  std::optional<Duration> age_at(double share) const;
  /// The longest wait of any row: the curve is not known beyond it.
  Duration longest() const { return longest_; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t arrived() const { return arrived_; }

 private:
  std::vector<MaturityPoint> points_;
  Duration longest_{0};
  std::uint64_t rows_ = 0;
  std::uint64_t arrived_ = 0;
};

/// The rows of a metric at equal label age `cut`, for the `use` of influence().
struct EqualAge {
  std::vector<bool> use;         ///< rows whose label came at an age of at most `cut`, of those that are old enough
  std::uint64_t old_enough = 0;  ///< rows predicted at least `cut` ago
  std::uint64_t labelled = 0;    ///< of these, with a label within `cut`
  double coverage() const {
    return old_enough == 0 ? 0 : static_cast<double>(labelled) / static_cast<double>(old_enough);
  }
};

/// `predicted[i]` is when row i was predicted, `labelled[i]` when its label came (TimePoint::max() = not yet). A label
/// that came before its prediction counts as age 0. A row counts by how long it had (predicted at least `cut` before
/// `now`) and what came in that time; what came later is left out of old rows too, so that cohorts compare. Spans of
/// different length are cut to the shorter.
EqualAge at_equal_age(std::span<const TimePoint> predicted, std::span<const TimePoint> labelled, TimePoint now,
                      Duration cut);

/// A published value and what it is now that more labels are there.
struct Restatement {
  std::optional<Estimate> before;    ///< none where the metric was not defined on the earlier labels
  std::optional<Estimate> after;     ///< none where it is not defined (labels were taken back)
  std::uint64_t rows_added = 0;      ///< rows that have a label now and had none
  std::uint64_t rows_changed = 0;    ///< rows whose label is another one
  std::uint64_t rows_withdrawn = 0;  ///< rows that had a label and have none now
  bool restated() const { return rows_added + rows_changed + rows_withdrawn > 0; }
};

/// The same rows in the same order with the labels of two times; NaN = none. Errors: config (unknown metric), invalid
/// (`earlier` is not as long as scored.truth, outputs that are not finite or too few).
Result<Restatement> restate(std::string_view metric, const Scored& scored, std::span<const double> earlier,
                            Dependence dependence = Dependence::independent);

}  // namespace perennial::stats
