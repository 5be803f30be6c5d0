#include "drift/estimators/loss_model.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>

namespace perennial::drift {
namespace {

constexpr std::size_t bin_rows = 3;  ///< of a numeric bin, about; as LightGBM's min_data_in_bin

struct Bin {
  double sum = 0;
  double rows = 0;
};

struct Split {
  double gain = 0;  ///< 0: none
  std::size_t column = 0;
  std::size_t rank = 0;
};

/// A leaf that may still be split: rows [first, last) of the order, with the sums per column and rank.
struct Leaf {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t node = 0;
  Bin total;
  std::vector<Bin> histogram;
  Split best;
};

double square_over(const Bin& bin) { return bin.rows > 0 ? bin.sum * bin.sum / bin.rows : 0; }

/// The split of one column's ranks that explains most. Equal gains: the highest rank, so that values between two that
/// the leaf knows go with the lower one.
Split best_split(std::span<const Bin> bins, const Bin& total, std::size_t column, double min_rows) {
  Split best;
  Bin right;
  for (std::size_t rank = bins.size(); rank-- > 1;) {
    right.sum += bins[rank].sum;
    right.rows += bins[rank].rows;
    if (bins[rank].rows == 0) continue;
    const Bin left{total.sum - right.sum, total.rows - right.rows};
    if (right.rows < min_rows) continue;
    if (left.rows < min_rows) break;
    const double gain = square_over(left) + square_over(right) - square_over(total);
    if (gain > best.gain) best = {gain, column, rank - 1};
  }
  return best;
}

}  // namespace

class LossModel::Fitter {
 public:
  Fitter(std::span<const ColumnView> columns, std::span<const double> losses, const LossModelSettings& settings)
      : settings_(settings), min_rows_(static_cast<double>(settings.min_leaf_rows)) {
    std::vector<std::size_t> usable;
    for (std::size_t i = 0; i < losses.size(); ++i)
      if (!std::isnan(losses[i])) usable.push_back(i);
    const std::size_t n = std::min(usable.size(), settings.max_rows);
    std::vector<std::size_t> chosen(n);
    for (std::size_t k = 0; k < n; ++k) chosen[k] = usable[k * usable.size() / n];
    losses_.reserve(n);
    for (const std::size_t row : chosen) losses_.push_back(losses[row]);
    base_ = std::accumulate(losses_.begin(), losses_.end(), 0.0) / static_cast<double>(n);
    for (const ColumnView& column : columns) add_column(column, chosen);
    keep_strongest_columns();
  }

  LossModel fit() {
    std::vector<double> answers(losses_.size(), base_);
    std::vector<double> residuals(losses_.size());
    LossModel model;
    model.base_ = base_;
    for (std::size_t tree = 0; tree < settings_.trees; ++tree) {
      for (std::size_t i = 0; i < losses_.size(); ++i) residuals[i] = losses_[i] - answers[i];
      std::vector<Node> nodes = grow(residuals, answers);
      if (nodes.size() == 1) break;  // nothing more to explain: every later tree would be the same single leaf
      model.trees_.push_back(std::move(nodes));
    }
    model.columns_ = std::move(columns_);
    return model;
  }

 private:
  void add_column(const ColumnView& view, const std::vector<std::size_t>& chosen) {
    // Bins are made of the rows that are used, so that a thinned reference does not get bins without rows.
    std::vector<double> numbers;
    std::vector<std::int32_t> codes;
    ColumnView picked = view;
    for (const std::size_t row : chosen) {
      if (view.kind == ColumnKind::numeric) numbers.push_back(view.numbers[row]);
      else codes.push_back(view.codes[row]);
    }
    picked.numbers = numbers;
    picked.codes = codes;
    std::size_t most = stats::ColumnBins::most_bins;
    if (view.kind == ColumnKind::numeric) most = std::clamp<std::size_t>(chosen.size() / bin_rows, 1, most);
    Used used{std::string(view.name), stats::ColumnBins::of(picked, most), {}};
    std::vector<std::uint8_t> ranks = used.bins.assign(picked);
    used.rank = order_of(used.bins, ranks);
    for (std::uint8_t& rank : ranks) rank = used.rank[rank];
    columns_.push_back(std::move(used));
    ranks_.push_back(std::move(ranks));
  }

  /// Numbers are in order by themselves. Values of a category are put in the order of their mean loss (Fisher 1958),
  /// drawn to the overall mean where few rows have them.
  std::vector<std::uint8_t> order_of(const stats::ColumnBins& bins, std::span<const std::uint8_t> assigned) const {
    std::vector<std::uint8_t> order(bins.bins());
    std::iota(order.begin(), order.end(), std::uint8_t{0});
    if (bins.kind() == ColumnKind::numeric) return order;
    constexpr double drawn = 10;  // rows
    std::vector<Bin> sums(bins.bins(), Bin{drawn * base_, drawn});
    for (std::size_t i = 0; i < assigned.size(); ++i) {
      sums[assigned[i]].sum += losses_[i];
      sums[assigned[i]].rows += 1;
    }
    std::stable_sort(order.begin(), order.end(), [&](std::uint8_t a, std::uint8_t b) {
      return sums[a].sum / sums[a].rows < sums[b].sum / sums[b].rows;
    });
    std::vector<std::uint8_t> rank(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) rank[order[k]] = static_cast<std::uint8_t>(k);
    return rank;
  }

  void keep_strongest_columns() {
    if (columns_.size() <= settings_.max_columns) return;
    const double n = static_cast<double>(losses_.size());
    std::vector<std::pair<double, std::size_t>> gains;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      std::vector<Bin> bins(columns_[c].rank.size());
      for (std::size_t i = 0; i < losses_.size(); ++i) {
        bins[ranks_[c][i]].sum += losses_[i] - base_;
        bins[ranks_[c][i]].rows += 1;
      }
      gains.emplace_back(-best_split(bins, {0, n}, c, min_rows_).gain, c);
    }
    std::sort(gains.begin(), gains.end());
    gains.resize(settings_.max_columns);
    std::sort(gains.begin(), gains.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    std::vector<Used> columns;
    std::vector<std::vector<std::uint8_t>> ranks;
    for (const auto& gain : gains) {
      columns.push_back(std::move(columns_[gain.second]));
      ranks.push_back(std::move(ranks_[gain.second]));
    }
    columns_ = std::move(columns);
    ranks_ = std::move(ranks);
  }

  void count(Leaf& leaf, std::span<const double> residuals) const {
    leaf.histogram.assign(histogram_size_, Bin{});
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      Bin* bins = leaf.histogram.data() + offsets_[c];
      const std::uint8_t* ranks = ranks_[c].data();
      for (std::size_t k = leaf.first; k < leaf.last; ++k) {
        const std::uint32_t row = order_[k];
        bins[ranks[row]].sum += residuals[row];
        bins[ranks[row]].rows += 1;
      }
    }
  }

  void find_best(Leaf& leaf) const {
    leaf.best = {};
    if (leaf.total.rows < 2 * min_rows_) return;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const auto bins = std::span(leaf.histogram).subspan(offsets_[c], columns_[c].rank.size());
      const Split split = best_split(bins, leaf.total, c, min_rows_);
      if (split.gain > leaf.best.gain) leaf.best = split;
    }
  }

  /// Splits `leaf` into itself (left) and the returned one (right).
  Leaf split(Leaf& leaf, std::vector<Node>& nodes, std::span<const double> residuals) {
    const Split by = leaf.best;
    const auto begin = order_.begin() + static_cast<std::ptrdiff_t>(leaf.first);
    const auto end = order_.begin() + static_cast<std::ptrdiff_t>(leaf.last);
    const auto middle = std::stable_partition(
        begin, end, [&](std::uint32_t row) { return ranks_[by.column][row] <= static_cast<std::uint8_t>(by.rank); });
    Leaf right;
    right.first = static_cast<std::size_t>(middle - order_.begin());
    right.last = leaf.last;
    Node& node = nodes[leaf.node];
    node.column = static_cast<std::uint32_t>(by.column);
    node.bin = static_cast<std::uint8_t>(by.rank);
    node.left = static_cast<std::int32_t>(nodes.size());
    node.right = node.left + 1;
    leaf.node = nodes.size();
    right.node = nodes.size() + 1;
    nodes.resize(nodes.size() + 2);
    leaf.last = right.first;

    std::vector<Bin> both = std::move(leaf.histogram);
    Leaf& smaller = leaf.last - leaf.first < right.last - right.first ? leaf : right;
    Leaf& larger = &smaller == &leaf ? right : leaf;
    count(smaller, residuals);
    for (std::size_t b = 0; b < both.size(); ++b) {
      both[b].sum -= smaller.histogram[b].sum;
      both[b].rows -= smaller.histogram[b].rows;
    }
    larger.histogram = std::move(both);
    for (Leaf* side : {&leaf, &right}) {
      side->total = {};
      for (std::size_t k = side->first; k < side->last; ++k) side->total.sum += residuals[order_[k]];
      side->total.rows = static_cast<double>(side->last - side->first);
      find_best(*side);
    }
    return right;
  }

  std::vector<Node> grow(std::span<const double> residuals, std::span<double> answers) {
    if (offsets_.empty()) {
      for (const Used& column : columns_) {
        offsets_.push_back(histogram_size_);
        histogram_size_ += column.rank.size();
      }
    }
    order_.resize(losses_.size());
    std::iota(order_.begin(), order_.end(), 0U);
    std::vector<Node> nodes(1);
    std::vector<Leaf> leaves(1);
    leaves[0].last = order_.size();
    leaves[0].total = {std::accumulate(residuals.begin(), residuals.end(), 0.0), static_cast<double>(order_.size())};
    count(leaves[0], residuals);
    find_best(leaves[0]);
    while (leaves.size() < settings_.leaves) {
      const auto best = std::ranges::max_element(leaves, {}, [](const Leaf& leaf) { return leaf.best.gain; });
      if (!(best->best.gain > least_gain(residuals))) break;
      Leaf right = split(*best, nodes, residuals);
      leaves.push_back(std::move(right));
    }
    for (const Leaf& leaf : leaves) {
      const double value = settings_.learning_rate * leaf.total.sum / leaf.total.rows;
      nodes[leaf.node].value = value;
      for (std::size_t k = leaf.first; k < leaf.last; ++k) answers[order_[k]] += value;
    }
    return nodes;
  }

  /// What rounding alone may look like a gain.
  double least_gain(std::span<const double> residuals) const {
    return 1e-12 * base_ * base_ * static_cast<double>(residuals.size());
  }

  LossModelSettings settings_;
  double min_rows_;
  double base_ = 0;
  std::vector<double> losses_;
  std::vector<Used> columns_;
  std::vector<std::vector<std::uint8_t>> ranks_;  ///< per column, per row
  std::vector<std::size_t> offsets_;              ///< of each column in a histogram
  std::size_t histogram_size_ = 0;
  std::vector<std::uint32_t> order_;
};

Result<LossModel> LossModel::fit(std::span<const ColumnView> columns, std::span<const double> losses,
                                 const LossModelSettings& settings) {
  if (settings.trees == 0 || settings.leaves < 2 || settings.leaves > 256 || settings.min_leaf_rows == 0 ||
      !(settings.learning_rate > 0) || settings.learning_rate > 1 || settings.max_rows < loss_model_min_rows ||
      settings.max_columns == 0)
    return fail(ErrorCode::config, "settings of the loss model are out of range");
  if (columns.empty()) return fail(ErrorCode::invalid, "a loss model needs at least one column");
  for (const ColumnView& column : columns)
    if (column.size() != losses.size())
      return fail(ErrorCode::invalid, fmt::format("{} rows for {} losses", column.size(), losses.size()),
                  std::string(column.name));
  std::size_t known = 0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    if (std::isinf(losses[i])) return fail(ErrorCode::invalid, fmt::format("the loss of row {} is infinite", i));
    known += std::isnan(losses[i]) ? 0 : 1;
  }
  if (known < loss_model_min_rows)
    return fail(ErrorCode::invalid,
                fmt::format("{} rows with a loss, at least {} are needed", known, loss_model_min_rows));
  return Fitter(columns, losses, settings).fit();
}

Result<std::vector<double>> LossModel::predict(std::span<const ColumnView> columns) const {
  std::vector<std::vector<std::uint8_t>> ranks;
  const std::size_t rows = columns.empty() ? 0 : columns.front().size();
  for (const Used& used : columns_) {
    const auto found = std::ranges::find(columns, std::string_view(used.name), &ColumnView::name);
    if (found == columns.end()) return fail(ErrorCode::invalid, "the column is missing", used.name);
    if (found->kind != used.bins.kind() || found->size() != rows)
      return fail(ErrorCode::invalid, "the column is of another kind or length than when the loss model was fitted",
                  used.name);
    std::vector<std::uint8_t> of_column = used.bins.assign(*found);
    for (std::uint8_t& bin : of_column) bin = used.rank[bin];
    ranks.push_back(std::move(of_column));
  }
  std::vector<double> losses(rows, base_);
  for (const auto& nodes : trees_)
    for (std::size_t i = 0; i < rows; ++i) {
      const Node* node = nodes.data();
      while (node->left >= 0) node = nodes.data() + (ranks[node->column][i] <= node->bin ? node->left : node->right);
      losses[i] += node->value;
    }
  for (double& loss : losses) loss = std::max(loss, 0.0);
  return losses;
}

}  // namespace perennial::drift
