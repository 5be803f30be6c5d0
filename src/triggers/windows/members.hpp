#pragma once
// What the files of this folder give to catalog.cpp, and what they share.

#include <fmt/format.h>

#include "triggers/window.hpp"

namespace perennial::triggers {

WindowKind sliding_kind();
WindowKind expanding_kind();
WindowKind since_last_retrain_kind();
WindowKind since_change_kind();
WindowKind recency_weighted_kind();

/// Rows from the champion's newest one on, where there are enough; without a champion those of 30 days.
std::shared_ptr<const Window> since_last_retrain_window();

/// `other` where `first` has nothing to offer or too few rows (enough_rows_factor).
std::shared_ptr<const Window> with_fallback(std::shared_ptr<const Window> first, std::shared_ptr<const Window> other);
/// The window under `value`'s key `fallback` put behind `window`; `window` alone where there is no such key.
Result<std::shared_ptr<const Window>> with_fallback_of(const ConfigNode& value, std::shared_ptr<const Window> window);

/// The first row at or after `from`.
std::size_t first_since(const WindowInputs& inputs, TimePoint from);
bool is_enough(const WindowInputs& inputs, std::size_t rows);
/// invalid: "12 rows since …; too few, at least 120".
std::unexpected<Error> too_few(const WindowInputs& inputs, std::size_t rows, const std::string& which);

}  // namespace perennial::triggers
