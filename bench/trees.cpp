#include "trees.hpp"

#include <fmt/format.h>

#include "core/rng.hpp"
#include "inference/graph.hpp"
#include "inference/session.hpp"

namespace perennial::bench {
namespace {

void grow(inference::Tree& tree, int depth, Rng& rng) {
  const std::size_t index = tree.nodes.size();
  tree.nodes.emplace_back();
  if (depth == 0) {
    tree.nodes[index].value = static_cast<float>(0.1 * rng.normal());
    return;
  }
  tree.nodes[index].column = static_cast<std::uint32_t>(rng.below(tree_columns));
  tree.nodes[index].threshold = static_cast<float>(rng.normal());
  tree.nodes[index].left = static_cast<std::int32_t>(tree.nodes.size());
  grow(tree, depth - 1, rng);
  tree.nodes[index].right = static_cast<std::int32_t>(tree.nodes.size());
  grow(tree, depth - 1, rng);
}

}  // namespace

Result<std::shared_ptr<const serving::RoutingTable>> tree_table() {
  Rng rng(7);
  inference::GraphParts parts;
  for (std::size_t c = 0; c < tree_columns; ++c)
    parts.signature.inputs.push_back({fmt::format("x{}", c), ColumnKind::numeric});
  parts.signature.request = parts.signature.inputs;
  parts.signature.targets = {{"y", Task::regression, {}}};
  inference::TreeEnsemble ensemble;
  ensemble.base_margins = {0.5F};
  ensemble.columns = tree_columns;
  for (std::size_t t = 0; t < tree_count; ++t) grow(ensemble.trees.emplace_back(), tree_depth, rng);
  parts.ensembles.push_back(std::move(ensemble));
  ASSIGN_OR_RETURN(const std::string graph, inference::build_graph(parts));
  ASSIGN_OR_RETURN(auto session, inference::Session::load(graph));

  serving::ModelRoute route;
  route.model = tree_model;
  route.signature = std::make_shared<const Signature>(session->signature());
  route.champion = {"1.0.0", session->digest(), std::make_shared<serving::SessionScorer>(session)};
  route.runtime = std::make_shared<serving::ModelRuntime>();
  auto table = std::make_shared<serving::RoutingTable>();
  table->models.push_back(std::move(route));
  return table;
}

serving::PredictBatch tree_rows(std::size_t first, std::size_t count, const std::string& prefix) {
  Rng rng(first + 1);
  serving::PredictBatch batch;
  batch.rows.rows = count;
  for (std::size_t c = 0; c < tree_columns; ++c) {
    Column column{fmt::format("x{}", c), ColumnKind::numeric, {}, {}, nullptr};
    for (std::size_t i = 0; i < count; ++i) column.numbers.push_back(rng.normal());
    batch.rows.columns.push_back(std::move(column));
  }
  for (std::size_t i = 0; i < count; ++i) {
    batch.rows.times.push_back(TimePoint{std::chrono::seconds(static_cast<std::int64_t>(first + i))});
    batch.ids.push_back(fmt::format("{}{}", prefix, first + i));
  }
  return batch;
}

}  // namespace perennial::bench
