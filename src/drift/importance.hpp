#pragma once
// Does a version rely on other columns than it did on its training rows?
//
// Reliance on a column: by how much the answers change where two rows exchange their values of it. This is the
// estimator e_divide of Fisher, Rudin and Dominici ("All models are wrong, but many are useful", JMLR 20, 2019,
// section 3), of the answers in place of the loss: it needs no labels. It sees what the version makes of the rows that
// come, not whether it is right. Who has the model asks it; here its answers are judged.

#include <cstdint>
#include <string>
#include <vector>

#include "core/importance_report.hpp"
#include "core/signature.hpp"

namespace perennial::drift {

inline constexpr std::size_t importance_rows = 500;       ///< of each side, at most
inline constexpr std::size_t importance_rows_least = 40;  ///< of each side, and of a stretch
inline constexpr std::size_t importance_columns = 100;    ///< that are exchanged, one after the other
inline constexpr std::size_t importance_stretches = 5;    ///< of the reference
inline constexpr std::size_t importance_orders = 199;     ///< random orders of the rows that say what chance gives

/// Which rows of a table are asked about, and which exchange their values: those at 2 i and 2 i + 1 of `rows` do.
struct RowPairs {
  std::vector<std::size_t> rows;     ///< each at most once; twice as many as there are pairs
  std::vector<std::size_t> stretch;  ///< by pair: the stretch of the table that both its rows are from
};

/// At most importance_rows of the `rows` rows of a table in the order of time, from `stretches` stretches of `length`
/// rows, evenly over the table (a single one: the newest rows). Rows exchange values within a stretch, and within
/// `length` rows of it, only: what varies more slowly than a window lasts would else count in the reference and never
/// in a window. Stretches are fewer and longer than `length` where there are not importance_rows_least rows for each,
/// and shorter where they would overlap. Pure.
RowPairs pair_rows(std::size_t rows, std::size_t stretches, std::size_t length, std::uint64_t seed);

/// How much each pair's answers change with each column. A change is |difference| of a regression, half the sum of the
/// |differences| of the classes' probabilities otherwise. Pairs with an answer that is not finite are left out.
class Reliance {
 public:
  Reliance() = default;
  Reliance(std::vector<Target> targets, std::vector<std::string> columns, const RowPairs& pairs);

  /// The answers to the rows of the pairs, in their order: as the rows are, and with the values of one column
  /// exchanged. Once per column, in any order.
  void add(std::size_t column, const Outputs& as_they_are, const Outputs& exchanged);

  const std::vector<Target>& targets() const { return targets_; }
  const std::vector<std::string>& columns() const { return columns_; }
  struct Pair {
    std::size_t stretch = 0;
    std::vector<double> changes;  ///< targets × columns, >= 0
  };
  /// Those with finite answers.
  std::vector<const Pair*> good() const;

 private:
  std::vector<Target> targets_;
  std::vector<std::string> columns_;
  std::vector<Pair> pairs_;
  std::vector<bool> broken_;
};

/// The largest shift of all targets, and whether it is one: at least `threshold`, and more than chance gives. Chance is
/// the larger of two: what the pairs of both sides give when they are dealt to the sides at random (of
/// importance_orders deals the second largest shift, so that rows that are independent and alike exceed it in one look
/// of a hundred at most), and what the stretches of the reference differ from its other stretches, which is how far
/// seasons and regimes that the version knows move it. Both reports are of the same version. Invalid below
/// importance_rows_least rows on a side. Pure; what is random follows from `seed`.
ImportanceReport judge_importance(const Reliance& reference, const Reliance& current, double threshold,
                                  std::uint64_t seed);

}  // namespace perennial::drift
