#pragma once
// The `train:` node of a model's config.

#include <cstdint>
#include <string>
#include <vector>

#include "core/config_node.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "core/time.hpp"

namespace perennial::training {

enum class SplitKind {
  automatic,  ///< entity where the rows have enough entities, else time
  time,       ///< the newest rows are held out
  entity,     ///< the rows of some entities are held out, the same ones for every version
};
std::string_view to_string(SplitKind kind);

/// Defaults: capabilities.md rows 56 (0.2, 42), 66 (XGBoost) and 72 (4 h).
struct TrainConfig {
  std::string algorithm = "xgboost";
  Json params = Json::object();  ///< complete, as learners::check_parameters() gives them
  Duration limit = std::chrono::hours(4);
  std::uint64_t min_rows = 30;  ///< labelled rows below this are not trained on
  std::uint64_t seed = 42;
  double holdout = 0.2;  ///< share of the rows (time) or entities (entity)
  SplitKind split = SplitKind::automatic;
  int threads = 2;  ///< at most, of the trainer; not in the hash: the result does not depend on it
  std::uint64_t memory_bytes = 4ull << 30;  ///< limits::trainer_memory_bytes
};

/// Keys: algorithm, params, limit, min_rows, seed, holdout, split, threads,
/// memory. `search` is not built yet and says so. An
/// undefined node gives the defaults. Error: config.
Result<TrainConfig> parse_train_config(const ConfigNode& node);

/// Canonical JSON of everything that shapes the model: algorithm, params, seed, holdout, split.
Json shape(const TrainConfig& config);

/// SHA-256 (64 digits; 8 are shown) of shape(config), the request columns, the targets and the feature plan: two runs
/// with the same hash differ in their data only.
std::string config_hash(const TrainConfig& config, const Signature& base, const Json& feature_plan);

}  // namespace perennial::training
