#pragma once
// Derived features, computed row by row with the state of each entity. One implementation for history and for live
// requests: the same rows in the same order give the same bits, in whatever batches they come.

#include <cstdint>
#include <memory>
#include <vector>

#include "core/limits.hpp"
#include "core/table.hpp"
#include "features/config.hpp"

namespace perennial::features {

/// Values kept for windows, over all entities (512 MiB); bounds the entities kept where windows are long.
inline constexpr std::size_t window_cells_in_memory = 64u << 20;
inline constexpr std::size_t normalise_regimes =
    64;  ///< the most frequent ones are kept; rows of others count as unseen

/// Not thread-safe: serving locks per model. Copying copies all state.
class Deriver {
 public:
  /// `request`: the model's request columns (see select_columns()). Globs in `derive` match request columns; columns
  /// derived by earlier entries only where the pattern is their exact name or ends in "_norm" or "_baseline".
  /// Errors: config (a glob without a match or matching a text column, a derived name that exists already).
  static Result<Deriver> make(const FeaturesConfig& config, const std::vector<InputColumn>& request,
                              std::size_t most_entities = limits::entities_in_memory);
  Deriver(const Deriver& other);
  Deriver& operator=(const Deriver& other);
  Deriver(Deriver&&) noexcept;
  Deriver& operator=(Deriver&&) noexcept;
  ~Deriver();

  /// True where nothing has to be fitted, or has been.
  bool is_fitted() const;
  /// Takes the statistics of `normalise` from these request rows; the first call counts, later ones do nothing.
  Status fit(const Table& training_request_rows);
  /// What fit() found, for the registry; object without entries where nothing is fitted.
  Json frozen() const;
  /// Sets what frozen() gave. Error: corrupt where it does not belong to this config.
  Status set_frozen(const Json& frozen);

  /// Request columns first, then the derived ones in the order of the config.
  const std::vector<InputColumn>& inputs() const;
  const std::vector<InputColumn>& request() const;
  /// True where derive() depends on earlier rows of the entity.
  bool is_stateful() const;

  /// Takes rows in order of arrival (per entity; without entities all rows are one entity's) and returns the inputs
  /// table with their times and entities. The request columns are found by name; further columns are ignored.
  /// Errors: invalid (a request column is missing or of the other kind), conflict (not fitted).
  Result<Table> derive(const Table& request_rows);

  /// Forgets the entities' rows, keeps what was fitted.
  void reset();

  std::size_t entities() const;        ///< with state now
  std::uint64_t evictions() const;     ///< entities dropped, least recently seen first; they start anew when seen again
  std::uint64_t out_of_order() const;  ///< rows older than the entity's row before; taken in order of arrival

 private:
  struct Impl;
  explicit Deriver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace perennial::features
