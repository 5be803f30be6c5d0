#pragma once
// A scorer that computes sums, and routing tables made of it.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <atomic>
#include <cmath>
#include <functional>
#include <thread>

#include "serving/predictor.hpp"

namespace perennial::serving::testing {

/// Answers offset + the sum of the numbers; may be told to fail.
class SumScorer final : public Scorer {
 public:
  explicit SumScorer(Signature signature, float offset = 0) : signature_(std::move(signature)), offset_(offset) {}
  const Signature& signature() const override { return signature_; }
  Result<Outputs> run(const features::InputBatch& batch) const override {
    runs += 1;
    rows += batch.rows;
    if (delay.count() > 0) std::this_thread::sleep_for(delay);
    Outputs outputs{batch.rows, 1, {}};
    for (std::size_t row = 0; row < batch.rows; ++row) {
      float sum = offset_;
      for (std::size_t c = 0; c < batch.numeric_count; ++c) sum += batch.numbers[row * batch.numeric_count + c];
      if (fail_run_at && batch.numbers[row * batch.numeric_count] == *fail_run_at)
        return perennial::fail(ErrorCode::internal, "cannot score this row");
      if (nan_at && batch.numbers[row * batch.numeric_count] == *nan_at) sum = std::nanf("");
      outputs.values.push_back(sum);
    }
    return outputs;
  }

  std::optional<float> fail_run_at;  ///< first input of the row
  std::optional<float> nan_at;
  std::chrono::milliseconds delay{0};
  mutable std::atomic<std::size_t> runs{0};
  mutable std::atomic<std::size_t> rows{0};

 private:
  Signature signature_;
  float offset_;
};

inline Signature numeric_signature(std::size_t columns = 2) {
  Signature signature;
  for (std::size_t c = 0; c < columns; ++c) signature.request.push_back({fmt::format("x{}", c), ColumnKind::numeric});
  signature.inputs = signature.request;
  signature.targets = {{"y", Task::regression, {}}};
  return signature;
}

/// Rows with x0 = first + i, the other columns 1; ids "<prefix><i>", entities "e<i>".
inline PredictBatch batch_of(std::size_t first, std::size_t count, std::size_t columns = 2,
                             const std::string& prefix = "p") {
  PredictBatch batch;
  batch.rows.rows = count;
  for (std::size_t c = 0; c < columns; ++c)
    batch.rows.columns.push_back(
        {fmt::format("x{}", c), ColumnKind::numeric, std::vector<double>(count, 1.0), {}, nullptr});
  for (std::size_t i = 0; i < count; ++i) {
    batch.rows.columns[0].numbers[i] = static_cast<double>(first + i);
    batch.rows.times.push_back(TimePoint{std::chrono::seconds{static_cast<std::int64_t>(first + i)}});
    batch.rows.entities.push_back(fmt::format("e{}", first + i));
    batch.ids.push_back(fmt::format("{}{}", prefix, first + i));
  }
  return batch;
}

/// One model "m" whose champion 1.0.0 answers the sum, and whose challenger 1.0.1 (where weighted) the sum + 1000.
struct Bench {
  explicit Bench(std::size_t columns = 2)
      : signature(numeric_signature(columns)),
        champion(std::make_shared<SumScorer>(signature)),
        challenger(std::make_shared<SumScorer>(signature, 1000.0f)),
        runtime(std::make_shared<ModelRuntime>()) {}

  ModelRoute route() const {
    ModelRoute r;
    r.model = "m";
    r.signature = std::make_shared<Signature>(signature);
    r.champion = {"1.0.0", "aa", champion};
    r.runtime = runtime;
    return r;
  }
  ModelRoute with_challenger(double weight, bool mirror = true) const {
    ModelRoute r = route();
    r.challenger = ChallengerRoute{{"1.0.1", "bb", challenger}, weight, 7, mirror};
    r.phase = 1;
    return r;
  }
  void install(ModelRoute r) {
    auto table = std::make_shared<RoutingTable>();
    table->epoch = ++epoch;
    table->models.push_back(std::move(r));
    const auto status = router.install(table);
    EXPECT_TRUE(status);
  }
  RecordSink sink() {
    return [this](const std::string&, std::shared_ptr<const feedback::PredictionRecord> record) {
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(record->check());
      records.push_back(std::move(record));
    };
  }

  Signature signature;
  std::shared_ptr<SumScorer> champion;
  std::shared_ptr<SumScorer> challenger;
  std::shared_ptr<ModelRuntime> runtime;
  Router router;
  std::uint64_t epoch = 0;
  std::mutex mutex;
  std::vector<std::shared_ptr<const feedback::PredictionRecord>> records;
};

}  // namespace perennial::serving::testing
