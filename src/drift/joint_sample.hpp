#pragma once
// A bounded sample of whole reference rows, for tests that look at all columns together.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/table.hpp"
#include "stats/categories.hpp"

namespace perennial::drift {

struct ColumnReference;

inline constexpr std::size_t joint_rows = 512;  ///< of each side

/// All pairs of sampled rows, reference rows first.
struct Pairs {
  std::vector<float> squared_distances;  ///< symmetric, (reference_rows + current_rows)^2
  std::size_t reference_rows = 0;
  std::size_t current_rows = 0;
};

/// Immutable; owns its rows, and shares the column references that it was made of.
class JointSample {
 public:
  JointSample() = default;
  /// `prepared[c]` is made of `columns[c]`. Rows are drawn without replacement.
  JointSample(std::span<const ColumnView> columns, std::span<const std::shared_ptr<const ColumnReference>> prepared,
              std::uint64_t seed);

  /// Draws up to joint_rows of the current rows as well. The squared distance of two rows is a sum over the columns
  /// that both sides have with the same kind: of numbers, the square of their difference in standard deviations of the
  /// reference (each at most 10 from its mean, infinities too); of categories, 1 where they differ (all never-seen
  /// values are one); where one of two is missing, 1.
  Pairs pairs_with(std::span<const ColumnView> current, std::uint64_t seed) const;

 private:
  struct Axis {
    std::string name;
    ColumnKind kind = ColumnKind::numeric;
    double mean = 0;
    double deviation = 0;
    std::shared_ptr<const stats::CategoryReference> categories;
    std::vector<float> rows;  ///< NaN = missing; categories as numbers
  };
  static std::vector<float> places(const Axis& axis, const ColumnView& column, std::span<const std::size_t> rows);

  std::vector<Axis> axes_;
  std::size_t rows_ = 0;
};

}  // namespace perennial::drift
