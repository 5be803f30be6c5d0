#pragma once
// The mean of values that come one by one, and how sure it is, at a constant cost per value and in constant memory.

#include <array>
#include <cstdint>
#include <vector>

namespace perennial::stats {

/// Values in time order that may resemble their neighbours, and may come from entities (users, machines, shops) that
/// each have a level of their own. The standard error is the largest of
///   the plain one;
///   those of the values, and of the means of batches of about n^(1/3) and n^(1/2) values (Flegal & Jones 2010) from 8
///   batches on, each taken for a first-order autoregression: g0 * (1 + r) / (1 - r) with 0 <= r <= 0.99, where r is
///   g1 / g0 freed of its bias of -(1 + 3 r) / k with k batches (Marriott & Pope 1954);
///   the cluster-robust one (CR1: Liang & Zeger 1986), from two entities on, as if there were (sum n_g)^2 / sum n_g^2
///   of them: one of which a single row has come is not yet one more. Fewer than ten are left out of account where
///   rows have come back to each of them ten times on average: they are then all there are, and not a sample.
/// Entities are spread over `clusters` groups by their hash: entities that share a group are one cluster, which is a
/// coarser partition and as valid. Not thread-safe.
class RunningMean {
 public:
  static constexpr std::size_t clusters = 512;

  enum class Entities { may_be_all, sampled };
  explicit RunningMean(Entities entities = Entities::may_be_all) : entities_(entities) {}

  /// A value without an entity. Finite.
  void add(double value);
  /// `entity`: a hash of its name (core/hash.hpp). A mean is fed with entities or without them, not both.
  void add(double value, std::uint64_t entity);

  std::uint64_t n() const { return n_; }
  double mean() const;
  std::uint64_t clusters_seen() const { return used_clusters_; }  ///< 0 where values have no entities
  /// Of the mean; 0 where n < 2 or no value differs from another, infinite where the squares overflow.
  double standard_error() const { return uncertainty().standard_error; }
  /// So many independent values would know the mean as well: at most n, and at most the clusters.
  double effective_n() const { return uncertainty().effective_n; }

  struct Uncertainty {
    double standard_error = 0;
    double effective_n = 0;
    double serial_n = 0;  ///< the same without regard to entities
  };
  /// Both at once.
  Uncertainty uncertainty() const;

 private:
  /// Batches of 2^level values.
  struct Level {
    double first = 0;
    double last = 0;  ///< also the first half of the next batch one level up
    double sum = 0;
    double squares = 0;
    double lagged = 0;  ///< sum of b_i * b_{i+1}
    std::uint64_t batches = 0;
  };
  double long_run_variance(std::size_t level, double mean) const;  ///< per value
  double cluster_variance(double mean) const;                      ///< of the sum
  double effective_clusters() const;
  bool clusters_count() const;

  Entities entities_;
  std::uint64_t n_ = 0;
  double first_ = 0;  ///< taken off every value, so that large levels cost no digits
  std::array<Level, 40> levels_{};
  std::vector<double> cluster_sums_;
  std::vector<double> cluster_sizes_;
  std::uint64_t used_clusters_ = 0;
  std::uint64_t runs_ = 0;  ///< of rows of one cluster after the other
  std::uint64_t last_cluster_ = clusters;
  double cluster_squares_ = 0;       ///< sum of S_g^2
  double cluster_products_ = 0;      ///< sum of S_g * n_g
  double cluster_size_squares_ = 0;  ///< sum of n_g^2
};

}  // namespace perennial::stats
