#pragma once
// How much a version's answers hang on each of its columns, asked of the version itself.

#include <map>
#include <string>
#include <vector>

#include "drift/alarm.hpp"
#include "drift/importance.hpp"
#include "inference/scorer.hpp"
#include "stats/importance.hpp"

namespace perennial::lifecycle {

/// The columns that are worth exchanging, in the order of the inputs: those that the training of a version has split
/// on (`gain`, by target; the others change nothing), at most drift::importance_columns, the largest shares. Where
/// that is not known (no target) all inputs. Error: invalid, where these are too many.
Result<std::vector<std::string>> columns_to_exchange(const std::vector<InputColumn>& inputs,
                                                     const std::map<std::string, stats::Importance>& gain);

/// Asks for the rows of the pairs, as they are and once per column. Errors: those of the scorer; invalid where a column
/// is missing.
Result<drift::Reliance> measure_reliance(const inference::Scorer& scorer, const Table& rows,
                                         const drift::RowPairs& pairs, const std::vector<std::string>& columns);

/// What the loop keeps of it.
struct ImportanceWatch {
  std::string of;             ///< the version that `reference` is of
  drift::Reliance reference;  ///< on its reference rows; empty before it was asked for
  ImportanceReport newest;
  drift::Alarm alarm;
};

}  // namespace perennial::lifecycle
