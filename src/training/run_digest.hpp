#pragma once
// What a run is identified and measured by: digests of rows, sizes, and all metrics of a set of answers.

#include <map>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/training_data.hpp"

namespace perennial::training {

/// SHA-256 over columns, kinds, values, texts, times, entities and truths; independent of dictionary codes.
std::string data_digest(const LabelledRows& rows, const Signature& base, const std::vector<float>& weights = {});

/// Every metric that makes sense for the signature's targets, as "target.metric", from outputs and truth of the same
/// rows; rows without truth are left out of their target; a metric that cannot be computed is absent.
std::map<std::string, double> holdout_metrics(const Signature& signature, const Outputs& outputs,
                                              const std::vector<Truth>& truth);

}  // namespace perennial::training
