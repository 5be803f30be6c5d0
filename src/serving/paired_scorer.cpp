#include "serving/paired_scorer.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <optional>
#include <vector>

namespace perennial::serving {
namespace {

features::InputBatch part_of(const features::InputBatch& batch, std::size_t first, std::size_t rows) {
  const auto cut = [&](const auto& values, std::size_t width) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(first * width);
    return std::decay_t<decltype(values)>(begin, begin + static_cast<std::ptrdiff_t>(rows * width));
  };
  return {rows, batch.numeric_count, batch.text_count, cut(batch.numbers, batch.numeric_count),
          cut(batch.texts, batch.text_count)};
}

/// A batch in parts. Whoever holds it may take parts until none is left; the batch and the scorer are not looked at
/// after that, and all parts are done when wait() returns.
class Parts {
 public:
  Parts(const Scorer& scorer, const features::InputBatch& batch, std::size_t rows_each)
      : scorer_(scorer),
        batch_(batch),
        rows_each_(rows_each),
        answers_((batch.rows + rows_each - 1) / rows_each),
        thrown_(answers_.size()),
        left_(static_cast<std::ptrdiff_t>(answers_.size())) {}

  void work() {
    for (;;) {
      const std::size_t part = next_.fetch_add(1, std::memory_order_relaxed);
      if (part >= answers_.size()) return;
      const std::size_t first = part * rows_each_;
      try {
        answers_[part] = scorer_.run(part_of(batch_, first, std::min(rows_each_, batch_.rows - first)));
      } catch (...) {
        thrown_[part] = std::current_exception();  // wait() must return, whoever had the part
      }
      left_.count_down();
    }
  }

  Result<Outputs> wait() {
    left_.wait();
    for (const auto& thrown : thrown_)
      if (thrown) std::rethrow_exception(thrown);
    Outputs all;
    for (const auto& answer : answers_) {
      if (!*answer) return std::unexpected(answer->error());
      const Outputs& part = **answer;
      if (all.rows > 0 && part.width != all.width)
        return fail(ErrorCode::internal, "the parts of a batch were answered in different shapes");
      all.width = part.width;
      all.rows += part.rows;
      all.values.insert(all.values.end(), part.values.begin(), part.values.end());
    }
    if (all.rows != batch_.rows) return fail(ErrorCode::internal, "a batch was answered with another number of rows");
    return all;
  }

 private:
  const Scorer& scorer_;
  const features::InputBatch& batch_;
  std::size_t rows_each_;
  std::vector<std::optional<Result<Outputs>>> answers_;
  std::vector<std::exception_ptr> thrown_;
  std::atomic<std::size_t> next_{0};
  std::latch left_;
};

}  // namespace

Result<Outputs> PairedScorer::run(const features::InputBatch& batch) const {
  if (batch.rows < 2 * kPairedRowsLeast) return single_->run(batch);
  const auto parts = std::make_shared<Parts>(
      *single_, batch, std::max(kPairedRowsLeast, (batch.rows + kPairedParts - 1) / kPairedParts));
  worker_.give([parts] { parts->work(); });
  parts->work();
  return parts->wait();
}

std::shared_ptr<const Scorer> paired_where(bool paired, std::shared_ptr<const Scorer> scorer) {
  if (!paired) return scorer;
  return std::make_shared<PairedScorer>(std::move(scorer));
}

}  // namespace perennial::serving
