#pragma once
// Reference window against current window, column by column.

#include <span>

#include "core/reports.hpp"
#include "drift/reference.hpp"
#include "drift/settings.hpp"

namespace perennial::drift {

/// Columns are matched by name. A column drifts where all the tests that apply to its kind say so: a test with a
/// p-value by the p-value corrected over all columns of the report (ColumnDrift::p_value is the corrected one) being
/// under its level, psi by its value being over max(threshold, noise bound at alpha / columns). So one report of many
/// columns over stable data raises a false alarm with probability alpha at most, and a shift must be both real and
/// material. Columns without an applying test are not in the report.
/// A column that only one side has, or whose kind changed, is one entry of the test "schema" that drifts.
/// Verdict invalid (with no entries) where either side has fewer than min_rows rows or there is no column to test.
/// 30 columns of 1000 rows against 5000 take about 1 ms.
DriftReport detect(const Reference& reference, std::span<const ColumnView> current, const DriftSettings& settings);

}  // namespace perennial::drift
