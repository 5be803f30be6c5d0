#pragma once
// Random but valid ensembles and rows, for tests of the export.

#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "features/batch.hpp"
#include "inference/graph.hpp"
#include "inference/tree_ensemble.hpp"

namespace perennial::inference::testing {

inline void grow(Tree& tree, std::uint32_t columns, std::uint32_t text_columns, int depth, Rng& rng) {
  const auto index = tree.nodes.size();
  tree.nodes.emplace_back();
  if (depth == 0 || rng.uniform() < 0.1) {
    tree.nodes[index].value = static_cast<float>(rng.normal());
    return;
  }
  const auto column = static_cast<std::uint32_t>(rng.below(columns));
  tree.nodes[index].column = column;
  tree.nodes[index].threshold =
      column < columns - text_columns ? static_cast<float>(rng.normal()) : static_cast<float>(rng.below(4)) + 0.5F;
  tree.nodes[index].missing_left = rng.uniform() < 0.5;
  tree.nodes[index].left = static_cast<std::int32_t>(tree.nodes.size());
  grow(tree, columns, text_columns, depth - 1, rng);
  tree.nodes[index].right = static_cast<std::int32_t>(tree.nodes.size());
  grow(tree, columns, text_columns, depth - 1, rng);
}

/// The last `text_columns` columns hold category numbers.
inline TreeEnsemble random_ensemble(Link link, std::size_t margins, std::uint32_t columns, std::uint32_t text_columns,
                                    std::size_t trees, Rng& rng) {
  TreeEnsemble ensemble;
  ensemble.link = link;
  ensemble.columns = columns;
  for (std::size_t i = 0; i < margins; ++i) ensemble.base_margins.push_back(static_cast<float>(rng.normal()));
  for (std::size_t t = 0; t < trees; ++t) {
    ensemble.trees.emplace_back();
    ensemble.trees.back().margin = static_cast<std::uint32_t>(t % margins);
    grow(ensemble.trees.back(), columns, text_columns, 5, rng);
  }
  return ensemble;
}

inline std::vector<float> random_rows(std::size_t rows, std::size_t columns, std::size_t text_columns, Rng& rng) {
  std::vector<float> values;
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t c = 0; c < columns; ++c)
      values.push_back(rng.uniform() < 0.1          ? std::numeric_limits<float>::quiet_NaN()
                       : c < columns - text_columns ? static_cast<float>(rng.normal())
                                                    : static_cast<float>(rng.below(5)));
  return values;
}

inline features::InputBatch numeric_batch(std::vector<float> numbers, std::size_t columns) {
  features::InputBatch batch;
  batch.rows = numbers.size() / columns;
  batch.numeric_count = columns;
  batch.numbers = std::move(numbers);
  return batch;
}

/// x0, x1, … and, at the end, text columns t0, t1, … with the categories a..e.
inline GraphParts random_parts(const std::vector<Target>& targets, std::size_t numeric, std::size_t text,
                               std::uint64_t seed) {
  Rng rng(seed);
  GraphParts parts;
  for (std::size_t c = 0; c < numeric; ++c)
    parts.signature.inputs.push_back({"x" + std::to_string(c), ColumnKind::numeric});
  for (std::size_t c = 0; c < text; ++c) {
    parts.signature.inputs.push_back({"t" + std::to_string(c), ColumnKind::categorical});
    parts.encodings.columns.push_back({"t" + std::to_string(c), {"a", "b", "c", "d", "e"}});
  }
  parts.signature.request = parts.signature.inputs;
  parts.signature.targets = targets;
  for (const auto& target : targets)
    parts.ensembles.push_back(
        random_ensemble(link_of(target.task), target.task == Task::multiclass ? target.width() : 1,
                        static_cast<std::uint32_t>(numeric + text), static_cast<std::uint32_t>(text), 60, rng));
  return parts;
}

inline Outputs reference(const GraphParts& parts, const std::vector<float>& matrix) {
  const std::size_t columns = parts.signature.inputs.size();
  Outputs outputs{matrix.size() / columns, parts.signature.output_width(), {}};
  for (std::size_t row = 0; row < outputs.rows; ++row)
    for (const auto& ensemble : parts.ensembles)
      for (const double value : answer(ensemble, matrix.data() + row * columns))
        outputs.values.push_back(static_cast<float>(value));
  return outputs;
}

}  // namespace perennial::inference::testing
