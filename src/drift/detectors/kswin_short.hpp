#pragma once
// KSWIN with a window of at most KswinWindow::most_values values: a tenth of the time per value of the one for windows
// of any size, and with the same draws the same zones.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "drift/detectors/kswin_draws.hpp"
#include "drift/detectors/kswin_window.hpp"
#include "drift/detectors/sample_indices.hpp"
#include "drift/stream.hpp"

namespace perennial::drift {

class ShortKswin final : public StreamDetector {
 public:
  struct Settings {
    std::size_t window_size = 0;  ///< 2..KswinWindow::most_values
    std::size_t stat_size = 0;    ///< at least 1, at most half of it
    KswinWindow::Limits limits;
    std::uint64_t seed = 0;
  };

  /// Draws from `indices`; null: KswinDraws of the seed. `wide`: with AVX-512, which must be there; the zones are the
  /// same.
  ShortKswin(const Settings& settings, std::unique_ptr<SampleIndices> indices, bool wide);
  ShortKswin(const ShortKswin& other);
  ShortKswin& operator=(const ShortKswin&) = delete;
  ~ShortKswin() override = default;

  Zone update(double value) override;
  void update(std::span<const double> values, std::span<Zone> zones) override;
  void reset() override;
  std::unique_ptr<StreamDetector> clone() const override { return std::make_unique<ShortKswin>(*this); }
  std::size_t bytes() const override;

 private:
  /// At least one, and the first of them if `indices_` is there.
  std::span<const AgeSet> ahead();

  Settings settings_;
  KswinWindow window_;
  std::unique_ptr<SampleIndices> indices_;
  KswinDraws draws_;
  AgeSet given_;            // what `indices_` chose last
  std::size_t filled_ = 0;  // of the window
  Zone zone_ = Zone::stable;
};

}  // namespace perennial::drift
