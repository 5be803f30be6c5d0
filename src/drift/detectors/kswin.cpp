#include "drift/detectors/kswin.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "drift/detectors/kswin_short.hpp"
#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

constexpr double least_statistic = 0.1;

/// The smallest difference of counts that is significant; stat_size + 1 where none is.
std::int32_t critical(const KswinSettings& settings, double alpha) {
  const double n = settings.stat_size;
  // p falls as h grows.
  std::uint32_t low = 1;
  std::uint32_t high = settings.stat_size + 1;
  while (low < high) {
    const std::uint32_t h = (low + high) / 2;
    if (ks_exact_p_value(settings.stat_size, h) <= alpha && h / n > least_statistic) high = h;
    else low = h + 1;
  }
  return static_cast<std::int32_t>(low);
}

/// Windows of any size. Values live in slots of a ring; `sorted_` and `slots_` hold them in ascending order, and the
/// older one first where they are equal. A slot counts +1 while it is among the newest, -1 while it is drawn: the
/// largest sum along the order is the statistic times stat_size.
class Kswin {
 public:
  static constexpr bool takes_infinities = true;

  Kswin(const KswinSettings& settings, std::unique_ptr<SampleIndices> indices)
      : settings_(settings),
        drift_at_(critical(settings, settings.alpha)),
        warning_at_(critical(settings, settings.warning_alpha)),
        indices_(std::move(indices)),
        chosen_(settings.stat_size),
        values_(settings.window_size),
        weights_(settings.window_size) {
    sorted_.reserve(settings.window_size);
    slots_.reserve(settings.window_size);
  }
  Kswin(const Kswin& other)
      : settings_(other.settings_),
        drift_at_(other.drift_at_),
        warning_at_(other.warning_at_),
        indices_(other.indices_->clone()),
        chosen_(other.chosen_),
        values_(other.values_),
        weights_(other.weights_),
        sorted_(other.sorted_),
        slots_(other.slots_),
        next_(other.next_) {
    sorted_.reserve(settings_.window_size);
    slots_.reserve(settings_.window_size);
  }
  Kswin(Kswin&&) = default;
  Kswin& operator=(const Kswin&) = delete;
  Kswin& operator=(Kswin&&) = default;
  ~Kswin() = default;

  Zone take(double value) {
    const std::size_t window = settings_.window_size;
    if (sorted_.size() < window) append(value);
    else replace(value);
    values_[next_] = value;
    weights_[next_] = 1;
    const std::size_t aged = wrapped(next_ + window - settings_.stat_size);
    weights_[aged] = 0;
    next_ = wrapped(next_ + 1);
    if (sorted_.size() < window) return Zone::stable;
    indices_->draw(window - settings_.stat_size, chosen_);
    for (auto& index : chosen_) {
      index = static_cast<std::uint16_t>(wrapped(next_ + index));
      weights_[index] = -1;
    }
    const std::int32_t difference = largest_difference();
    for (const auto slot : chosen_) weights_[slot] = 0;
    return difference >= drift_at_ ? Zone::drift : difference >= warning_at_ ? Zone::warning : Zone::stable;
  }

  void reset() {
    indices_->restart();
    std::ranges::fill(weights_, std::int32_t{0});
    sorted_.clear();
    slots_.clear();
    next_ = 0;
  }

  std::size_t heap_bytes() const {
    return chosen_.capacity() * sizeof(chosen_[0]) + values_.capacity() * sizeof(values_[0]) +
           weights_.capacity() * sizeof(weights_[0]) + sorted_.capacity() * sizeof(sorted_[0]) +
           slots_.capacity() * sizeof(slots_[0]) + sizeof(SeededIndices) +
           settings_.window_size * sizeof(std::uint16_t);
  }

 private:
  std::size_t wrapped(std::size_t slot) const {
    return slot >= settings_.window_size ? slot - settings_.window_size : slot;
  }

  void append(double value) {
    const auto at = std::upper_bound(sorted_.begin(), sorted_.end(), value);
    slots_.insert(slots_.begin() + (at - sorted_.begin()), static_cast<std::uint16_t>(next_));
    sorted_.insert(at, value);
  }

  /// In place of the oldest value, which is the first of those that equal it. Only what lies between moves.
  void replace(double value) {
    const auto begin = sorted_.begin();
    const auto from = std::lower_bound(begin, sorted_.end(), values_[next_]) - begin;
    auto to = std::upper_bound(begin, sorted_.end(), value) - begin;
    const auto slot = slots_.begin();
    if (to > from) {
      --to;
      std::move(begin + from + 1, begin + to + 1, begin + from);
      std::move(slot + from + 1, slot + to + 1, slot + from);
    } else {
      std::move_backward(begin + to, begin + from, begin + from + 1);
      std::move_backward(slot + to, slot + from, slot + from + 1);
    }
    sorted_[static_cast<std::size_t>(to)] = value;
    slots_[static_cast<std::size_t>(to)] = static_cast<std::uint16_t>(next_);
  }

  std::int32_t largest_difference() const {
    std::int32_t sum = 0;
    std::int32_t largest = 0;
    const std::size_t last = sorted_.size() - 1;
    for (std::size_t i = 0; i < last; ++i) {
      sum += weights_[slots_[i]];
      // Between equal values the distribution functions do not stand apart yet.
      const std::int32_t counts = sorted_[i] != sorted_[i + 1] ? -1 : 0;
      largest = std::max(largest, std::abs(sum) & counts);
    }
    return largest;
  }

  KswinSettings settings_;
  std::int32_t drift_at_;
  std::int32_t warning_at_;
  std::unique_ptr<SampleIndices> indices_;
  std::vector<std::uint16_t> chosen_;
  std::vector<double> values_;
  std::vector<std::int32_t> weights_;
  std::vector<double> sorted_;
  std::vector<std::uint16_t> slots_;
  std::size_t next_ = 0;
};

}  // namespace

double ks_exact_p_value(std::uint32_t n, std::uint32_t h) {
  if (h == 0) return 1;
  // Hodges' alternating sum of binomials, each in relation to the one before: no cancellation.
  double p = 0;
  for (std::uint32_t k = n / h + 1; k-- > 0;) {
    double ratio = 1;
    for (std::uint32_t j = 0; j < h; ++j) {
      const double above = static_cast<double>(n) - static_cast<double>(k) * h - j;
      ratio = above * ratio / (static_cast<double>(n) + static_cast<double>(k) * h + j + 1);
    }
    p = ratio * (1 - p);
  }
  return std::clamp(2 * p, 0.0, 1.0);
}

bool kswin_allows(KswinPath path, const KswinSettings& settings) {
  switch (path) {
    case KswinPath::best:
    case KswinPath::any_size: return true;
    case KswinPath::short_plain: return settings.window_size <= KswinWindow::most_values;
    case KswinPath::short_avx512: return settings.window_size <= KswinWindow::most_values && KswinWindow::has_avx512();
  }
  return false;
}

std::unique_ptr<StreamDetector> make_kswin(const KswinSettings& settings, std::unique_ptr<SampleIndices> indices,
                                           KswinPath path) {
  assert(kswin_allows(path, settings));
  if (path == KswinPath::best)
    path = kswin_allows(KswinPath::short_avx512, settings)  ? KswinPath::short_avx512
           : kswin_allows(KswinPath::short_plain, settings) ? KswinPath::short_plain
                                                            : KswinPath::any_size;
  if (path != KswinPath::any_size) {
    const std::int32_t drift_at = critical(settings, settings.alpha);
    const std::int32_t warning_at = std::min(drift_at, critical(settings, settings.warning_alpha));
    const ShortKswin::Settings sizes{settings.window_size, settings.stat_size, {warning_at, drift_at}, settings.seed};
    return std::make_unique<ShortKswin>(sizes, std::move(indices), path == KswinPath::short_avx512);
  }
  if (indices == nullptr) indices = std::make_unique<SeededIndices>(settings.seed);
  return stepped(Kswin(settings, std::move(indices)));
}

StreamMember kswin_detector() {
  return {{"kswin",
           "Kolmogorov-Smirnov test of the newest values against older ones of a sliding window, at every row",
           {{"alpha", "0.005", "1e-12..1", "probability", "p-value of a drift"},
            {"warning_alpha", "2 x alpha", "alpha..1", "probability", "p-value of a warning"},
            {"window_size", "100", "2..10000", "rows", "of the window; at least 2 x stat_size"},
            {"stat_size", "30", "1..5000", "rows", "that are compared with as many older ones"},
            {"seed", "1", "0..2147483647", "", "of the draws"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            KswinSettings s;
            PERENNIAL_TRY(check_parameters(parameters, {"alpha", "warning_alpha", "window_size", "stat_size", "seed"}));
            ASSIGN_OR_RETURN(s.alpha, number_parameter(parameters, "alpha", s.alpha, 1e-12, 1));
            ASSIGN_OR_RETURN(s.warning_alpha,
                             number_parameter(parameters, "warning_alpha", std::min(2 * s.alpha, 1.0), s.alpha, 1));
            ASSIGN_OR_RETURN(s.window_size, count_parameter(parameters, "window_size", s.window_size, 2, 10'000));
            ASSIGN_OR_RETURN(s.stat_size, count_parameter(parameters, "stat_size", s.stat_size, 1, 5'000));
            ASSIGN_OR_RETURN(s.seed, count_parameter(parameters, "seed", 1, 0, 2'147'483'647));
            if (s.window_size < 2 * s.stat_size)
              return parameters.error("window_size must be at least 2 x stat_size",
                                      "rows are drawn from the older ones");
            return make_kswin(s);
          }};
}

}  // namespace perennial::drift
