#include "lifecycle/prediction_account.hpp"

#include <gtest/gtest.h>

#include "feedback/label_log.hpp"
#include "feedback/prediction_log.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::lifecycle {
namespace {

/// Answers 10 a + 1 for the version's patch, whatever else it is given.
class TenTimes final : public serving::Scorer {
 public:
  explicit TenTimes(Signature signature, float plus) : signature_(std::move(signature)), plus_(plus) {}
  const Signature& signature() const override { return signature_; }
  Result<Outputs> run(const features::InputBatch& batch) const override {
    Outputs outputs{batch.rows, 1, {}};
    for (std::size_t row = 0; row < batch.rows; ++row)
      outputs.values.push_back(10 * batch.numbers[row * batch.numeric_count] + plus_);
    return outputs;
  }

 private:
  Signature signature_;
  float plus_;
};

/// 1.0.0 answered, 1.0.1 scored a copy and is the champion today.
class PredictionAccount : public testing::Test {
 protected:
  void SetUp() override {
    signature_.request = {{"a", ColumnKind::numeric}, {"colour", ColumnKind::categorical}};
    signature_.inputs = {
        {"a", ColumnKind::numeric}, {"colour", ColumnKind::categorical}, {"a_mean", ColumnKind::numeric}};
    signature_.targets = {{"days", Task::regression, {}}};
    std::uint64_t seq = 0;
    const auto apply = [&](const std::string& type, Json body) {
      Event event;
      event.seq = ++seq;
      event.at = at_;
      event.model = "shop";
      event.type = type;
      event.body = std::move(body);
      const auto applied = registry_.apply(event);
      ASSERT_TRUE(applied) << applied.error().message();
    };
    for (std::uint32_t patch = 0; patch < 2; ++patch) {
      ModelVersion version;
      version.model = "shop";
      version.number = {1, 0, patch};
      version.artifact_digest = std::string(63, 'a') + static_cast<char>('0' + patch);
      version.config_hash = std::string(64, 'b');
      version.signature = to_json(signature_);
      const auto planned = registry_.plan_register(version);
      ASSERT_TRUE(planned) << planned.error().message();
      apply(planned->type, planned->body);
      const auto promoted = registry_.plan_promote("shop", version.number, "test", true);
      ASSERT_TRUE(promoted) << promoted.error().message();
      for (const auto& event : *promoted) apply(event.type, event.body);
    }

    auto log = feedback::PredictionLog::open(files_, folder_ / "predictions");
    ASSERT_TRUE(log);
    auto record = std::make_shared<feedback::PredictionRecord>();
    record->ids = {"p-1", "p-2"};
    Column colour{"colour", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
    colour.codes = {colour.dictionary->code_of("red"), -1};
    record->request.columns = {Column{"a", ColumnKind::numeric, {0.5, 2}, {}, nullptr}, colour};
    record->request.times = {at_, at_ + std::chrono::minutes(1)};
    record->request.entities = {"anna", "bert"};
    record->request.rows = 2;
    record->inputs = record->request;
    record->inputs.columns.push_back(Column{"a_mean", ColumnKind::numeric, {0.25, std::nan("")}, {}, nullptr});
    record->versions = {{"1.0.0", feedback::Arm::champion, {2, 1, {5, 20}}, {1, 1}, {0, 0}},
                        {"1.0.1", feedback::Arm::shadow, {2, 1, {0.1F, std::nanf("")}}, {1, 0}, {0, 1}}};
    record->answered = {0, 0};
    (*log)->append(record);
    ASSERT_TRUE((*log)->flush());

    auto labels = feedback::LabelLog::open(files_, folder_ / "labels");
    ASSERT_TRUE(labels);
    feedback::LabelBatch batch;
    batch.targets = std::make_shared<const std::vector<Target>>(signature_.targets);
    batch.keys = {{{}, "anna", at_}};
    batch.truth = {{7.5}};
    batch.received_at = at_ + std::chrono::hours(48);
    ASSERT_TRUE((*labels)->append(std::move(batch)));
  }

  Result<Json> ask(const std::string& id, float plus = 1) {
    return prediction_account(files_, folder_.string(), registry_, "shop", id,
                              [&](const ModelVersion& version) -> Result<std::shared_ptr<const serving::Scorer>> {
                                EXPECT_EQ(version.number.text(), "1.0.1") << "today's champion";
                                if (plus < 0) return fail(ErrorCode::conflict, "it is not loaded");
                                return std::make_shared<TenTimes>(signature_, plus);
                              });
  }

  Signature signature_;
  registry::Registry registry_;
  storage::RealFiles files_;
  test::TemporaryDirectory directory_;
  storage::Path folder_ = directory_.path();
  const TimePoint at_ = TimePoint(std::chrono::hours(480'000));
};

TEST_F(PredictionAccount, says_who_answered_what_to_which_features_and_what_is_said_today) {
  const auto told = ask("p-1");
  ASSERT_TRUE(told) << told.error().message();
  EXPECT_EQ(told->at("version"), "1.0.0");
  EXPECT_EQ(told->at("arm"), "champion");
  EXPECT_EQ(told->at("at"), format_time(at_));
  EXPECT_EQ(told->at("entity"), "anna");
  EXPECT_EQ(told->at("features"), (Json{{"a", 0.5}, {"colour", "red"}}));
  EXPECT_EQ(told->at("derived"), (Json{{"a_mean", 0.25}}));
  EXPECT_EQ(told->at("outputs"), (Json{{"days", {{"value", 5.0}}}}));
  ASSERT_EQ(told->at("also_scored").size(), 1U);
  EXPECT_EQ(told->at("also_scored")[0].at("version"), "1.0.1");
  EXPECT_EQ(told->at("also_scored")[0].at("outputs"), (Json{{"days", {{"value", 0.1}}}}))
      << "no more digits than it has";
  ASSERT_EQ(told->at("labels").size(), 1U) << "by entity and time";
  EXPECT_EQ(told->at("labels")[0].at("values"), (Json{{"days", 7.5}}));
  EXPECT_EQ(
      told->at("today"),
      (Json{{"version", "1.0.1"}, {"outputs", {{"days", {{"value", 6.0}}}}}, {"same", false}, {"why_not", nullptr}}));
  EXPECT_EQ(told->at("looked_at").at("rows"), 2);
  std::string words;
  for (const auto& line : told->at("in_words")) words += line.get<std::string>() + "\n";
  for (const char* part : {"answered by version 1.0.0 (champion)", "entity anna", "\"colour\":\"red\"", "7.5",
                           "today's champion (1.0.1) would say", "looked at 2 predictions in 1 segment, back to"})
    EXPECT_NE(words.find(part), std::string::npos) << part << "\n" << words;
}

TEST_F(PredictionAccount, says_where_today_is_the_same) {
  const auto told = ask("p-1", 0);
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->at("today").at("same").get<bool>());
}

TEST_F(PredictionAccount, what_is_missing_is_null_and_what_failed_is_shown) {
  const auto told = ask("p-2", -1);
  ASSERT_TRUE(told) << told.error().message();
  EXPECT_TRUE(told->at("features").at("colour").is_null());
  EXPECT_TRUE(told->at("derived").at("a_mean").is_null());
  ASSERT_EQ(told->at("also_scored").size(), 1U) << "it was asked and gave no finite answer";
  EXPECT_TRUE(told->at("also_scored")[0].at("outputs").is_null());
  EXPECT_TRUE(told->at("labels").empty());
  EXPECT_NE(told->at("today").at("why_not").get<std::string>().find("not loaded"), std::string::npos);
}

TEST_F(PredictionAccount, an_id_that_is_not_there_says_how_far_was_looked) {
  const auto told = ask("p-3");
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::not_found);
  EXPECT_NE(told.error().hint.find("looked at 2 predictions"), std::string::npos) << told.error().message();
  EXPECT_NE(told.error().hint.find("all that is kept"), std::string::npos) << told.error().message();
  EXPECT_EQ(ask("").error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::lifecycle
