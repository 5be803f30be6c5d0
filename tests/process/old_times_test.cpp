// Histories from before 1970, whose times are negative numbers: nothing in the loop may take zero for "never".

#include <gtest/gtest.h>

#include "core/time.hpp"
#include "process/odd_files.hpp"

namespace perennial::process {
namespace {

/// Days from 1950-01-01 on; the rule turns around at `turn`.
std::string days_of_the_fifties(std::size_t rows, std::size_t turn) {
  return odd_csv(
      "day,a,b,coin,y",
      [&](const OddRow& row) {
        const auto at = std::chrono::sys_days(std::chrono::year(1950) / 1 / 1) + std::chrono::days(row.number);
        const double y = row.number < turn ? row.y : row.y - 6 * row.a;
        return fmt::format("{},{:.5f},{:.5f},{:.5f},{:.5f}", format_time(TimePoint(at)).substr(0, 10), row.a, row.b,
                           row.coin, y);
      },
      rows);
}

TEST(OldTimes, a_history_of_the_fifties_is_trained_retrained_and_promoted) {
  const Folder folder;
  write_text(folder / "days.csv", days_of_the_fifties(3000, 1200));
  const Taken taken = take(folder, "days.csv", "y", {"--timestamp", "day"});
  ASSERT_EQ(taken.init.exit_code, 0) << taken.init.err;
  ASSERT_TRUE(taken.finished()) << taken.replay.err;
  const auto& report = taken.report;
  EXPECT_GE(report.at("retrains").get<int>(), 1);
  EXPECT_GE(report.at("promotions").get<int>(), 1);
  EXPECT_LT(report.at("score").get<double>(), 0.8 * report.at("baselines").at("never_retrain").get<double>());
  EXPECT_EQ(report.at("timeline").front().at("at").get<std::string>().substr(0, 3), "195");
}

TEST(OldTimes, monthly_passengers_from_1949_on_get_a_model) {
  const Path file = Path(PERENNIAL_SOURCE_DIR) / "../shared/data/airline_passengers.csv";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "there is no " << file;
  const Folder folder;
  std::filesystem::copy_file(file, folder / "airline_passengers.csv");
  const Taken taken = take(folder, "airline_passengers.csv", "passengers", {"--timestamp", "month"});
  ASSERT_EQ(taken.init.exit_code, 0) << taken.init.err;
  ASSERT_TRUE(taken.finished()) << taken.replay.err;
  ASSERT_FALSE(taken.report.at("versions").empty());
  EXPECT_EQ(taken.report.at("versions").front().at("version"), "1.0.0");
  // 144 months are too few for a retrain to be judged: it must not be worse than never, and every row is scored.
  EXPECT_LE(taken.report.at("score").get<double>(), taken.report.at("baselines").at("never_retrain").get<double>());
  EXPECT_EQ(taken.report.at("scored_rows").get<int>() + taken.report.at("warmup_rows").get<int>(), 144);
}

}  // namespace
}  // namespace perennial::process
