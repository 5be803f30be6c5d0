#include "lifecycle/evidence/importance_watch.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace perennial::lifecycle {
namespace {

/// Answers 3 x + (kind is "b"); z is not used.
class WeighingScorer final : public inference::Scorer {
 public:
  const Signature& signature() const override { return signature_; }
  Result<Outputs> run(const features::InputBatch& batch) const override {
    Outputs outputs{batch.rows, 1, {}};
    for (std::size_t row = 0; row < batch.rows; ++row)
      outputs.values.push_back(3 * batch.numbers[row * batch.numeric_count] + (batch.texts[row] == "b" ? 1.0F : 0.0F));
    return outputs;
  }

 private:
  std::vector<InputColumn> inputs_{
      {"x", ColumnKind::numeric}, {"kind", ColumnKind::categorical}, {"z", ColumnKind::numeric}};
  Signature signature_{inputs_, inputs_, {{"y", Task::regression, {}}}};
};

TEST(MeasureReliance, exchanges_one_column_at_a_time_and_leaves_the_others) {
  Table rows;
  rows.rows = 4;
  auto words = std::make_shared<Dictionary>();
  const auto a = words->code_of("a");
  const auto b = words->code_of("b");
  rows.columns = {Column{"z", ColumnKind::numeric, {9, 8, 7, 6}, {}, nullptr},
                  Column{"kind", ColumnKind::categorical, {}, {a, b, a, a}, words},
                  Column{"x", ColumnKind::numeric, {1, 2, 5, 5}, {}, nullptr}};
  const drift::RowPairs pairs{{1, 0, 2, 3}, {0, 0}};
  const auto measured = measure_reliance(WeighingScorer{}, rows, pairs, {"x", "kind", "z"});
  ASSERT_TRUE(measured.has_value()) << measured.error().message();
  const auto good = measured->good();
  ASSERT_EQ(good.size(), 2U);
  EXPECT_EQ(good[0]->changes, (std::vector<double>{3, 1, 0}));
  EXPECT_EQ(good[1]->changes, (std::vector<double>{0, 0, 0})) << "the rows of this pair are alike";
  const auto some = measure_reliance(WeighingScorer{}, rows, pairs, {"kind"});
  ASSERT_TRUE(some.has_value());
  EXPECT_EQ(some->good()[0]->changes, std::vector<double>{1});
  rows.columns.pop_back();
  const auto missing = measure_reliance(WeighingScorer{}, rows, pairs, {"x"});
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message().find("'x' is missing"), std::string::npos) << missing.error().message();
}

TEST(ColumnsToExchange, are_those_that_the_training_used) {
  std::vector<InputColumn> inputs;
  std::map<std::string, stats::Importance> gain;
  for (int i = 0; i < 150; ++i) {
    inputs.push_back({fmt::format("c{:03}", i), ColumnKind::numeric});
    gain["y"][inputs.back().name] = i + 1.0;
  }
  const std::vector<InputColumn> few(inputs.begin(), inputs.begin() + 3);
  EXPECT_EQ(*columns_to_exchange(few, {}), (std::vector<std::string>{"c000", "c001", "c002"})) << "nothing is known";
  EXPECT_EQ(*columns_to_exchange(few, {{"y", {{"c002", 0.5}}}, {"z", {{"c000", 0.5}}}}),
            (std::vector<std::string>{"c000", "c002"}));
  EXPECT_TRUE(columns_to_exchange(few, {{"y", {}}})->empty()) << "a constant model";
  const auto largest = columns_to_exchange(inputs, gain);
  ASSERT_TRUE(largest.has_value());
  EXPECT_EQ(largest->size(), drift::importance_columns);
  EXPECT_EQ(largest->front(), "c050") << "in the order of the inputs, the smallest shares left out";
  const auto too_many = columns_to_exchange(inputs, {});
  ASSERT_FALSE(too_many.has_value());
  EXPECT_NE(too_many.error().message().find("at most 100"), std::string::npos) << too_many.error().message();
}

}  // namespace
}  // namespace perennial::lifecycle
