#pragma once
// What the champion's training rows look like, prepared once: what is usual, and how far a short stretch of them strays
// from the whole. The second is what keeps seasons and slow waves from being taken for faults.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "drift/quality/settings.hpp"
#include "drift/quality/window.hpp"
#include "stats/ks_bound.hpp"
#include "stats/sorted_sample.hpp"

namespace perennial::drift::quality {

/// Blocks are consecutive stretches of Settings::min_rows reference rows; "usual" is the worst of them.
struct ColumnProfile {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  std::uint64_t rows = 0;
  std::uint64_t missing = 0;
  double usual_missing = 0;  ///< share to expect of a block: the overall one, or the worst block's where chance cannot
                             ///< explain it

  std::uint64_t distinct = 0;
  double top_share = 0;              ///< of the most frequent value among those not missing
  std::uint64_t longest_run = 0;     ///< equal values one after the other, in rows of the training set
  std::uint64_t usual_distinct = 0;  ///< most different values in one block

  // numeric
  stats::SortedSample sample;  ///< finite values
  stats::KsBound bound;        ///< of a window's distance from them
  double low = 0, high = 0;    ///< of the finite values
  double median = 0;
  double spread = 0;  ///< half the distance of the quartiles
  /// Kolmogorov-Smirnov distance of the worst block from the whole, and of the worst two neighbouring blocks from each
  /// other, each less what chance alone gives such blocks: 0 for rows in no order, near 1 for slow waves.
  double habit_distance = 0;
  double habit_step = 0;
  double grid = 0;           ///< the coarsest power of ten that all values are multiples of; 0 where there is none
  double on_coarser = 0;     ///< share of the values that are multiples of ten times it
  double usual_outside = 0;  ///< largest share of a block beyond the range of all the other blocks

  // categorical
  std::unordered_map<std::string, std::uint64_t> counts;
  std::vector<double> ranked_shares;  ///< of the values, largest first
  double usual_unseen = 0;            ///< largest share of a block with values that no other block has
};

/// Immutable; copies share the columns. Owns all it needs.
class Profile {
 public:
  Profile() = default;  ///< nothing known: every look is invalid

  /// `reference` in time order. `stride`: every how many-th row of the training set was kept (1 = all).
  static Profile prepare(const Window& reference, const Settings& settings, std::uint64_t stride = 1);

  std::uint64_t rows() const;
  const std::vector<ColumnProfile>& columns() const;
  const ColumnProfile* find(std::string_view name) const;
  double usual_repeats() const;  ///< share of rows that repeat an earlier one
  std::uint64_t block() const;   ///< rows of a block

 private:
  struct Prepared;
  std::shared_ptr<const Prepared> prepared_;
};

/// What chance alone leaves between two samples of one distribution, with a probability of 0.001 at most: the limit of
/// Kolmogorov and Smirnov.
double chance_distance(double n, double m);
/// Whether a value is a multiple of a power of ten, but for the last bits.
bool on_grid(double value, double step);

/// A number per row that is the same for rows whose columns are all equal (texts by value, missing equals missing).
/// Collisions are possible and rare (64 bits).
std::vector<std::uint64_t> row_hashes(const Window& window);
/// Per row: how many rows earlier the newest one with the same hash is; 0 where there is none.
std::vector<std::size_t> rows_since_equal(std::span<const std::uint64_t> hashes);
/// Share of rows that equal an earlier one.
double share_of_repeats(std::span<const std::uint64_t> hashes);

}  // namespace perennial::drift::quality
