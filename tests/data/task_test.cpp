#include "data/task.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "data/files.hpp"

namespace perennial::data {
namespace {

TEST(Task, is_inferred_from_the_values) {
  TempFolder folder;
  std::string file = "text2,text3,texts,half,grade,rare,money,const,numbers2\n";
  for (int i = 0; i < 300; ++i)
    file += fmt::format("{},{},t{},{},{},{},{},1,{}\n", i % 5 == 0 ? "yes" : "no", "abc"[i % 3], i,
                        i % 2 == 0 ? "0.5" : "-1", 10 - i % 4, i < 3 ? 7 : i % 2, i * 1.5, i % 2 == 0 ? "1.0" : "0");
  const auto schema = infer_schema(SourceSpec::file(folder.write("t.csv", file)));
  ASSERT_OK(schema);
  struct Row {
    std::string column;
    bool works;
    Task task;
    std::vector<std::string> classes;
  };
  const std::vector<Row> rows = {
      {"text2", true, Task::binary, {"no", "yes"}},
      {"text3", true, Task::multiclass, {"a", "b", "c"}},
      {"texts", false, Task::regression, {}},
      {"half", true, Task::binary, {"-1", "0.5"}},
      {"grade", true, Task::multiclass, {"7", "8", "9", "10"}},
      {"rare", true, Task::regression, {}},
      {"money", true, Task::regression, {}},
      {"const", false, Task::regression, {}},
      {"numbers2", true, Task::binary, {"0", "1"}},
  };
  for (const auto& row : rows) {
    const auto target = infer_task(*schema->find(row.column));
    ASSERT_EQ(target.has_value(), row.works) << row.column;
    if (!target) continue;
    EXPECT_EQ(target->task, row.task) << row.column;
    EXPECT_EQ(target->classes, row.classes) << row.column;
  }
  EXPECT_FALSE(make_target(*schema->find("text2"), Task::regression));
  EXPECT_FALSE(make_target(*schema->find("text3"), Task::binary));
  EXPECT_EQ(make_target(*schema->find("rare"), Task::multiclass)->classes, (std::vector<std::string>{"0", "1", "7"}));
  EXPECT_DOUBLE_EQ(minority_share(*schema->find("text2"), *infer_task(*schema->find("text2"))), 0.2);
}

TEST(Task, words_for_missing_values_are_no_classes) {
  TempFolder folder;
  std::string file = "churn,grade,fault\n";
  for (int i = 0; i < 300; ++i)
    file += fmt::format("{},{},{}\n",
                        i % 10 == 0  ? "NA"
                        : i % 3 == 0 ? "yes"
                                     : "no",
                        i % 7 == 0 ? "?" : std::string(1, "abc"[i % 3]), i % 4 == 0 ? "worn" : "None");
  const auto schema = infer_schema(SourceSpec::file(folder.write("t.csv", file)));
  ASSERT_OK(schema);
  const auto churn = infer_task(*schema->find("churn"));
  ASSERT_OK(churn);
  EXPECT_EQ(churn->task, Task::binary);
  EXPECT_EQ(churn->classes, (std::vector<std::string>{"no", "yes"}));
  EXPECT_EQ(words_for_missing(*schema->find("churn")), std::vector<std::string>{"NA"});
  EXPECT_NEAR(minority_share(*schema->find("churn"), *churn), 90.0 / 270, 1e-9) << "of the rows that have a label";
  EXPECT_EQ(infer_task(*schema->find("grade"))->classes, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(infer_task(*schema->find("fault"))->classes, (std::vector<std::string>{"None", "worn"}))
      << "without it there would be nothing to tell apart";
}

TEST(Task, is_inferred_for_real_targets) {
  SKIP_WITHOUT(shared_file("phishing.csv"));
  struct Row {
    std::string file, column;
    Task task;
    std::vector<std::string> classes;
  };
  const std::vector<Row> rows = {
      {"elec2.csv.gz", "class", Task::binary, {"DOWN", "UP"}},
      {"bank_marketing.csv.gz", "y", Task::binary, {"no", "yes"}},
      {"bike_sharing_hourly.csv.gz", "cnt", Task::regression, {}},
      {"synth_sea_abrupt.csv.gz", "class", Task::binary, {"0", "1"}},
      {"phishing.csv", "is_phishing", Task::binary, {"0", "1"}},
      {"trump_approval.csv", "five_thirty_eight", Task::regression, {}},
      {"airline_passengers.csv", "passengers", Task::regression, {}},
      {"cmapss/train_FD001.csv.gz", "s11", Task::regression, {}},
  };
  for (const auto& row : rows) {
    const auto schema = infer_schema(SourceSpec::file(shared_file(row.file)));
    ASSERT_OK(schema);
    const auto target = infer_task(*schema->find(row.column));
    ASSERT_OK(target);
    EXPECT_EQ(target->task, row.task) << row.file;
    EXPECT_EQ(target->classes, row.classes) << row.file;
  }
}

}  // namespace
}  // namespace perennial::data
