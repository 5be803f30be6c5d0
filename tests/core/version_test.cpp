#include "core/version.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial {
namespace {

TEST(Version, numbers_read_exactly_three_parts) {
  EXPECT_EQ(parse_version("1.2.3").value(), (VersionNumber{1, 2, 3}));
  EXPECT_EQ(parse_version("10.0.4294967295").value().text(), "10.0.4294967295");
  for (const char* text :
       {"", "1", "1.2", "1.2.3.4", "1.2.x", "v1.2.3", "1..3", " 1.2.3", "1.2.3 ", "-1.0.0", "1.2.4294967296", "1.2."})
    EXPECT_FALSE(parse_version(text)) << "'" << text << "'";
}

TEST(Version, numbers_are_ordered_as_numbers) {
  EXPECT_LT(parse_version("1.0.9").value(), parse_version("1.0.10").value());
  EXPECT_LT(parse_version("1.9.9").value(), parse_version("2.0.0").value());
}

TEST(Version, every_status_has_a_name_that_reads_back) {
  for (int i = 0; i <= static_cast<int>(VersionStatus::rejected); ++i) {
    const auto status = static_cast<VersionStatus>(i);
    EXPECT_EQ(parse_version_status(to_string(status)).value(), status);
  }
  EXPECT_FALSE(parse_version_status("live"));
}

ModelVersion full() {
  ModelVersion v;
  v.model = "churn";
  v.number = {1, 2, 3};
  v.status = VersionStatus::quarantined;
  v.run_id = "run";
  v.data_version = "2026-01-05";
  v.data_digest = "d";
  v.config_hash = "c";
  v.artifact_digest = "a";
  v.artifact_bytes = 12345;
  v.signature = {{"inputs", Json::array()}};
  v.metrics = {{"y.auc", 0.75}};
  v.champion_metrics = {{"y.auc", 0.5}};
  v.holdout_digest = "h";
  v.parent = VersionNumber{1, 2, 2};
  v.changelog = "why";
  v.trigger = "drift";
  v.strategy = "triggered";
  v.training_date = TimePoint(std::chrono::seconds(1));
  v.registered_at = TimePoint(std::chrono::seconds(2));
  v.deployed_at = TimePoint(std::chrono::seconds(3));
  v.train_from = TimePoint(std::chrono::seconds(4));
  v.train_to = TimePoint(std::chrono::microseconds(5000001));
  v.train_rows = 6;
  v.validation_rows = 7;
  v.holdout_rows = 8;
  v.quarantine_cause = "slow";
  return v;
}

TEST(Version, every_field_survives_json_and_back) {
  const Json once = to_json(full());
  const auto back = model_version_from_json(parse_json(to_text(once)).value());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(to_text(to_json(*back)), to_text(once));
  EXPECT_EQ(back->parent, full().parent);
  EXPECT_EQ(back->deployed_at, full().deployed_at);
  EXPECT_EQ(back->train_to, full().train_to);
}

TEST(Version, a_record_without_a_field_is_corrupt_and_never_filled_up) {
  const Json whole = to_json(full());
  for (const auto& [key, value] : whole.items()) {
    Json without = whole;
    without.erase(key);
    const auto back = model_version_from_json(without);
    if (key == "foreign") {  // versions of before there were any were made here
      ASSERT_TRUE(back);
      EXPECT_FALSE(back->foreign);
      continue;
    }
    ASSERT_FALSE(back) << key;
    EXPECT_EQ(back.error().code, ErrorCode::corrupt) << key;
  }
}

}  // namespace
}  // namespace perennial
