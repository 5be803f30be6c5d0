// Adaptive windowing. Bifet & Gavaldà (2007), "Learning from time-changing data with adaptive windowing", ADWIN2: the
// window is held as an exponential histogram, rows of buckets of 1, 2, 4, … values, and is cut wherever the means of
// both sides differ by more than
//
//   epsilon = sqrt(2 m s² d) + 2/3 m d,   d = ln(2 ln(n) / delta),   m = 1/(n0 - l + 1) + 1/(n1 - l + 1)
//
// with n values of variance s² in the window, n0 and n1 of them on the sides, l = min_window_length. As in River, every
// `clock`-th value is looked at, the newest bucket of each row is no place to cut, and a drift ends the window.
// Infinities: stepped.hpp.

#include <algorithm>
#include <cmath>
#include <vector>

#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct Settings {
  double delta = 0.002;
  double warning_delta = 0.02;
  std::uint32_t every = 32;
  std::uint32_t max_buckets = 5;
  std::uint32_t min_window_length = 5;
  std::uint32_t grace_period = 10;
};

struct Bucket {
  double total = 0;
  double squares = 0;  ///< sum of squared distances from the bucket's mean
};

/// Values that wait at most, above max_buckets, before they are settled; a look settles them, too.
constexpr std::size_t most_waiting = 64;

class Adwin {
 public:
  static constexpr bool takes_infinities = false;

  explicit Adwin(Settings settings) : settings_(settings), stride_(settings.max_buckets + most_waiting) { add_row(); }

  Zone take(double value) {
    width_ += 1;
    if (width_ > 1) {
      const double others = width_ - 1;
      const double distance = value - total_ / others;
      squares_ += others * distance * distance / width_;
    }
    total_ += value;
    buckets_[counts_[0]] = {value, 0};
    if (++counts_[0] == stride_) settle();
    if (--until_look_ > 0) return zone_;
    until_look_ = settings_.every;
    if (width_ > settings_.grace_period) {
      settle();
      zone_ = look();
    }
    return zone_;
  }

  void reset() {
    counts_.clear();
    buckets_.clear();
    width_ = total_ = squares_ = 0;
    until_look_ = settings_.every;
    zone_ = Zone::stable;
    add_row();
  }

  std::size_t heap_bytes() const {
    return buckets_.capacity() * sizeof(Bucket) + counts_.capacity() * sizeof(std::size_t);
  }

 private:
  void add_row() {
    counts_.push_back(0);
    buckets_.resize(counts_.size() * stride_);
  }

  Bucket* row_begin(std::size_t row) { return buckets_.data() + row * stride_; }

  /// Whenever a row has one bucket too many, its two oldest become one of the next row. The rows depend on each other
  /// only through the order of what moves on, so that it may be done for many values at once, row by row: no branch
  /// for each value that nobody can predict. Divisions by a bucket's size are exact, it is a power of two: so this is
  /// the textbook's n1 n2 (mean1 - mean2)² / (n1 + n2) to the last digit.
  void settle() {
    double half_inverse_size = 0.5;
    for (std::size_t row = 0; counts_[row] > settings_.max_buckets; ++row, half_inverse_size *= 0.5) {
      if (row + 1 == counts_.size()) add_row();
      const std::size_t merges = (counts_[row] - settings_.max_buckets + 1) / 2;
      Bucket* const here = row_begin(row);
      Bucket* const next = row_begin(row + 1) + counts_[row + 1];
      for (std::size_t i = 0; i < merges; ++i) {
        const Bucket& older = here[2 * i];
        const Bucket& newer = here[2 * i + 1];
        const double distance = older.total - newer.total;
        next[i] = {older.total + newer.total, older.squares + newer.squares + distance * distance * half_inverse_size};
      }
      counts_[row + 1] += merges;
      counts_[row] -= 2 * merges;
      std::copy_n(here + 2 * merges, counts_[row], here);
    }
  }

  Zone look() {
    const double variance = squares_ / width_;
    const double reach = 2 * std::log(width_);
    const double drift = std::log(reach / settings_.delta);
    const double warning = std::log(reach / settings_.warning_delta);
    const double least = settings_.min_window_length;

    // Nearly all places are far from a cut. With u and n the sums and counts of both sides, and since m is at least
    // (n0 + n1) / (n0 n1), there is none where |u0 n1 - u1 n0| <= sqrt(2 s² d n0 n1 (n0 + n1)) + 2/3 d (n0 + n1). That
    // takes no division and no root; `rounding` and `slack` are more than all rounding errors can amount to.
    constexpr double rounding = 1e-15;
    constexpr double slack = 1 - 1e-6;
    const double level = warning > 0 ? warning * slack : 0;
    const double per_product = 2 * variance * level * width_ * slack;
    const double constant = 2.0 / 3.0 * level * width_;

    Zone zone = Zone::stable;
    double n0 = 0;
    double n1 = width_;
    double u0 = 0;
    double u1 = total_;
    double size = std::ldexp(1.0, static_cast<int>(counts_.size()) - 1);
    for (std::size_t row = counts_.size(); row-- > 0; size *= 0.5) {
      const Bucket* bucket = row_begin(row);
      for (std::size_t k = 1; k < counts_[row]; ++k, ++bucket) {
        n0 += size;
        n1 -= size;
        u0 += bucket->total;
        u1 -= bucket->total;
        const double a = u0 * n1;
        const double b = u1 * n0;
        const double beyond = std::abs(a - b) + rounding * (std::abs(a) + std::abs(b)) - constant;
        if (beyond <= 0 || beyond * beyond <= per_product * (n0 * n1)) continue;
        if (n0 < least || n1 < least) continue;
        const double change = std::abs(u0 / n0 - u1 / n1);
        const double m = 1 / (n0 - least + 1) + 1 / (n1 - least + 1);
        if (change > std::sqrt(2 * m * variance * drift) + 2.0 / 3.0 * drift * m) return Zone::drift;
        if (change > std::sqrt(2 * m * variance * warning) + 2.0 / 3.0 * warning * m) zone = Zone::warning;
      }
    }
    return zone;
  }

  Settings settings_;
  std::size_t stride_;
  std::vector<std::size_t> counts_;  ///< of the buckets of 1, 2, 4, … values
  std::vector<Bucket> buckets_;      ///< oldest first, in rows of stride_
  double width_ = 0;
  double total_ = 0;
  double squares_ = 0;
  std::uint32_t until_look_ = settings_.every;
  Zone zone_ = Zone::stable;
};

}  // namespace

StreamMember adwin_detector() {
  return {{"adwin",
           "adaptive windowing: a change of the mean of any values, with a bound on false alarms",
           {{"delta", "0.002", "1e-300..1", "probability", "of a false cut: drift"},
            {"warning_delta", "10 x delta", "delta..1", "probability", "of a false cut: warning"},
            {"clock", "32", "1..1000000", "rows", "between two looks"},
            {"max_buckets", "5", "2..64", "buckets", "of one size, before two become one"},
            {"min_window_length", "5", "1..1000000", "rows", "on each side of a cut"},
            {"grace_period", "10", "1..1000000", "rows", "before the first look"}}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            Settings s;
            PERENNIAL_TRY(check_parameters(
                parameters, {"delta", "warning_delta", "clock", "max_buckets", "min_window_length", "grace_period"}));
            ASSIGN_OR_RETURN(s.delta, number_parameter(parameters, "delta", s.delta, 1e-300, 1));
            ASSIGN_OR_RETURN(s.warning_delta,
                             number_parameter(parameters, "warning_delta", std::min(10 * s.delta, 1.0), s.delta, 1));
            ASSIGN_OR_RETURN(s.every, count_parameter(parameters, "clock", s.every, 1, 1'000'000));
            ASSIGN_OR_RETURN(s.max_buckets, count_parameter(parameters, "max_buckets", s.max_buckets, 2, 64));
            ASSIGN_OR_RETURN(s.min_window_length,
                             count_parameter(parameters, "min_window_length", s.min_window_length, 1, 1'000'000));
            ASSIGN_OR_RETURN(s.grace_period, count_parameter(parameters, "grace_period", s.grace_period, 1, 1'000'000));
            return stepped(Adwin(s));
          }};
}

}  // namespace perennial::drift
