#include "features/encoding.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "features/tables.hpp"

namespace perennial::features {
namespace {

const std::vector<InputColumn> columns = {{"x", ColumnKind::numeric}, {"c", ColumnKind::categorical}};

Table many(const std::vector<std::pair<std::string, int>>& counts) {
  std::vector<std::string> values;
  for (const auto& [value, count] : counts) values.insert(values.end(), static_cast<std::size_t>(count), value);
  return table_of({numbers("x", std::vector<double>(values.size())), texts("c", values)});
}

TEST(Encoding, ranks_categories_by_the_mean_of_the_truth) {
  const Table rows = many({{"high", 100}, {"low", 100}, {"once", 1}, {"", 5}});
  std::vector<double> truth(rows.rows, 0.0);
  std::fill_n(truth.begin(), 80, 1.0);
  truth[200] = 1;  // one lucky row must not make a category the best
  const auto encodings = fit_encodings(rows, columns, truth);
  ASSERT_OK(encodings);
  ASSERT_EQ(encodings->columns.size(), 1u);
  EXPECT_EQ(encodings->columns[0].values, (std::vector<std::string>{"low", "once", "high"}));
}

TEST(Encoding, ties_go_by_value_and_unlabelled_rows_do_not_matter) {
  const Table rows = many({{"b", 2}, {"a", 2}, {"c", 1}});
  for (const auto& truth : {std::vector<double>{}, std::vector<double>(5, missing), std::vector<double>(5, 3.0)}) {
    const auto encodings = fit_encodings(rows, columns, truth);
    ASSERT_OK(encodings);
    EXPECT_EQ(encodings->columns[0].values, (std::vector<std::string>{"a", "b", "c"}));
  }
  EXPECT_FALSE(fit_encodings(rows, columns, std::vector<double>(4)));
  EXPECT_FALSE(fit_encodings(rows, {{"none", ColumnKind::categorical}}, {}));
}

TEST(Encoding, does_not_depend_on_the_dictionary) {
  const Table all = many({{"early", 50}, {"b", 10}, {"a", 10}});
  const auto encodings = fit_encodings(all.slice(50, 20), columns, {});
  ASSERT_OK(encodings);
  EXPECT_EQ(encodings->columns[0].values, (std::vector<std::string>{"a", "b"})) << "'early' is not in these rows";
}

TEST(Encoding, keeps_the_most_frequent_categories) {
  std::vector<std::pair<std::string, int>> counts;
  for (std::size_t i = 0; i < encoded_categories + 50; ++i)
    counts.emplace_back(fmt::format("k{:05}", i), i < 50 ? 1 : 2);
  const auto encodings = fit_encodings(many(counts), columns, {});
  ASSERT_OK(encodings);
  EXPECT_EQ(encodings->columns[0].values.size(), encoded_categories);
  EXPECT_EQ(encodings->columns[0].values.front(), "k00050");
}

TEST(Encoding, json_round_trip) {
  const Encodings encodings{{{"c", {"a", "ü", ""}}, {"d", {}}}};
  const auto again = encodings_from_json(to_json(encodings));
  ASSERT_OK(again);
  EXPECT_EQ(*again, encodings);
  EXPECT_EQ(encodings_from_json(Json::array()).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace perennial::features
