#pragma once
// Dictionaries of tables that live as long as the process: rows come and go, and words would only come.

#include "core/table.hpp"

namespace perennial {

/// Gives every categorical column whose dictionary holds more than half of limits::categories a dictionary of its own
/// with the words of its rows alone, so that values which are new today still find a place. Other tables keep theirs.
void forget_unused_words(Table& table);

}  // namespace perennial
