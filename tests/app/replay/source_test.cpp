#include "app/replay/source.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "storage/temporary_directory.hpp"

namespace perennial::app {
namespace {

class ModelSourceTest : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const auto path = directory_.path() / name;
    std::ofstream(path) << text;
    return path.string();
  }
  lifecycle::ModelConfig model() {
    lifecycle::ModelConfig config;
    config.name = "m";
    config.targets = {{"y", std::nullopt}};
    return config;
  }

 private:
  test::TemporaryDirectory directory_;
};

// After a restart the file may have other classes and other kinds of values than the model was started with.
TEST_F(ModelSourceTest, a_known_form_keeps_kinds_and_the_order_of_classes) {
  const auto first =
      ModelSource::open(model(), {file("a.csv", "x,y\n1,low\n2,medium\n3,low\n")}, data::row_clock_interval);
  ASSERT_TRUE(first) << first.error().message();
  ASSERT_EQ(first->targets().at(0).classes, (std::vector<std::string>{"low", "medium"}));

  const std::string grown = file("b.csv", "x,y\n1,high\n2,low\noops,medium\n");
  auto anew = ModelSource::open(model(), {grown}, data::row_clock_interval);
  ASSERT_TRUE(anew) << anew.error().message();
  EXPECT_EQ(anew->targets().at(0).classes.front(), "high") << "read by itself, the file has another order";

  const SourceForm form = first->form();
  auto known = ModelSource::open(model(), {grown}, data::row_clock_interval, true, &form);
  ASSERT_TRUE(known) << known.error().message();
  const auto rows = known->next(10);
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->request.rows, 3U);
  EXPECT_TRUE(std::isnan(rows->truth[0][0])) << "a class that the model does not know is no label";
  EXPECT_EQ(rows->truth[0][1], 0);
  EXPECT_EQ(rows->truth[0][2], 1);
  ASSERT_EQ(rows->request.columns.at(0).kind, ColumnKind::numeric);
  EXPECT_EQ(rows->request.columns[0].numbers[0], 1);
  EXPECT_TRUE(std::isnan(rows->request.columns[0].numbers[2]));

  const auto missing =
      ModelSource::open(model(), {file("c.csv", "z,y\n1,low\n")}, data::row_clock_interval, true, &form);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message().find("'x'"), std::string::npos) << missing.error().message();
}

}  // namespace
}  // namespace perennial::app
