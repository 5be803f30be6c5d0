#pragma once
// The derived features of one model's live requests: one Deriver, shared by all versions, behind a lock.

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "core/table.hpp"
#include "features/deriver.hpp"

namespace perennial::serving {

/// Rows remembered while states are made again after a restart; then the oldest are forgotten.
inline constexpr std::size_t kRowsRemembered = 1'000'000;

/// Thread-safe.
class FeatureState {
 public:
  /// Without a deriver the request columns are the inputs.
  FeatureState() = default;
  explicit FeatureState(features::Deriver deriver);

  /// True where derive() has nothing to do: inputs are the request rows themselves.
  bool is_identity() const { return identity_; }
  /// Rows in order of arrival; see features::Deriver::derive(). Not to be called where is_identity().
  Result<Table> derive(const Table& request_rows);
  /// For rows that must leave no trace (scoring with a named version, probes): works on a copy of the state.
  Result<Table> derive_without_trace(const Table& request_rows) const;
  /// From now on the rows given to derive() are kept as well, until replace().
  void remember_requests();
  /// Takes other states, moved on by the rows remembered since, and ends the remembering. Without `states` only that.
  void replace(std::optional<features::Deriver> states);
  /// Exclusive access, for fitting, restoring and refilling after a restart.
  void with(const std::function<void(std::optional<features::Deriver>&)>& use);

 private:
  mutable std::mutex mutex_;
  std::optional<features::Deriver> deriver_;
  bool remembers_ = false;
  std::deque<Table> remembered_;  ///< in the order in which they were derived
  std::size_t remembered_rows_ = 0;
  std::atomic<bool> identity_{true};
};

}  // namespace perennial::serving
