#pragma once
// One function per check; the family's list is in catalog.cpp.

#include "drift/quality/check.hpp"

namespace perennial::drift::quality {

Check schema_check();
Check nulls_check();
Check unseen_check();
Check cardinality_check();
Check range_check();
Check unit_check();
Check stuck_check();
Check duplicates_check();
Check late_check();
Check freshness_check();

}  // namespace perennial::drift::quality
