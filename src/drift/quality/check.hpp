#pragma once
// One data-quality check: a champion's training rows against the newest rows.

#include <functional>
#include <span>
#include <vector>

#include "core/catalog.hpp"
#include "drift/quality/finding.hpp"
#include "drift/quality/profile.hpp"
#include "drift/quality/window.hpp"

namespace perennial::drift::quality {

/// What a check is given. `newest` are the last rows of `window`; a fault is looked for in them, and its beginning in
/// the whole of `window`.
struct Look {
  const Profile& profile;
  const Window& window;
  const Window& newest;
  double level = 0;    ///< of the check: threshold on what it measures
  bool held = false;   ///< the check looks again at what it has found before
  double p_level = 0;  ///< a finding that chance explains with more than this probability is none
  std::span<const std::size_t> since_equal{};  ///< rows_since_equal() of the window; empty = not asked for
};

/// A member of the family. `run` is pure and copes with no rows, all missing, infinities and columns of another kind.
struct Check {
  CatalogEntry entry;
  double level = 0;        ///< default of Look::level; 0 where the check has none
  bool needs_rows = true;  ///< false: also looked at where there are fewer than min_rows rows
  std::vector<Finding> (*run)(const Look& look) = nullptr;
};

/// schema, nulls, unseen, cardinality, range, unit, stuck, duplicates, late, freshness.
const Catalog<Check>& checks();

/// A finding on `column` that began at `row` of the window.
Finding finding_at(const Look& look, std::string check, std::string_view column, std::size_t row);

/// Calls with every column that both sides have and of the same kind: its profile, the newest rows, the whole window.
void for_each_column(const Look& look, ColumnKind kind,
                     const std::function<void(const ColumnProfile&, const ColumnView&, const ColumnView&)>& visit);

}  // namespace perennial::drift::quality
