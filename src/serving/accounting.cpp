#include "serving/accounting.hpp"

#include <array>
#include <atomic>

namespace perennial::serving {
namespace {

constexpr std::size_t kArms = 3;

/// Threads take shards in turn.
std::size_t shard_of_this_thread() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t mine = threads.fetch_add(1, std::memory_order_relaxed);
  return mine;
}

/// Counts of one arm in one shard; the histogram is made with the first latency, as most models have one arm only.
struct Cell {
  ArmSample sums;
  double latency_us_sum = 0;
  std::unique_ptr<stats::LogHistogram> latency_us;

  void add(const ArmSample& sample) {
    sums.requests += sample.requests;
    sums.errors += sample.errors;
    sums.non_finite += sample.non_finite;
    sums.fallbacks += sample.fallbacks;
    if (sample.latency_us < 0) return;
    if (!latency_us) latency_us = std::make_unique<stats::LogHistogram>();
    latency_us->add(sample.latency_us);
    latency_us_sum += sample.latency_us;
  }
  void add_to(ArmCounts& counts) const {
    counts.requests += sums.requests;
    counts.errors += sums.errors;
    counts.non_finite += sums.non_finite;
    counts.fallbacks += sums.fallbacks;
    counts.latency_us_sum += latency_us_sum;
    if (latency_us) counts.latency_us.merge(*latency_us);
  }
};

}  // namespace

struct Accounting::Shard {
  std::mutex mutex;
  std::array<Cell, kArms> total;
  std::array<Cell, kArms> of_phase;
  std::array<std::uint64_t, kArms> phase{};
  std::uint64_t repeated = 0;
  std::uint64_t refused = 0;
};

Accounting::Accounting() : shards_(std::make_unique<Shard[]>(kShards)) {}
Accounting::~Accounting() = default;

Accounting::Shard& Accounting::mine() const { return shards_[shard_of_this_thread() % kShards]; }

void Accounting::add(feedback::Arm arm, std::uint64_t phase, const ArmSample& sample) {
  const auto a = static_cast<std::size_t>(arm);
  Shard& shard = mine();
  const std::lock_guard lock(shard.mutex);
  shard.total[a].add(sample);
  if (phase < shard.phase[a]) return;
  if (phase > shard.phase[a]) {
    shard.phase[a] = phase;
    shard.of_phase[a] = {};
  }
  shard.of_phase[a].add(sample);
}

ArmCounts Accounting::sum(feedback::Arm arm, const std::uint64_t* phase) const {
  const auto a = static_cast<std::size_t>(arm);
  ArmCounts counts;
  for (std::size_t i = 0; i < kShards; ++i) {
    Shard& shard = shards_[i];
    const std::lock_guard lock(shard.mutex);
    if (phase == nullptr) shard.total[a].add_to(counts);
    else if (shard.phase[a] == *phase) shard.of_phase[a].add_to(counts);
  }
  return counts;
}

ArmCounts Accounting::phase(feedback::Arm arm, std::uint64_t phase) const { return sum(arm, &phase); }
ArmCounts Accounting::total(feedback::Arm arm) const { return sum(arm, nullptr); }

void Accounting::add_repeated(std::uint64_t rows) {
  Shard& shard = mine();
  const std::lock_guard lock(shard.mutex);
  shard.repeated += rows;
}

void Accounting::add_refused(std::uint64_t rows) {
  Shard& shard = mine();
  const std::lock_guard lock(shard.mutex);
  shard.refused += rows;
}

std::uint64_t Accounting::repeated() const {
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    rows += shards_[i].repeated;
  }
  return rows;
}

std::uint64_t Accounting::refused() const {
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < kShards; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    rows += shards_[i].refused;
  }
  return rows;
}

}  // namespace perennial::serving
