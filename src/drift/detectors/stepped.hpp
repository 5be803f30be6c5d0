#pragma once
// What is the same for every stream detector, around the part that differs: a copyable Step with
//
//   Zone take(double value)            the zone after a value that is not NaN
//   void reset()                       as newly made
//   std::size_t heap_bytes() const     what it holds beside itself
//   static constexpr bool takes_infinities
//
// A Step that cannot compute with infinities never sees one: a value beyond ±1e100 (whose square times a count is no
// longer safe) counts as the largest or the smallest value since the last start, and is skipped where there is none.
// So a model that answers with infinite losses raises the mean, but does not blind the detector for ever.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "drift/stream.hpp"

namespace perennial::drift {

template <class Step>
class Stepped final : public StreamDetector {
 public:
  explicit Stepped(Step step) : state_{std::move(step)} {}

  Zone update(double value) override { return state_.take(value); }

  void update(std::span<const double> values, std::span<Zone> zones) override {
    assert(zones.size() >= values.size());
    if constexpr (std::is_trivially_copyable_v<Step>) {
      // A local state can stay in registers.
      State state = state_;
      for (std::size_t i = 0; i < values.size(); ++i) zones[i] = state.take(values[i]);
      state_ = state;
    } else {
      for (std::size_t i = 0; i < values.size(); ++i) zones[i] = state_.take(values[i]);
    }
  }

  void reset() override { state_.reset(); }
  std::unique_ptr<StreamDetector> clone() const override { return std::make_unique<Stepped>(*this); }
  std::size_t bytes() const override { return sizeof(*this) + state_.step.heap_bytes(); }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static constexpr double safe = 1e100;

  struct State {
    Step step;
    double smallest = infinity;
    double largest = -infinity;
    Zone zone = Zone::stable;

    Zone take(double value) {
      if constexpr (Step::takes_infinities) {
        if (std::isnan(value)) [[unlikely]]
          return zone;
        if (zone == Zone::drift) [[unlikely]]
          reset();
      } else {
        const bool ordinary = std::abs(value) <= safe;
        if (!ordinary && std::isnan(value)) [[unlikely]]
          return zone;
        if (zone == Zone::drift) [[unlikely]]
          reset();
        if (!ordinary) [[unlikely]] {
          if (smallest > largest) return zone;
          value = value > 0 ? largest : smallest;
        }
        smallest = std::min(smallest, value);
        largest = std::max(largest, value);
      }
      return zone = step.take(value);
    }

    void reset() {
      step.reset();
      zone = Zone::stable;
      smallest = infinity;
      largest = -infinity;
    }
  };

  State state_;
};

template <class Step>
std::unique_ptr<StreamDetector> stepped(Step step) {
  return std::make_unique<Stepped<Step>>(std::move(step));
}

}  // namespace perennial::drift
