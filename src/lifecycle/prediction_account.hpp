#pragma once
// One prediction told from the logs: who answered what to which features and when, what the other versions said, its
// label, and what today's champion would say to the same features.

#include <functional>
#include <memory>
#include <string>

#include "core/json.hpp"
#include "registry/registry.hpp"
#include "serving/scorer.hpp"
#include "storage/files.hpp"

namespace perennial::lifecycle {

/// Where a model's feedback logs are: "<data_dir>/feedback/<16 digits>". Names of models never become paths.
std::string feedback_folder(const std::string& data_dir, const std::string& model);

/// Loads a version, or hands out the one that is loaded.
using LoadVersion = std::function<Result<std::shared_ptr<const serving::Scorer>>(const ModelVersion&)>;

/// {"model", "id", "at", "entity": text|null, "version", "arm", "features": {…}, "derived": {…}, "outputs": {target:
/// {class or "value": number}}, "also_scored": [{"version", "arm", "outputs"}], "labels": [{"received_at", "values",
/// "confidence"}], "today": {"version", "outputs": {…}|null, "same": bool, "why_not": text|null}, "looked_at":
/// {"rows", "segments", "whole_log", "oldest"}, "in_words": [lines]}. Numbers are null where they are missing.
/// Errors: not_found (saying how far was looked: feedback/prediction_search.hpp has the bound), corrupt, io.
Result<Json> prediction_account(storage::Files& files, const std::string& folder, const registry::Registry& registry,
                                const std::string& model, const std::string& id, const LoadVersion& load);

}  // namespace perennial::lifecycle
