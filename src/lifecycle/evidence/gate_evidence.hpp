#pragma once
// What the gates are shown of a training that has ended.

#include "core/version.hpp"
#include "gates/evidence.hpp"
#include "training/run.hpp"

namespace perennial::lifecycle {

/// Views into `run`, which must outlive the evidence. `champion` may be null: then it is the first version.
gates::GateEvidence gate_evidence(const training::RunResult& run, const ModelVersion* champion);

}  // namespace perennial::lifecycle
