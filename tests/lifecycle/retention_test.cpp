#include "lifecycle/retention.hpp"

#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

const api::CommandContext somebody{std::nullopt, "test", "the disk is small"};

/// One fleet for all tests of this file: five versions that served one after the other, the newest 1.0.4.
class RetentionTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    small_ = new SmallFleet(small_config("{window: 600rows, cooldown: 1h}"));
    ASSERT_TRUE(small_->train(600));
    for (int patch = 1; patch <= 5; ++patch) {
      const std::string version = fmt::format("1.0.{}", patch);
      ASSERT_TRUE(small_->serve(100));
      ASSERT_TRUE(small_->trigger("manual", version)->retrain);
      const VersionNumber number = parse_version(version).value();
      ASSERT_TRUE(small_->serve_until([&] { return registry().find("churn", number) != nullptr; })) << version;
      ASSERT_TRUE(small_->fleet->promote("churn", version, true, somebody, small_->clock.now())) << version;
    }
  }
  static void TearDownTestSuite() { delete small_; }

  static const registry::Registry& registry() { return small_->fleet->state().registry(); }
  static inline SmallFleet* small_ = nullptr;
};

TEST_F(RetentionTest, what_need_not_be_kept_goes_with_its_rows_and_the_bytes_are_told) {
  // keep: 3 archived that served last (4, 3, 2) and the 3 newest others (1, 0): nothing goes; with keep 1: 4 and 3
  // stay.
  EXPECT_TRUE(plan_retention(small_->fleet->state(), small_->fleet->blobs().list().value(), "churn", 3).blobs.empty());
  const auto plan = plan_retention(small_->fleet->state(), small_->fleet->blobs().list().value(), "churn", 1);
  EXPECT_EQ(plan.collected, (std::vector<VersionNumber>{{1, 0, 0}, {1, 0, 1}, {1, 0, 2}}));
  std::set<std::string> kinds;
  for (const auto& blob : plan.blobs) kinds.insert(blob.what);
  EXPECT_TRUE(kinds.contains("graph") && kinds.contains("reference rows")) << to_json(plan, "churn", 1, true).dump();
  EXPECT_GT(plan.bytes(), 1000u);
  // Bytes that a version which stays needs too never go, whoever else has them.
  for (const auto& blob : plan.blobs)
    for (std::uint32_t patch = 3; patch <= 5; ++patch) {
      const std::string number = fmt::format("1.0.{}", patch);
      EXPECT_NE(blob.digest, registry().find("churn", {1, 0, patch})->artifact_digest);
      EXPECT_NE(blob.digest, small_->state().references.at(number));
    }
}

TEST_F(RetentionTest, a_pinned_version_stays) {
  ASSERT_TRUE(small_->fleet->pin("churn", "1.0.0", false, somebody, small_->clock.now()));
  const auto plan = plan_retention(small_->fleet->state(), small_->fleet->blobs().list().value(), "churn", 1);
  EXPECT_EQ(plan.collected, (std::vector<VersionNumber>{{1, 0, 1}, {1, 0, 2}}));
  ASSERT_TRUE(small_->fleet->pin("churn", "1.0.0", true, somebody, small_->clock.now()));
}

/// A journal written by hand, and a store that has every blob it names.
struct Folded {
  ControlState state;
  std::uint64_t seq = 0;
  std::map<std::string, std::uint64_t> stored;

  void apply(const NewEvent& planned) {
    Event event;
    event.seq = ++seq;
    event.model = planned.model;
    event.type = planned.type;
    event.body = planned.body;
    const Status folded = state.apply(event);
    ASSERT_TRUE(folded) << folded.error().message();
  }
  /// A version of a model that failed its gate, from graph and reference rows of these names.
  void reject(const std::string& model, std::uint32_t patch, const std::string& graph, const std::string& rows) {
    ModelVersion version;
    version.model = model;
    version.number = {1, 0, patch};
    version.status = VersionStatus::rejected;
    version.config_hash = sha256_hex("config");
    version.artifact_digest = sha256_hex(graph);
    auto event = state.registry().plan_register(version);
    ASSERT_TRUE(event) << event.error().message();
    event->body["reference_digest"] = sha256_hex(rows);
    stored[sha256_hex(graph)] = graph.size();
    stored[sha256_hex(rows)] = rows.size();
    apply(*event);
  }
  /// "1.0.0 graph, …" of what would go.
  std::string goes(const std::string& model, std::size_t keep) const {
    std::vector<storage::BlobStore::Entry> entries;
    for (const auto& [digest, bytes] : stored) entries.push_back({digest, bytes});
    std::string text;
    for (const auto& blob : plan_retention(state, entries, model, keep).blobs)
      text += (text.empty() ? "" : ", ") + (blob.version ? blob.version->text() : "no version's") + " " + blob.what;
    return text;
  }
};

TEST(PlanRetention, what_another_version_needs_stays) {
  Folded folded;
  folded.reject("m", 0, "g0", "r0");
  folded.reject("m", 1, "g1", "shared rows");
  folded.reject("m", 2, "g2", "shared rows");
  EXPECT_EQ(folded.goes("m", 1), "1.0.0 graph, 1.0.0 reference rows, 1.0.1 graph") << "1.0.2 needs the shared rows";
  EXPECT_EQ(folded.goes("m", 0), "1.0.0 graph, 1.0.0 reference rows, 1.0.1 graph, 1.0.1 reference rows, 1.0.2 graph");
  folded.reject("other", 0, "g0", "r0");
  EXPECT_EQ(folded.goes("m", 1), "1.0.1 graph") << "another model has the bytes of 1.0.0";
  folded.apply({"other", std::string(event_type::artifacts_collected), {{"versions", {"1.0.0"}}}});
  EXPECT_EQ(folded.goes("m", 1), "1.0.0 graph, 1.0.0 reference rows, 1.0.1 graph") << "it had";
}

TEST(PlanRetention, a_graph_that_waits_for_its_judgement_stays_with_the_rows_of_its_version) {
  Folded folded;
  folded.reject("m", 0, "g0", "shared rows");
  folded.reject("m", 1, "g1", "shared rows");
  const auto judged = [&](const std::string& job, const std::string& graph) {
    folded.apply({"m",
                  std::string(event_type::job_queued),
                  {{"job", job},
                   {"strategy", "manual"},
                   {"trigger", "register"},
                   {"reason", "again"},
                   {"priority", 5},
                   {"graph", sha256_hex(graph)}}});
  };
  judged("j1", "g0");
  EXPECT_EQ(folded.goes("m", 0), "1.0.1 graph");
  folded.apply({"m", std::string(event_type::cycle_ended), {{"job", "j1"}, {"outcome", "rejected"}}});
  EXPECT_EQ(folded.goes("m", 0), "1.0.0 graph, 1.0.0 reference rows, 1.0.1 graph");

  folded.stored[sha256_hex("made elsewhere")] = 500;
  judged("j2", "made elsewhere");
  EXPECT_EQ(folded.goes("m", 1), "1.0.0 graph");
  folded.apply({"m", std::string(event_type::cycle_ended), {{"job", "j2"}, {"outcome", "rejected"}}});
  EXPECT_EQ(folded.goes("m", 1), "1.0.0 graph, no version's graph") << "it failed its gates: nobody names it";
  EXPECT_EQ(folded.goes("other", 1), "") << "whose judgement it was does it";
}

}  // namespace

/// Takes a fleet whose model keeps one: what is left, and what the journal says.
TEST(Retention, after_pruning_the_fleet_serves_rolls_back_and_tells) {
  std::string config = small_config("{window: 600rows, cooldown: 1h}");
  config.replace(config.find("      watch: 200rows\n"), 0, "      keep: 1\n");
  SmallFleet small(config);
  ASSERT_TRUE(small.train(600));
  const auto& registry = small.fleet->state().registry();
  for (int patch = 1; patch <= 4; ++patch) {
    const std::string version = fmt::format("1.0.{}", patch);
    ASSERT_TRUE(small.serve(100));
    ASSERT_TRUE(small.trigger("manual", version)->retrain);
    const VersionNumber number = parse_version(version).value();
    ASSERT_TRUE(small.serve_until([&] { return registry.find("churn", number) != nullptr; })) << version;
    ASSERT_TRUE(small.fleet->promote("churn", version, true, somebody, small.clock.now())) << version;
  }
  const auto exists = [&](std::uint32_t patch) {
    return small.fleet->blobs().exists(registry.find("churn", {1, 0, patch})->artifact_digest).value();
  };
  const auto before = small.fleet->state().events();
  const auto would = small.fleet->prune("churn", true, somebody, small.clock.now());
  EXPECT_EQ(small.fleet->state().events(), before) << "a dry run touches nothing";
  EXPECT_TRUE(exists(0) && exists(1));
  const auto done = small.fleet->prune("churn", false, somebody, small.clock.now());
  ASSERT_TRUE(would && done);
  EXPECT_GT(would->at("bytes").get<std::uint64_t>(), 1000u);
  EXPECT_EQ(would->at("bytes"), done->at("bytes"));
  EXPECT_EQ(would->at("blobs"), done->at("blobs"));
  EXPECT_EQ(done->at("versions"), (Json{"1.0.0", "1.0.1"})) << "4 serves, 3 is the way back, 2 the newest other";
  for (std::uint32_t patch = 0; patch <= 4; ++patch) EXPECT_EQ(exists(patch), patch >= 2) << patch;
  const auto told = small.events(event_type::artifacts_collected);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].body.at("versions"), done->at("versions"));
  EXPECT_EQ(told[0].body.at("asked_because"), "the disk is small");
  EXPECT_EQ(small.fleet->prune("churn", false, somebody, small.clock.now())->at("bytes"), 0);
  EXPECT_EQ(small.events(event_type::artifacts_collected).size(), 1u) << "nothing went the second time";

  ASSERT_TRUE(small.serve(100));
  const auto back = small.fleet->rollback("churn", std::nullopt, somebody, small.clock.now());
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->at("to"), "1.0.3");
  const auto refused = small.fleet->rollback("churn", "1.0.0", somebody, small.clock.now());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("was collected"), std::string::npos) << refused.error().message();
  ASSERT_TRUE(small.serve(100));
}

}  // namespace perennial::lifecycle
