#pragma once
// Means and deviations per operating regime, taken once and then frozen.

#include <cstdint>
#include <map>
#include <vector>

#include "core/json.hpp"
#include "core/table.hpp"
#include "features/config.hpp"

namespace perennial::features {

class Regimes {
 public:
  /// Mean and standard deviation (n in the denominator) of each column; 0 where a column does not vary.
  struct Moments {
    std::uint64_t rows = 0;
    std::vector<double> means, deviations;
  };
  using Key = std::vector<std::int64_t>;

  Regimes() = default;
  Regimes(std::vector<std::string> columns, std::vector<Normalise::By> by);

  bool fitted() const { return fitted_; }
  /// Columns are found by name; they must be there and numeric.
  void fit(const Table& rows);
  /// z-scores of one row; `values` and `results` in the order of the columns, `by_values` of `by`.
  void score(std::span<const double> values, std::span<const double> by_values, std::span<double> results) const;

  Json to_json() const;
  Status from_json(const Json& value);

 private:
  /// No value where a `by` cell is missing or out of range: such a row has no regime.
  bool key_of(std::span<const double> by_values, Key& key) const;

  std::vector<std::string> columns_;
  std::vector<Normalise::By> by_;
  bool fitted_ = false;
  Moments overall_;
  std::map<Key, Moments> regimes_;
};

}  // namespace perennial::features
