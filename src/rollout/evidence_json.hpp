#pragma once
// All of a phase's evidence as the journal keeps it, so that a verdict can be computed again from it. Unlike explain()
// of judge.hpp, which shows people what was found, nothing is left out and nothing is rounded: a finite number comes
// back with the same bits; NaN and the infinities, which JSON has no numbers for, are the texts "nan", "inf", "-inf".

#include "core/json.hpp"
#include "core/result.hpp"
#include "rollout/evidence.hpp"

namespace perennial::rollout {

Json to_json(const Evidence& evidence);

/// A field that is not there keeps its default: a journal may be older than the field. Fields that are not known are
/// left alone. Error: corrupt, naming the field whose value is not of its kind.
Result<Evidence> evidence_from_json(const Json& value);

}  // namespace perennial::rollout
