#pragma once
// Made-up worlds for policies that weigh loss against price: no data and no models, only how wrong a model of a certain
// age is. Everything follows from the seed.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "triggers/decide.hpp"
#include "triggers/staleness.hpp"

namespace perennial::triggers {

enum class Change { none, noisy, abrupt, gradual, steady, recurring, restless };
inline constexpr Change every_change[] = {Change::none,   Change::noisy,     Change::abrupt,  Change::gradual,
                                          Change::steady, Change::recurring, Change::restless};

inline std::string name_of(Change change) {
  static const char* const names[] = {"none", "noisy", "abrupt", "gradual", "steady", "recurring", "restless"};
  return names[static_cast<int>(change)];
}

/// The world is a position per block of 100 rows. A model learns the mean position of its training window; it errs at
/// the rate noise + slope · |distance to the world now|, so rows from before a change spoil it, as they do in reality.
class DriftingStream {
 public:
  static constexpr std::size_t window = 50;  ///< blocks that a model is trained on
  static constexpr std::size_t warmup = 50;

  DriftingStream(Change change, std::uint64_t seed, std::size_t blocks = 400) : rng_(seed), at_(blocks + warmup) {
    noise_ = change == Change::noisy ? 0.4 : 0.15;
    slope_ = change == Change::steady ? 0.1 : 0.15;
    double level = 0;
    double direction = 1;
    for (std::size_t b = 0; b < at_.size(); ++b) {
      const auto t = static_cast<double>(b);
      if (change == Change::abrupt && b > warmup && rng_.uniform() < 0.01) level = 2 * rng_.uniform() - 1;
      if (change == Change::gradual && b % 100 == 0) direction = rng_.uniform() < 0.5 ? -1 : 1;
      if (change == Change::gradual) level += direction * 0.01;
      if (change == Change::steady) level = t / 60;
      // It wanders off and comes back within some 20 blocks, sooner than a window of training forgets.
      if (change == Change::restless) level = 0.95 * level + 0.2 * rng_.normal();
      if (change == Change::recurring) level = (b / 80) % 2 == 0 ? 0 : 1;
      at_[b] = level;
    }
  }

  std::size_t blocks() const { return at_.size() - warmup; }
  double noise() const { return noise_; }
  /// Error rate in block `now` of a model trained on the window that ends before block `trained`.
  double rate(std::size_t trained, std::size_t now) const {
    return rate_at(mean(trained + warmup - window, trained + warmup), now);
  }
  /// The same for the champion with a correction learned from the blocks since `began` up to `learned_at`.
  double corrected_rate(std::size_t trained, std::size_t began, std::size_t learned_at, std::size_t now) const {
    const auto rows = static_cast<double>(std::min(learned_at - began, window));
    const double weight = rows / (rows + 3);
    const double learned =
        mean(std::max(began, learned_at - std::min(learned_at, window)) + warmup, learned_at + warmup);
    const double own = mean(trained + warmup - window, trained + warmup);
    return rate_at((1 - weight) * own + weight * learned, now);
  }
  /// Retrained every third block for nothing, at once.
  double floor() const {
    double sum = 0;
    for (std::size_t b = 0; b < blocks(); ++b) sum += 100 * rate(b / 3 * 3, b);
    return sum;
  }
  /// What a rollout says of a model trained at `challenger` after `rows` paired rows of the block `now`: it is promoted
  /// where the difference, drawn with the noise of rows of which one in ten is another matter for it, lies within 5 %
  /// at 80 % confidence.
  bool promotes(std::size_t challenger, std::size_t champion, std::size_t now, double rows, Rng& luck) const {
    const double old = rate(champion, now);
    const double gain = old - rate(challenger, now);
    const double error = std::sqrt((0.1 * 2 * old * (1 - old) + std::abs(gain)) / rows);
    return gain + error * luck.normal() + 0.05 * old > 0.84 * error;
  }
  /// Expected loss and price of a fixed period in blocks; 0 = never. A share `kept` of the challengers is in vain; with
  /// `paired_rows` a rollout judges them.
  double scheduled(std::size_t period, double price, double kept = 0, double paired_rows = 0) const {
    Rng luck(7);
    double sum = 0;
    std::size_t trained = 0;
    for (std::size_t b = 0; b < blocks(); ++b) {
      if (period > 0 && b > 0 && b % period == 0) {
        if (paired_rows > 0 ? promotes(b, trained, b, paired_rows, luck) : luck.uniform() >= kept) trained = b;
        sum += price;
      }
      sum += 100 * rate(trained, b);
    }
    return sum;
  }
  /// The position of the world.
  double at(std::size_t block) const { return at_[block + warmup]; }
  double uniform() { return rng_.uniform(); }

 private:
  double rate_at(double position, std::size_t now) const {
    return std::min(0.95, noise_ + slope_ * std::abs(at_[now + warmup] - position));
  }
  double mean(std::size_t from, std::size_t to) const {
    if (from >= to) return at_[from];
    return std::accumulate(at_.begin() + static_cast<std::ptrdiff_t>(from),
                           at_.begin() + static_cast<std::ptrdiff_t>(to), 0.0) /
           static_cast<double>(to - from);
  }

  Rng rng_;
  std::vector<double> at_;
  double noise_ = 0;
  double slope_ = 0;
};

struct PolicyRun {
  double loss = 0;  ///< expected, so that runs are compared without the noise of their labels
  std::vector<std::size_t> retrains;
  std::vector<std::string> reasons;
};

struct StreamOptions {
  bool estimates = true;       ///< LossBlock::fresh_loss is there
  double kept = 0;             ///< share of the challengers that gates or rollout keep back, by chance
  double paired_rows = 0;      ///< that a rollout judges challengers by; 0: `kept` says what becomes of them
  std::size_t lag_blocks = 1;  ///< from request to promotion
  std::uint64_t seed = 1;      ///< of which are kept
};

/// The loop in small: labels are drawn, decide() is asked after each block, a retrain serves after the lag.
inline PolicyRun run_policy(DriftingStream stream, const TriggerConfig& config, const StreamOptions& options = {}) {
  PolicyRun run;
  std::vector<LossBlock> losses;
  std::vector<PastRetrain> retrains;
  TriggerMemory memory;
  std::size_t trained = 0;
  std::size_t began = 0;
  std::size_t pending = 0;  // trained at this block; 0 = none
  PairedGain paired;        // of its rollout so far
  std::string version = "1.0.0";
  TimePoint now(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
  Rng fate(options.seed);
  for (std::size_t b = 0; b < stream.blocks(); ++b) {
    if (pending > 0 && b >= pending + options.lag_blocks) {
      const bool promoted = options.paired_rows > 0 ? stream.promotes(pending, trained, b, options.paired_rows, fate)
                                                    : fate.uniform() >= options.kept;
      retrains.back().outcome = promoted ? RetrainOutcome::promoted : RetrainOutcome::kept;
      if (promoted) {
        trained = pending;
        began = b;
        version = "1.0." + std::to_string(retrains.size());
        retrains.back().version = version;
        retrains.back().promoted_row = b * 100;
        retrains.back().paired = paired;
      }
      pending = 0;
      paired = {};
      memory = after_success(memory, now, b * 100);
    }
    const double rate = stream.rate(trained, b);
    run.loss += 100 * rate;
    LossBlock block;
    block.from_row = b * 100;
    block.rows = 100;
    block.version = version;
    const bool estimated = options.estimates && b >= began + 2;
    const bool aged = options.estimates && b >= began + 2 + aged_blocks;
    const double corrected = estimated ? stream.corrected_rate(trained, began, b, b) : 0;
    const double outdated = aged ? stream.corrected_rate(trained, began, b - aged_blocks, b) : 0;
    double fresh = 0;
    double then = 0;
    double challenged = 0;
    const double challenger = stream.rate(pending > 0 ? pending : trained, b);
    for (int row = 0; row < 100; ++row) {
      const double luck = stream.uniform();
      // One row in ten is another matter for the corrected model than for the champion.
      const double its_luck = stream.uniform() < 0.1 ? stream.uniform() : luck;
      block.loss += luck < rate ? 1 : 0;
      fresh += its_luck < corrected ? 1 : 0;
      then += its_luck < outdated ? 1 : 0;
      challenged += its_luck < challenger ? 1 : 0;
    }
    block.loss_squares = block.loss;
    if (estimated) block.fresh_loss = fresh;
    if (aged) block.aged_loss = then;
    if (pending > 0 && estimated) {
      paired.rows += 100;
      paired.champion += block.loss;
      paired.corrected += fresh;
      paired.challenger += challenged;
    }
    losses.push_back(block);

    TriggerInputs inputs;
    inputs.losses = losses;
    inputs.retrains = retrains;
    inputs.rows_seen = inputs.rows_labelled_total = (b + 1) * 100;
    inputs.rows_labelled_since_training = (b + 1 - trained) * 100;
    now += std::chrono::hours(1);
    const auto decisions = decide(config, inputs, memory, now);
    memory = remember(config, inputs, memory, decisions, now);
    for (const auto& decision : decisions) {
      if (!decision.retrain) continue;
      run.retrains.push_back(b + 1);
      run.reasons.push_back(decision.reason);
      PastRetrain retrain;
      retrain.job = std::to_string(b);
      retrain.requested_row = (b + 1) * 100;
      retrains.push_back(retrain);
      pending = b + 1;
    }
  }
  return run;
}

}  // namespace perennial::triggers
