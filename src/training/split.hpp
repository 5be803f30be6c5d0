#pragma once
// Which rows are learned from, which stop the training early, and which judge it. Pure; rows are never shuffled in
// time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/training_data.hpp"
#include "training/config.hpp"

namespace perennial::training {

/// Share of the rows that are not held out which stop the training early (so 70 / 10 / 20 with the default holdout).
inline constexpr double validation_share = 0.125;
/// A holdout later than the champion's training rows is used only where it keeps this many rows.
inline constexpr std::size_t least_holdout_rows = 10;
/// An automatic split goes by entity from this many entities on; with fewer, whole entities are too coarse a share.
inline constexpr std::ptrdiff_t least_split_entities = 10;

struct SplitOptions {
  SplitKind kind = SplitKind::time;
  double holdout = 0.2;
  double validation = validation_share;
  std::uint64_t seed = 42;                     ///< of the entity hash; keep it the same for all versions of a model
  std::optional<TimePoint> champion_train_to;  ///< where given, a time holdout starts after it if enough rows remain
  /// Where given: a time split, whatever `kind` says, that holds out exactly so many rows.
  std::optional<std::size_t> holdout_rows = std::nullopt;
};

/// Row indexes in rising order; the three never overlap and together are all rows.
struct Split {
  SplitKind kind = SplitKind::time;  ///< time or entity, never automatic
  std::vector<std::size_t> train;
  std::vector<std::size_t> validation;
  std::vector<std::size_t> holdout;
  /// Oldest and newest time of each part; zero where the part is empty.
  TimePoint train_from{}, train_to{}, validation_from{}, validation_to{}, holdout_from{}, holdout_to{};
  /// Nothing in the holdout was learned from by the champion: all rows are later than champion_train_to (time), or the
  /// held-out entities are the champion's too (entity). True where there is no champion.
  bool holdout_unseen_by_champion = true;

  TimePoint learned_to() const { return train_to > validation_to ? train_to : validation_to; }
};

/// time: the newest `holdout` of the rows (at least one), then the newest `validation` of the rest; rows of one instant
/// are never on both sides of a boundary, so a part may be smaller than its share. Rows without times are taken in
/// their order. entity: an entity is held out where its seeded hash is below `holdout`, validates where it is below the
/// next share; at least one entity each. automatic: entity where the rows have least_split_entities or more,
/// else time.
/// Errors: invalid (fewer than 3 rows; all rows of one instant; fewer than three entities for an entity split; not
/// ordered by time).
Result<Split> split_rows(const LabelledRows& rows, const SplitOptions& options);

/// {"kind", "train": {"rows", "from", "to"}, "validation": …, "holdout": …, "holdout_unseen_by_champion"}
Json to_json(const Split& split);

}  // namespace perennial::training
