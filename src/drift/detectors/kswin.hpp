#pragma once
// KSWIN. Raab, Heusinger & Schleif (2020), "Reactive soft prototype computing for concept drift streams": the newest
// `stat_size` values of a sliding window against as many drawn from the older ones, by the exact two-sample
// Kolmogorov-Smirnov test (Hodges 1957), at every value once the window is full. A drift needs p <= alpha and a
// statistic above 0.1. Tests of one and the same change follow each other, and no correction is made for it: it errs
// often on stable streams.

#include <cstdint>
#include <memory>

#include "drift/detectors/sample_indices.hpp"
#include "drift/stream.hpp"

namespace perennial::drift {

struct KswinSettings {
  double alpha = 0.005;
  double warning_alpha = 0.01;
  std::uint32_t window_size = 100;  ///< 2..10000, at least 2 * stat_size
  std::uint32_t stat_size = 30;     ///< at least 1
  std::uint64_t seed = 1;
};

/// How it is computed; with the same draws the zones are the same. `best` is the fastest that the machine and the
/// settings allow; the others are there to be compared with it. The short ones take windows of at most 128 values.
enum class KswinPath { best, any_size, short_plain, short_avx512 };
/// Whether the machine and the settings allow it.
bool kswin_allows(KswinPath path, const KswinSettings& settings);

/// Draws from `indices`; null: uniform draws of the settings' seed, independent from value to value, which are those of
/// KswinDraws on the short paths and those of SeededIndices otherwise. After a drift window and draws start anew.
std::unique_ptr<StreamDetector> make_kswin(const KswinSettings& settings,
                                           std::unique_ptr<SampleIndices> indices = nullptr,
                                           KswinPath path = KswinPath::best);

/// P(D >= h / n) of two samples of n distinct values each: 1 where h is 0.
double ks_exact_p_value(std::uint32_t n, std::uint32_t h);

}  // namespace perennial::drift
