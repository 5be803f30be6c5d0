#pragma once
// How often would the judge stop a challenger that IS the champion, on this model's own rows? The promise of judge.hpp
// rests on assumptions about how rows hang together; this is the measurement.

#include <cstdint>
#include <optional>
#include <span>

#include "core/json.hpp"
#include "rollout/loss_recorder.hpp"

namespace perennial::rollout {

/// One labelled row that the champion answered.
struct SelfTestRow {
  LossRow loss;
  std::uint64_t unit = 0;               ///< a hash of what is dealt to an arm: the entity, or the row's id
  std::optional<std::uint64_t> entity;  ///< where it has one
};

struct SelfTest {
  std::uint64_t rows = 0;
  std::uint64_t draws = 0;
  std::uint64_t stopped = 0;  ///< of the draws: harm was found between two halves of the same version
  double rate = 0;
  double low = 0;  ///< 95 % interval of the rate (Wilson)
  double high = 1;
  friend bool operator==(const SelfTest&, const SelfTest&) = default;
};

inline constexpr std::uint64_t self_test_draws = 200;
inline constexpr std::uint64_t self_test_rows_between_looks = 10;

/// A/A: deals the rows `draws` times to two arms, by the plan's first weight (a half where it has no step) with another
/// salt each time, and judges harm as in a rollout of one phase, with all of harm_alpha, every tenth row of an arm.
/// Rows in the order in which they came. The same rows and seed give the same result. No rows give no draws.
SelfTest self_test(const Plan& plan, std::span<const SelfTestRow> rows, std::uint64_t draws, std::uint64_t seed);

Json to_json(const SelfTest& test);

}  // namespace perennial::rollout
