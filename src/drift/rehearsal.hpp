#pragma once
// How often a monitor would have cried on its own reference, where nothing had changed yet.

#include <cstdint>
#include <span>

#include "core/table.hpp"
#include "core/time.hpp"
#include "drift/seasonal_reference.hpp"
#include "drift/settings.hpp"

namespace perennial::drift {

struct Rehearsal {
  std::uint64_t looks = 0;
  std::uint64_t alarms = 0;  ///< changes to firing, after settings.hold looks each
};

inline constexpr std::uint64_t looks_rehearsed = 2000;

/// Looks at consecutive windows of settings.window.rows of these rows (oldest first, `times` of each or none): at all
/// of them, or at the first looks_rehearsed. They are rows that the reference was drawn from, so the count errs a
/// little towards quiet.
Rehearsal rehearse(SeasonalReference& reference, std::span<const ColumnView> columns, std::span<const TimePoint> times,
                   const DriftSettings& settings);

}  // namespace perennial::drift
