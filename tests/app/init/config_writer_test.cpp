#include "app/init/config_writer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "lifecycle/fleet_config.hpp"

namespace perennial::app {
namespace {

using data::ColumnSchema;

constexpr std::uint64_t rows = 10000;

ColumnSchema numeric(const std::string& name, std::uint64_t distinct = 5000) {
  ColumnSchema column;
  column.name = name;
  column.distinct = distinct;
  column.min = 0;
  column.max = 1;
  column.mean = 0.5;
  return column;
}

ColumnSchema text(const std::string& name, std::uint64_t distinct) {
  ColumnSchema column = numeric(name, distinct);
  column.kind = ColumnKind::categorical;
  return column;
}

ColumnSchema classes(const std::string& name, std::uint64_t rare) {
  ColumnSchema column = text(name, 2);
  column.values = {{"no", rows - rare}, {"yes", rare}};
  column.examples = {"no", "yes"};
  return column;
}

ColumnSchema day(const std::string& name) {
  ColumnSchema column = text(name, 400);
  column.is_time = column.never_decreases = column.is_clock_like = true;
  column.first = "2026-01-01";
  column.last = "2027-02-05";
  column.examples = {"2026-01-01"};
  return column;
}

data::FileSchema schema(std::vector<ColumnSchema> columns) { return {"file.csv", rows, std::move(columns)}; }

TEST(ConfigWriter, too_few_rows_and_a_time_that_stands_still_are_one_sentence_each) {
  data::FileSchema few = schema({numeric("a"), classes("y", 4000)});
  few.rows = 59;
  const auto refused = write_config({"file.csv", "y", {}, {}, {}, "m"}, few);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "59 rows are too few to learn from");
  EXPECT_EQ(refused.error().where, "file.csv");
  few.rows = 60;
  EXPECT_TRUE(write_config({"file.csv", "y", {}, {}, {}, "m"}, few));

  ColumnSchema still = day("t");
  still.is_constant = true;
  const auto no_time =
      write_config({"file.csv", "y", {"t"}, {}, {}, "m"}, schema({still, numeric("a"), classes("y", 4000)}));
  ASSERT_FALSE(no_time);
  EXPECT_NE(no_time.error().what.find("the same in every row"), std::string::npos);
}

struct ColumnRow {
  const char* why;
  ColumnSchema column;
  bool included;
};

TEST(ConfigWriter, columns_that_teach_nothing_are_left_out_and_named) {
  ColumnSchema constant = numeric("x", 1);
  constant.is_constant = true;
  ColumnSchema empty = numeric("x", 0);
  empty.missing = rows;
  ColumnSchema clock = numeric("x", rows);
  clock.never_decreases = clock.is_clock_like = true;
  ColumnSchema sometimes = constant;
  sometimes.missing = rows / 2;
  ColumnSchema dates = text("x", 400);
  dates.is_time = true;
  dates.first = "2026-03-01";
  const std::vector<ColumnRow> cases = {
      {"an ordinary number", numeric("x"), true},
      {"a constant", constant, false},
      {"no value at all", empty, false},
      {"an index that only grows", clock, false},
      {"one value, or none: that it is missing may say something", sometimes, true},
      {"dates in any order", dates, false},
      {"a name of its own for nearly every row", text("x", 9000), false},
      {"a category", text("x", 40), true},
      {"a number that differs in every row is a measurement", numeric("x", rows), true},
  };
  for (const auto& row : cases) {
    const auto made =
        write_config({"file.csv", "y", {}, {}, {}, "m"}, schema({row.column, numeric("other"), classes("y", 4000)}));
    ASSERT_TRUE(made) << row.why << ": " << made.error().message();
    EXPECT_EQ(made->yaml.find("include: [x, other]") != std::string::npos, row.included) << row.why << "\n"
                                                                                         << made->yaml;
    const bool told = std::any_of(made->notes.begin(), made->notes.end(),
                                  [](const auto& note) { return note.find("'x'") != std::string::npos; });
    EXPECT_EQ(told, !row.included) << row.why << ": what is left out is said";
  }
}

struct TargetRow {
  const char* why;
  ColumnSchema target;
  const char* line;
};

TEST(ConfigWriter, the_task_and_its_metric_follow_the_target) {
  const std::vector<TargetRow> cases = {
      {"balanced classes are judged by accuracy", classes("y", 4000), "primary: y.accuracy"},
      {"a rare class makes it AUC", classes("y", 1000), "primary: y.auc"},
      {"numbers are judged by RMSE", numeric("y"), "primary: y.rmse"},
  };
  for (const auto& row : cases) {
    const auto made = write_config({"file.csv", "y", {}, {}, {}, "m"}, schema({numeric("a"), row.target}));
    ASSERT_TRUE(made) << row.why << ": " << made.error().message();
    EXPECT_NE(made->yaml.find(row.line), std::string::npos) << row.why << "\n" << made->yaml;
  }
  const auto rare = write_config({"file.csv", "y", {}, {}, {}, "m"}, schema({numeric("a"), classes("y", 1000)}));
  EXPECT_NE(rare->notes.at(0).find("10.0 %"), std::string::npos) << "and says so: " << rare->notes.at(0);
}

TEST(ConfigWriter, a_leaf_needs_what_twenty_rows_weigh_where_classes_are_rare_or_many) {
  const auto many = [](std::size_t count) {
    ColumnSchema column = text("y", count);
    column.values.clear();
    column.examples.clear();
    for (std::size_t i = 0; i < count; ++i) column.values.push_back({"k" + std::to_string(i), rows / count});
    for (std::size_t i = 0; i < count; ++i) column.examples.push_back("k" + std::to_string(i));
    return column;
  };
  const std::vector<TargetRow> cases = {
      {"numbers: a row weighs 1", numeric("y"), "min_child_weight: 5,"},
      {"as common as not", classes("y", 4000), "min_child_weight: 5,"},
      {"10 %", classes("y", 1000), "min_child_weight: 1.8,"},
      {"1 %", classes("y", 100), "min_child_weight: 0.2,"},
      {"one in a thousand: a bound", classes("y", 10), "min_child_weight: 0.05,"},
      {"three classes", many(3), "min_child_weight: 5,"},
      {"twenty classes", many(20), "min_child_weight: 1.9,"},
  };
  for (const auto& row : cases) {
    const auto made = write_config({"file.csv", "y", {}, {}, {}, "m"}, schema({numeric("a"), row.target}));
    ASSERT_TRUE(made) << row.why << ": " << made.error().message();
    EXPECT_NE(made->yaml.find(row.line), std::string::npos) << row.why << "\n" << made->yaml;
  }
}

TEST(ConfigWriter, what_it_writes_is_a_config_that_parses) {
  const std::vector<InitRequest> requests = {
      {"file.csv", "y", {}, {}, {}, ""},
      {"some dir/we ird: name.csv", "y", {"when"}, "a", {"b"}, ""},
      {"file.csv", "y", {"when"}, {}, {}, "model-1"},
  };
  for (const auto& request : requests) {
    const auto made =
        write_config(request, schema({day("when"), numeric("a"), numeric("b"), text("c: d", 9), classes("y", 4000)}));
    ASSERT_TRUE(made) << made.error().message();
    const auto fleet = lifecycle::parse_fleet(made->yaml, "perennial.yaml");
    ASSERT_TRUE(fleet) << fleet.error().message() << "\n" << made->yaml;
    const auto& model = fleet->models.at(0);
    EXPECT_EQ(model.targets.at(0).name, "y");
    EXPECT_EQ(model.source->files, std::vector<std::string>{request.data});
    EXPECT_EQ(model.entity, request.entity);
    EXPECT_EQ(model.timestamp, request.timestamp);
    EXPECT_FALSE(model.triggers.when.empty());
  }
}

TEST(ConfigWriter, a_calendar_is_derived_where_there_is_one) {
  const auto dated =
      write_config({"file.csv", "y", {"when"}, {}, {}, "m"}, schema({day("when"), numeric("a"), numeric("y")}));
  ASSERT_TRUE(dated) << dated.error().message();
  const auto calendar =
      lifecycle::parse_fleet(dated->yaml, "c.yaml")->models.at(0).text.at("features").at("derive").at(0).at("calendar");
  const std::set<std::string> parts = calendar;
  EXPECT_EQ(parts, (std::set<std::string>{"month", "weekday"})) << "days have no hours\n" << dated->yaml;
  EXPECT_EQ(dated->yaml.find("row_interval"), std::string::npos) << "the time is the data's own";
  ColumnSchema cycle = numeric("cycle", 300);
  cycle.is_integer = true;
  cycle.min = 1;
  cycle.max = 300;
  const auto counted =
      write_config({"file.csv", "y", {"cycle"}, {}, {}, "m"}, schema({cycle, numeric("a"), numeric("y")}));
  ASSERT_TRUE(counted) << counted.error().message();
  EXPECT_EQ(counted->yaml.find("calendar"), std::string::npos) << "a count has no weekdays";
  const auto without = write_config({"file.csv", "y", {}, {}, {}, "m"}, schema({numeric("a"), numeric("y")}));
  EXPECT_NE(without->yaml.find("row_interval: 1min"), std::string::npos);
}

TEST(ConfigWriter, only_the_calendar_is_enough_to_learn_from_but_nothing_is_not) {
  EXPECT_TRUE(write_config({"file.csv", "y", {"when"}, {}, {}, "m"}, schema({day("when"), numeric("y")})));
  const auto nothing = write_config({"file.csv", "y", {}, {}, {"a"}, "m"}, schema({numeric("a"), numeric("y")}));
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::invalid);
}

TEST(ConfigWriter, an_unknown_column_names_the_nearest) {
  const auto file = schema({numeric("price"), numeric("y")});
  const std::vector<InitRequest> requests = {{"f", "Y", {}, {}, {}, ""},
                                             {"f", "y", {"prise"}, {}, {}, ""},
                                             {"f", "y", {}, "prise", {}, ""},
                                             {"f", "y", {}, {}, {"prise"}, ""}};
  for (const auto& request : requests) {
    const auto made = write_config(request, file);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::not_found);
    EXPECT_NE(made.error().message().find("did you mean"), std::string::npos) << made.error().message();
  }
}

TEST(ConfigWriter, numbers_follow_the_length_of_the_history_within_bounds) {
  std::uint64_t last = 0;
  for (const std::uint64_t n : {60ULL, 144ULL, 500ULL, 5000ULL, 45312ULL, 1000000ULL, 100000000ULL}) {
    const auto d = defaults_for(n);
    EXPECT_GE(d.retrain_every, std::max<std::uint64_t>(last, 100)) << n;
    last = d.retrain_every;
    EXPECT_LE(d.holdout * 5, d.window) << n;
    EXPECT_GT(d.shadow, 0U) << n;
    EXPECT_LE(d.monitor_every, d.monitor_window) << n << ": no row goes unseen";
    const auto made = write_config({"f.csv", "y", {}, {}, {}, "m"}, {"f.csv", n, {numeric("a"), numeric("y")}});
    ASSERT_TRUE(made) << n;
    EXPECT_TRUE(lifecycle::parse_fleet(made->yaml, "c.yaml"))
        << n << ": a history of any length gives a config that parses\n"
        << made->yaml;
  }
}

}  // namespace
}  // namespace perennial::app
