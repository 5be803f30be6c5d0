#include "lifecycle/evidence/residual_trees.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace perennial::lifecycle {
namespace {

constexpr int rounds = 15;
constexpr double learning_rate = 0.2;
constexpr double l2 = 5;
constexpr double least_rows = 10;
constexpr double least_hessian = 3;  // of a leaf, logistic: a quarter per undecided row
constexpr std::size_t most_bins = 32;
constexpr std::uint8_t missing = 255;

struct Binned {
  std::vector<std::vector<float>> cuts;         // per column, ascending; bin b holds values in [cuts[b-1], cuts[b])
  std::vector<std::vector<std::uint8_t>> bins;  // per column and row
};

std::vector<float> cuts_of(const std::vector<float>& column) {
  std::vector<float> values;
  for (const float value : column)
    if (!std::isnan(value)) values.push_back(value);
  std::ranges::sort(values);
  std::vector<float> cuts;
  for (std::size_t b = 1; b < most_bins && !values.empty(); ++b) {
    const float cut = values[b * values.size() / most_bins];
    if (cut > values.front() && (cuts.empty() || cut > cuts.back())) cuts.push_back(cut);
  }
  return cuts;
}

Binned bin(const std::vector<std::vector<float>>& columns) {
  Binned binned;
  for (const auto& column : columns) {
    const auto& cuts = binned.cuts.emplace_back(cuts_of(column));
    auto& bins = binned.bins.emplace_back(column.size());
    for (std::size_t row = 0; row < column.size(); ++row)
      bins[row] = std::isnan(column[row])
                      ? missing
                      : static_cast<std::uint8_t>(std::ranges::upper_bound(cuts, column[row]) - cuts.begin());
  }
  return binned;
}

struct Sums {
  double gradient = 0;
  double hessian = 0;
  double rows = 0;
  Sums& operator+=(const Sums& other) {
    gradient += other.gradient;
    hessian += other.hessian;
    rows += other.rows;
    return *this;
  }
  friend Sums operator-(Sums a, const Sums& b) {
    return {a.gradient - b.gradient, a.hessian - b.hessian, a.rows - b.rows};
  }
  double score() const { return gradient * gradient / (hessian + l2); }
  bool enough(bool logistic) const { return rows >= least_rows && (!logistic || hessian >= least_hessian); }
};

struct Split {
  double gain = 1e-9;
  std::int32_t column = -1;
  std::size_t bin = 0;  // bins up to it go left
  bool missing_left = true;
};

using Histogram = std::array<Sums, most_bins + 1>;  // the last one: missing

Split best_of(const Histogram& histogram, std::size_t cuts, std::int32_t column, bool logistic, Split best) {
  Sums total;
  for (const auto& sums : histogram) total += sums;
  const Sums& absent = histogram[most_bins];
  Sums left;
  for (std::size_t b = 0; b < cuts; ++b) {
    left += histogram[b];
    for (const bool to_left : {true, false}) {
      if (!to_left && absent.rows == 0) continue;
      Sums here = left;
      if (to_left) here += absent;
      const Sums there = total - here;
      if (!here.enough(logistic) || !there.enough(logistic)) continue;
      const double gain = here.score() + there.score() - total.score();
      if (gain > best.gain) best = {gain, column, b, to_left};
    }
  }
  return best;
}

}  // namespace

ResidualTrees ResidualTrees::fit(const std::vector<std::vector<float>>& columns, std::span<const double> base,
                                 std::span<const double> truth, Loss loss) {
  ResidualTrees model;
  const std::size_t rows = base.size();
  if (rows == 0 || columns.empty()) return model;
  const bool logistic = loss == Loss::logistic;
  const Binned binned = bin(columns);
  std::vector<double> answer(base.begin(), base.end());
  std::vector<Sums> of_row(rows);
  std::vector<std::uint8_t> node(rows);
  std::vector<Histogram> histograms;
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t row = 0; row < rows; ++row) {
      const double p = logistic ? 1 / (1 + std::exp(-answer[row])) : answer[row];
      of_row[row] = {p - truth[row], logistic ? p * (1 - p) : 1, 1};
    }
    Tree tree{};
    std::ranges::fill(tree.column, -1);
    std::ranges::fill(tree.missing_left, true);
    std::ranges::fill(node, 0);  // within its level
    for (int level = 0; level < depth; ++level) {
      const std::size_t nodes = std::size_t{1} << level;
      std::vector<Split> best(nodes);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        if (binned.cuts[c].empty()) continue;
        histograms.assign(nodes, {});
        for (std::size_t row = 0; row < rows; ++row) {
          const std::uint8_t b = binned.bins[c][row];
          histograms[node[row]][b == missing ? most_bins : b] += of_row[row];
        }
        for (std::size_t n = 0; n < nodes; ++n)
          best[n] = best_of(histograms[n], binned.cuts[c].size(), static_cast<std::int32_t>(c), logistic, best[n]);
      }
      for (std::size_t n = 0; n < nodes; ++n) {
        if (best[n].column < 0) continue;
        const std::size_t at = nodes - 1 + n;
        tree.column[at] = best[n].column;
        tree.threshold[at] = binned.cuts[static_cast<std::size_t>(best[n].column)][best[n].bin];
        tree.missing_left[at] = best[n].missing_left;
      }
      for (std::size_t row = 0; row < rows; ++row) {
        const Split& split = best[node[row]];
        bool left = true;
        if (split.column >= 0) {
          const std::uint8_t b = binned.bins[static_cast<std::size_t>(split.column)][row];
          left = b == missing ? split.missing_left : b <= split.bin;
        }
        node[row] = static_cast<std::uint8_t>(2 * node[row] + (left ? 0 : 1));
      }
    }
    std::array<Sums, std::size_t{1} << depth> leaves{};
    for (std::size_t row = 0; row < rows; ++row) leaves[node[row]] += of_row[row];
    for (std::size_t n = 0; n < leaves.size(); ++n)
      tree.leaf[n] = -learning_rate * leaves[n].gradient / (leaves[n].hessian + l2);
    for (std::size_t row = 0; row < rows; ++row) answer[row] += tree.leaf[node[row]];
    model.trees_.push_back(tree);
  }
  return model;
}

double ResidualTrees::correction(std::span<const float> row) const {
  double sum = 0;
  for (const auto& tree : trees_) {
    std::size_t node = 0;
    for (int level = 0; level < depth; ++level) {
      const std::size_t at = (std::size_t{1} << level) - 1 + node;
      bool left = true;
      if (tree.column[at] >= 0) {
        const float value = row[static_cast<std::size_t>(tree.column[at])];
        left = std::isnan(value) ? tree.missing_left[at] : value < tree.threshold[at];
      }
      node = 2 * node + (left ? 0 : 1);
    }
    sum += tree.leaf[node];
  }
  return sum;
}

}  // namespace perennial::lifecycle
