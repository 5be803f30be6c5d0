#include "training/config.hpp"

#include <cmath>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "learners/catalog.hpp"

namespace perennial::training {
namespace {

constexpr std::int64_t threads_most = 64;
constexpr double holdout_least = 0.01;
constexpr double holdout_most = 0.9;

Status read_split(const ConfigNode& node, SplitKind& kind) {
  ASSIGN_OR_RETURN(const auto name, node.text());
  static const std::vector<std::string> known = {"automatic", "time", "entity"};
  for (const auto candidate : {SplitKind::automatic, SplitKind::time, SplitKind::entity})
    if (to_string(candidate) == name) {
      kind = candidate;
      return {};
    }
  return unknown_name("split", name, known, node.place());
}

}  // namespace

std::string_view to_string(SplitKind kind) {
  switch (kind) {
    case SplitKind::automatic: return "automatic";
    case SplitKind::time: return "time";
    case SplitKind::entity: return "entity";
  }
  return "time";
}

Result<TrainConfig> parse_train_config(const ConfigNode& node) {
  TrainConfig config;
  Json params = Json::object();
  std::string where = node.place();
  if (node.defined()) {
    TRY(node.check_keys({"algorithm", "params", "limit", "min_rows", "seed", "holdout", "split", "threads", "memory"},
                        {"search"}));
    if (const auto n = node["algorithm"]; n.defined()) {
      ASSIGN_OR_RETURN(config.algorithm, n.text());
      TRY(learners::catalog().find(config.algorithm, n.place()));
    }
    if (const auto n = node["params"]; n.defined()) {
      if (!n.is_map()) return n.error("params must be a map of names to values");
      params = n.json();
      where = n.place();
    }
    if (const auto n = node["limit"]; n.defined()) {
      ASSIGN_OR_RETURN(config.limit, n.duration());
      if (config.limit.count() <= 0) return n.error("the time limit must be above 0");
    }
    if (const auto n = node["min_rows"]; n.defined()) {
      ASSIGN_OR_RETURN(const auto rows, n.integer(3, std::int64_t{1} << 40));
      config.min_rows = static_cast<std::uint64_t>(rows);
    }
    if (const auto n = node["seed"]; n.defined()) {
      ASSIGN_OR_RETURN(const auto seed, n.integer(0, std::int64_t{1} << 53));
      config.seed = static_cast<std::uint64_t>(seed);
    }
    if (const auto n = node["holdout"]; n.defined()) {
      ASSIGN_OR_RETURN(config.holdout, n.share());
      if (config.holdout < holdout_least || config.holdout > holdout_most)
        return n.error("the holdout must be between 1% and 90% of the rows");
    }
    if (const auto n = node["split"]; n.defined()) TRY(read_split(n, config.split));
    if (const auto n = node["threads"]; n.defined()) {
      ASSIGN_OR_RETURN(const auto threads, n.integer(1, threads_most));
      config.threads = static_cast<int>(threads);
    }
    if (const auto n = node["memory"]; n.defined()) {
      ASSIGN_OR_RETURN(config.memory_bytes, n.size_bytes());
    }
  }
  ASSIGN_OR_RETURN(config.params, learners::check_parameters(config.algorithm, params, where));
  return config;
}

Json shape(const TrainConfig& config) {
  return {{"algorithm", config.algorithm},
          {"params", config.params},
          {"seed", config.seed},
          {"holdout", config.holdout},
          {"split", std::string(to_string(config.split))}};
}

std::string config_hash(const TrainConfig& config, const Signature& base, const Json& feature_plan) {
  const Json signature = to_json(base);
  return sha256_hex(to_text({{"train", shape(config)},
                             {"request", signature.at("request")},
                             {"targets", signature.at("targets")},
                             {"features", feature_plan}}));
}

}  // namespace perennial::training
