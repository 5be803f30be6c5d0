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
#include <utility>

#include "drift/stream.hpp"

namespace perennial::drift {

template <class Step>
class Stepped final : public StreamDetector {
 public:
  explicit Stepped(Step step) : step_(std::move(step)) {}

  Zone update(double value) override { return one(value); }

  void update(std::span<const double> values, std::span<Zone> zones) override {
    assert(zones.size() >= values.size());
    for (std::size_t i = 0; i < values.size(); ++i) zones[i] = one(values[i]);
  }

  void reset() override {
    step_.reset();
    zone_ = Zone::stable;
    smallest_ = infinity;
    largest_ = -infinity;
  }

  std::unique_ptr<StreamDetector> clone() const override { return std::make_unique<Stepped>(*this); }
  std::size_t bytes() const override { return sizeof(*this) + step_.heap_bytes(); }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
  static constexpr double safe = 1e100;

  Zone one(double value) {
    if constexpr (Step::takes_infinities) {
      if (std::isnan(value)) [[unlikely]]
        return zone_;
      if (zone_ == Zone::drift) [[unlikely]]
        reset();
    } else {
      const bool ordinary = std::abs(value) <= safe;
      if (!ordinary && std::isnan(value)) [[unlikely]]
        return zone_;
      if (zone_ == Zone::drift) [[unlikely]]
        reset();
      if (!ordinary) [[unlikely]] {
        if (smallest_ > largest_) return zone_;
        value = value > 0 ? largest_ : smallest_;
      }
      smallest_ = std::min(smallest_, value);
      largest_ = std::max(largest_, value);
    }
    return zone_ = step_.take(value);
  }

  Step step_;
  double smallest_ = infinity;
  double largest_ = -infinity;
  Zone zone_ = Zone::stable;
};

template <class Step>
std::unique_ptr<StreamDetector> stepped(Step step) {
  return std::make_unique<Stepped<Step>>(std::move(step));
}

}  // namespace perennial::drift
