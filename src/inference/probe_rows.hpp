#pragma once
// Rows that are likely to tell a wrong export from a right one; deterministic for a seed.

#include <cstdint>
#include <vector>

#include "core/signature.hpp"
#include "features/batch.hpp"
#include "features/encoding.hpp"
#include "inference/parity.hpp"
#include "inference/tree_ensemble.hpp"

namespace perennial::inference {

/// The same rows twice: as the native model takes them and as the session does.
struct ProbeRows {
  std::vector<float> matrix;  ///< row-major, one column per input, texts encoded, NaN where unknown
  features::InputBatch batch;
  std::vector<ParityKind> kinds;
};

struct ProbeBounds {
  std::size_t real = 2000;  ///< rows of the data, evenly spread over it
  std::size_t missing = 300;
  std::size_t extreme = 300;
  std::size_t unseen = 100;  ///< only where there are categorical inputs
  std::size_t split = 3000;  ///< three per threshold, thresholds evenly spread over the ensembles
};

/// `real` holds encoded rows (row-major, one column per input); encoded values of categorical columns that no text
/// has become missing. Needs at least one row.
ProbeRows probe_rows(const Signature& signature, const features::Encodings& encodings,
                     const std::vector<TreeEnsemble>& ensembles, const std::vector<float>& real, std::uint64_t seed,
                     const ProbeBounds& bounds = {});

}  // namespace perennial::inference
