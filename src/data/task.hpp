#pragma once
// What kind of target a column is, where the config does not say.

#include "core/signature.hpp"
#include "data/schema.hpp"

namespace perennial::data {

inline constexpr std::size_t multiclass_text_values = 50;   ///< more distinct texts are no class list
inline constexpr std::size_t multiclass_whole_values = 10;  ///< more distinct whole numbers are a quantity
inline constexpr std::uint64_t multiclass_least_rows = 20;  ///< of every class of a whole-number target

/// Text with 2 values, or numbers with exactly 2 values → binary; text with at most 50 → multiclass; whole numbers with
/// at most 10 values of at least 20 rows each → multiclass; other numbers → regression. Classes are sorted (numbers by
/// value). Errors: invalid (constant, all missing, too many distinct texts).
Result<Target> infer_task(const ColumnSchema& column);

/// The target with its task given by the config: classes are filled for classification. Errors: invalid (regression on
/// text; binary without exactly 2 values; constant; more than limits::classes values).
Result<Target> make_target(const ColumnSchema& column, Task task);

/// Words such as NA and ? among the texts of a target: rows that have them are unlabelled, where two classes are left
/// beside them. Empty for other columns.
std::vector<std::string> words_for_missing(const ColumnSchema& column);

/// Share of rows of the rarest class; 0 for regression. Where it is under 20 % accuracy is a poor metric.
double minority_share(const ColumnSchema& column, const Target& target);

}  // namespace perennial::data
