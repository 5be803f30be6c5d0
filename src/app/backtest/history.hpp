#pragma once
// The scored rows of a history as the models see them, in blocks between grid points.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"
#include "inference/session.hpp"

namespace perennial::app {

/// Scored rows × input columns of a history.
inline constexpr std::size_t history_cells = 50'000'000;

/// Kept in memory whole, so its cells are bounded: history_cells.
class History {
 public:
  /// Error: too_large.
  Status add(const Table& inputs, std::span<const double> truth);
  /// The next row added begins a new block.
  void begin_block() { begins_.push_back(rows_.rows); }
  /// Takes back a block that got no rows.
  void drop_last_block() { begins_.pop_back(); }

  std::size_t rows() const { return rows_.rows; }
  std::size_t blocks() const { return begins_.size(); }
  std::size_t begin(std::size_t block) const { return begins_[block]; }
  std::size_t end(std::size_t block) const { return block + 1 < begins_.size() ? begins_[block + 1] : rows_.rows; }
  std::span<const double> truth() const { return truth_; }

  /// The answers of `model` for rows [first, last). Thread-safe. Errors: as Session::run().
  Result<Outputs> answers(const inference::Session& model, std::size_t first, std::size_t last) const;
  /// Per block of [first, last) the sum of the row losses (stats::row_losses: errors, or squared errors) of `target`;
  /// rows without a label count nothing. Thread-safe.
  Result<std::vector<double>> block_losses(const inference::Session& model, std::size_t target, std::size_t first,
                                           std::size_t last) const;

 private:
  Table rows_;
  Truth truth_;
  std::vector<std::size_t> begins_;
};

}  // namespace perennial::app
