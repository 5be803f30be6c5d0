#pragma once
// Which values of a window are drawn: the one thing in the family that is random. Behind an interface, so that KSWIN
// can be given the draws of another implementation and compared with it row by row.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "core/rng.hpp"

namespace perennial::drift {

class SampleIndices {
 public:
  virtual ~SampleIndices() = default;
  /// As newly made: the same draws again.
  virtual void restart() = 0;
  /// Fills `chosen` with distinct indices below `population`; chosen.size() <= population <= 65535, the same in every
  /// call.
  virtual void draw(std::size_t population, std::span<std::uint16_t> chosen) = 0;
  virtual std::unique_ptr<SampleIndices> clone() const = 0;
};

/// Uniform draws without replacement: the head of a shuffle (Fisher & Yates), bounded draws after Lemire (2019).
class SeededIndices final : public SampleIndices {
 public:
  explicit SeededIndices(std::uint64_t seed) : seed_(seed), rng_(seed) {}

  void restart() override {
    rng_ = Rng(seed_);
    shuffled_.clear();
    has_half_ = false;
  }

  void draw(std::size_t population, std::span<std::uint16_t> chosen) override {
    if (shuffled_.size() != population) {
      shuffled_.resize(population);
      std::iota(shuffled_.begin(), shuffled_.end(), std::uint16_t{0});
    }
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      std::swap(shuffled_[i], shuffled_[i + below(static_cast<std::uint32_t>(population - i))]);
      chosen[i] = shuffled_[i];
    }
  }

  std::unique_ptr<SampleIndices> clone() const override { return std::make_unique<SeededIndices>(*this); }

 private:
  /// Half a draw of the generator: two numbers from each.
  std::uint32_t word() {
    if (has_half_) {
      has_half_ = false;
      return half_;
    }
    const std::uint64_t both = rng_.next();
    half_ = static_cast<std::uint32_t>(both);
    has_half_ = true;
    return static_cast<std::uint32_t>(both >> 32);
  }

  std::uint32_t below(std::uint32_t bound) {
    std::uint64_t product = std::uint64_t{word()} * bound;
    if (static_cast<std::uint32_t>(product) < bound) [[unlikely]] {
      const std::uint32_t rejected = (0 - bound) % bound;
      while (static_cast<std::uint32_t>(product) < rejected) product = std::uint64_t{word()} * bound;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  std::uint64_t seed_;
  Rng rng_;
  std::vector<std::uint16_t> shuffled_;
  std::uint32_t half_ = 0;
  bool has_half_ = false;
};

}  // namespace perennial::drift
