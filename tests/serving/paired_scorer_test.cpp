#include "serving/paired_scorer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <thread>

#include "serving/fakes.hpp"

namespace perennial::serving {
namespace {

using namespace serving::testing;

features::InputBatch rows_up_to(std::size_t rows) {
  features::InputBatch batch{rows, 2, 0, {}, {}};
  for (std::size_t i = 0; i < rows; ++i) batch.numbers.insert(batch.numbers.end(), {static_cast<float>(i), 0.5F});
  return batch;
}

using namespace std::chrono_literals;

/// The length of the row's text plus its number. Every run waits until as many threads as wished have come.
class MeetingScorer final : public Scorer {
 public:
  explicit MeetingScorer(std::size_t wished) : wished_(wished) {}
  const Signature& signature() const override { return signature_; }
  Result<Outputs> run(const features::InputBatch& batch) const override {
    std::unique_lock lock(mutex_);
    threads_.insert(std::this_thread::get_id());
    come_.notify_all();
    if (!come_.wait_for(lock, 20s, [this] { return threads_.size() >= wished_; }))
      return perennial::fail(ErrorCode::internal, "nobody else came");
    Outputs outputs{batch.rows, 1, {}};
    for (std::size_t row = 0; row < batch.rows; ++row)
      outputs.values.push_back(static_cast<float>(batch.texts[row].size()) + batch.numbers[row * batch.numeric_count]);
    return outputs;
  }

 private:
  std::size_t wished_;
  mutable std::mutex mutex_;
  mutable std::condition_variable come_;
  mutable std::set<std::thread::id> threads_;
  Signature signature_;
};

features::InputBatch rows_with_texts(std::size_t rows) {
  features::InputBatch batch{rows, 1, 1, {}, {}};
  for (std::size_t row = 0; row < rows; ++row) {
    batch.numbers.push_back(static_cast<float>(1000 * row));
    batch.texts.emplace_back(row % 7, 'x');
  }
  return batch;
}

TEST(PairedScorer, gives_every_row_the_answer_of_the_whole_batch) {
  const auto whole = std::make_shared<SumScorer>(numeric_signature());
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, 2 * kPairedRowsLeast - 1, 2 * kPairedRowsLeast,
                                 2 * kPairedRowsLeast + 1, std::size_t{1001}}) {
    const auto expected = whole->run(rows_up_to(rows));
    const std::size_t runs = whole->runs;
    const auto paired = PairedScorer(whole).run(rows_up_to(rows));
    ASSERT_TRUE(expected && paired);
    EXPECT_EQ(paired->rows, rows);
    EXPECT_EQ(paired->width, expected->width);
    EXPECT_EQ(paired->values, expected->values);
    if (rows < 2 * kPairedRowsLeast) EXPECT_EQ(whole->runs - runs, 1U);
    else EXPECT_GE(whole->runs - runs, 2U);
  }
}

TEST(PairedScorer, two_threads_answer_and_texts_stay_with_their_rows) {
  const auto answers = PairedScorer(std::make_shared<MeetingScorer>(2)).run(rows_with_texts(101));
  ASSERT_TRUE(answers) << answers.error().message();
  for (std::size_t row = 0; row < 101; ++row) ASSERT_EQ(answers->values[row], static_cast<float>(1000 * row + row % 7));
}

/// The worker is held at its first run until it is let go; the first caller waits for that.
class HeldScorer final : public Scorer {
 public:
  explicit HeldScorer(std::thread::id late) : late_(late) {}
  const Signature& signature() const override { return signature_; }
  Result<Outputs> run(const features::InputBatch& batch) const override {
    std::unique_lock lock(mutex_);
    const auto self = std::this_thread::get_id();
    if (!first_) first_ = self;
    if (self != late_ && self != *first_) {
      held_ = true;
      changed_.notify_all();
      changed_.wait_for(lock, 20s, [this] { return let_go_; });
    } else if (self == *first_) {
      changed_.wait_for(lock, 20s, [this] { return held_; });
    }
    return Outputs{batch.rows, 1, std::vector<float>(batch.rows, 1.0F)};
  }
  void wait_until_held() const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 20s, [this] { return held_; });
  }
  void let_go() const {
    const std::scoped_lock lock(mutex_);
    let_go_ = true;
    changed_.notify_all();
  }

 private:
  std::thread::id late_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable std::optional<std::thread::id> first_;
  mutable bool held_ = false;
  mutable bool let_go_ = false;
  Signature signature_;
};

TEST(PairedScorer, a_worker_that_does_not_come_is_not_waited_for) {
  const auto held = std::make_shared<HeldScorer>(std::this_thread::get_id());
  const PairedScorer scorer(held);
  // Whichever of the two threads comes first is called the caller: the other one is held.
  std::thread first([&] { EXPECT_TRUE(scorer.run(rows_up_to(64))); });
  held->wait_until_held();
  const auto answers = scorer.run(rows_up_to(64));
  held->let_go();
  first.join();
  ASSERT_TRUE(answers);
  EXPECT_EQ(answers->values, std::vector<float>(64, 1.0F));
}

TEST(PairedScorer, fails_where_any_part_fails) {
  for (const float bad : {3.0F, 97.0F}) {
    const auto scorer = std::make_shared<SumScorer>(numeric_signature());
    scorer->fail_run_at = bad;
    const auto answers = PairedScorer(scorer).run(rows_up_to(100));
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().what, "cannot score this row");
  }
}

/// As a library that is out of memory would.
class ThrowingScorer final : public Scorer {
 public:
  const Signature& signature() const override { return signature_; }
  Result<Outputs> run(const features::InputBatch&) const override { throw std::bad_alloc(); }

 private:
  Signature signature_;
};

TEST(PairedScorer, hands_on_what_is_thrown) {
  EXPECT_THROW(static_cast<void>(PairedScorer(std::make_shared<ThrowingScorer>()).run(rows_up_to(100))),
               std::bad_alloc);
}

}  // namespace
}  // namespace perennial::serving
