#pragma once
// How differently two versions weigh their columns.

#include <map>
#include <string>

namespace perennial::stats {

/// Column to share of the importance; the shares of one target add up to 1, columns that are not used are left out.
using Importance = std::map<std::string, double>;

/// Total variation distance: half the sum of the differences of the shares, 0 (alike) to 1 (nothing in common). A side
/// without any column (a constant model) has 0 against another such, 1 against all others.
double importance_shift(const Importance& before, const Importance& after);

}  // namespace perennial::stats
