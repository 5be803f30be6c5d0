#include "registry/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash.hpp"
#include "storage/journal.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum VersionStatus;

const TimePoint noon = parse_time("2026-11-21T12:00:00Z").value();
const std::string model = "flights";

ModelVersion version(std::uint32_t patch, const std::string& of = model) {
  ModelVersion v;
  v.model = of;
  v.number = {1, 0, patch};
  v.config_hash = sha256_hex("config");
  v.artifact_digest = sha256_hex(of + std::to_string(patch));
  v.signature = {{"inputs", {"a", "b"}}};
  return v;
}

/// A registry with a pen: plans are written and applied, one minute apart.
struct Story {
  Registry registry;
  TimePoint now = noon;
  std::uint64_t seq = 0;

  Status write(const NewEvent& planned) {
    Event event;
    event.seq = ++seq;
    event.at = now;
    event.model = planned.model;
    event.type = planned.type;
    event.body = parse_json(to_text(planned.body)).value();
    const auto status = registry.apply(event);
    std::size_t in_production = 0;
    for (const auto& [number, v] : registry.versions(planned.model)) in_production += v.status == production;
    EXPECT_LE(in_production, 1u);
    return status;
  }
  template <class Plan>
  Status write_plan(const Result<Plan>& plan) {
    if (!plan) return std::unexpected(plan.error());
    now += std::chrono::minutes(1);
    if constexpr (std::is_same_v<Plan, NewEvent>) return write(*plan);
    else
      for (const auto& event : *plan) TRY(write(event));
    return {};
  }
  Status add(std::uint32_t patch) { return write_plan(registry.plan_register(version(patch))); }
  Status change(std::uint32_t patch, VersionStatus from, VersionStatus to) {
    return write_plan(registry.plan_status_change(model, {1, 0, patch}, from, to, "test"));
  }
  Status promote(std::uint32_t patch, bool override_evidence = false) {
    return write_plan(registry.plan_promote(model, {1, 0, patch}, "better", override_evidence));
  }
  /// registered → shadow → canary → production
  void release(std::uint32_t patch) {
    ASSERT_TRUE(add(patch));
    if (patch > 0) {
      ASSERT_TRUE(change(patch, registered, shadow));
      ASSERT_TRUE(change(patch, shadow, canary));
    }
    const auto status = promote(patch);
    ASSERT_TRUE(status) << status.error().message();
  }
  Status roll_back(std::optional<VersionNumber> to = {}) {
    return write_plan(registry.plan_rollback(model, to, "quality regression"));
  }
  Status pin(std::uint32_t patch) { return write_plan(registry.plan_pin(model, {1, 0, patch}, "ann", "audited")); }
  std::uint32_t champion() const { return registry.champion(model) ? registry.champion(model)->number.patch : 999; }
  VersionStatus status_of(std::uint32_t patch) const { return registry.find(model, {1, 0, patch})->status; }
};

TEST(Registry, the_first_version_becomes_production_and_the_next_one_archives_it) {
  Story s;
  s.release(0);
  EXPECT_EQ(s.champion(), 0u);
  const auto first_deployed = s.registry.champion(model)->deployed_at;
  EXPECT_EQ(first_deployed, s.now);
  s.release(1);
  EXPECT_EQ(s.champion(), 1u);
  EXPECT_EQ(s.status_of(0), archived);
  EXPECT_EQ(s.registry.find(model, {1, 0, 0})->deployed_at, first_deployed) << "when it last became production";
  const auto& stays = s.registry.deployments(model);
  ASSERT_EQ(stays.size(), 2u);
  EXPECT_EQ(stays[0].until, stays[1].from);
  EXPECT_EQ(stays[1].reason, "better");
  EXPECT_EQ(stays[0].end_cause, "superseded by 1.0.1");
  EXPECT_EQ(s.registry.deployed_at(model, stays[0].from)->version.patch, 0u);
  EXPECT_EQ(s.registry.deployed_at(model, stays[1].from)->version.patch, 1u);
  EXPECT_EQ(s.registry.deployed_at(model, noon), nullptr);
}

TEST(Registry, trap_04_a_rollback_after_a_rollback_never_returns_to_a_bad_version) {
  Story s;
  for (std::uint32_t i = 0; i < 4; ++i) s.release(i);
  ASSERT_TRUE(s.roll_back());
  EXPECT_EQ(s.champion(), 2u);
  EXPECT_EQ(s.status_of(3), quarantined);
  EXPECT_EQ(s.registry.find(model, {1, 0, 3})->quarantine_cause, "quality regression");
  ASSERT_TRUE(s.roll_back());
  EXPECT_EQ(s.champion(), 1u) << "the bad 1.0.3 was deployed later than 1.0.1";
  ASSERT_TRUE(s.roll_back());
  EXPECT_EQ(s.champion(), 0u);
  const auto refused = s.roll_back();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_EQ(refused.error().what, "no previous version to roll back to");
  EXPECT_EQ(s.champion(), 0u) << "somebody always serves";
  EXPECT_TRUE(s.registry.deployments(model).back().is_rollback);
}

TEST(Registry, trap_34_there_is_a_way_back_after_every_promotion) {
  Story s;
  s.release(0);
  s.release(1);
  EXPECT_EQ(s.registry.rollback_target(model).value().patch, 0u);
  EXPECT_NE(s.registry.find(model, {1, 0, 0})->artifact_digest, s.registry.find(model, {1, 0, 1})->artifact_digest);
  ASSERT_TRUE(s.roll_back());
  s.release(2);
  EXPECT_EQ(s.registry.rollback_target(model).value().patch, 0u) << "1.0.1 was rolled back and is skipped";
  EXPECT_THAT(s.registry.collectable(model, 0), testing::ElementsAre(VersionNumber{1, 0, 1}))
      << "the target's artifact is kept, and the champion's";
}

TEST(Registry, rolling_back_to_a_chosen_version) {
  Story s;
  for (std::uint32_t i = 0; i < 3; ++i) s.release(i);
  ASSERT_TRUE(s.add(3));
  struct Row {
    std::uint32_t to;
    ErrorCode code;
    const char* why;
  };
  for (const auto& row : std::vector<Row>{{2, ErrorCode::conflict, "it is in production"},
                                          {3, ErrorCode::conflict, "it never served"},
                                          {9, ErrorCode::not_found, "it does not exist"}}) {
    const auto target = s.registry.rollback_target(model, VersionNumber{1, 0, row.to});
    ASSERT_FALSE(target) << row.why;
    EXPECT_EQ(target.error().code, row.code) << row.why;
  }
  ASSERT_TRUE(s.roll_back(VersionNumber{1, 0, 0}));
  EXPECT_EQ(s.champion(), 0u);
  EXPECT_EQ(s.registry.rollback_target(model).value().patch, 1u) << "archived and good";
  EXPECT_FALSE(s.registry.rollback_target(model, VersionNumber{1, 0, 2})) << "quarantined";
  EXPECT_EQ(Registry().rollback_target("none").error().code, ErrorCode::conflict);
}

TEST(Registry, trap_05_every_field_survives_store_fold_and_json) {
  ModelVersion v = version(0);
  v.number = {3, 2, 1};
  v.run_id = "7f9c24e8-3b12-4fef-91e0-5d2f4ae0a7b1";
  v.data_version = "2024-12-15";
  v.data_digest = sha256_hex("data");
  v.artifact_bytes = 123456789012345;
  v.foreign = true;
  v.signature = {{"inputs", {"temp", "ü"}}, {"targets", Json::array({{{"name", "rul"}}, {{"name", "health"}}})}};
  v.metrics = {{"health.accuracy", 0.9875}, {"rul.rmse", 0.1 + 0.2}};
  v.champion_metrics = {{"rul.rmse", 13.25}};
  v.holdout_digest = sha256_hex("holdout");
  v.parent = VersionNumber{3, 2, 0};
  v.changelog = "drift in vicprice; 20000 rows";
  v.trigger = "drift";
  v.strategy = "triggered";
  v.training_date = noon;
  v.registered_at = noon + std::chrono::microseconds(1);
  v.train_from = noon - std::chrono::hours(1000);
  v.train_to = noon - std::chrono::hours(10);
  v.train_rows = 20000;
  v.validation_rows = 4000;
  v.holdout_rows = 5000;
  const Json written = to_json(v);

  test::TemporaryDirectory dir;
  auto database = storage::Database::open(dir / "db").value();
  {
    auto journal = storage::Journal::open(database).value();
    Registry empty;
    ASSERT_TRUE(journal.append(noon, std::vector<NewEvent>{empty.plan_register(v).value()}));
  }
  auto journal = storage::Journal::open(database).value();
  Registry registry;
  ASSERT_TRUE(journal.read(0, [&](const Event& e) { return registry.apply(e); }));
  const ModelVersion* folded = registry.find(model, {3, 2, 1});
  ASSERT_NE(folded, nullptr);
  EXPECT_EQ(to_json(*folded), written);
  // JSON alone would hide a field that to_json forgets: compare the members too.
  EXPECT_EQ(folded->run_id, v.run_id);
  EXPECT_EQ(folded->data_version, v.data_version);
  EXPECT_EQ(folded->data_digest, v.data_digest);
  EXPECT_EQ(folded->config_hash, v.config_hash);
  EXPECT_EQ(folded->artifact_digest, v.artifact_digest);
  EXPECT_EQ(folded->artifact_bytes, v.artifact_bytes);
  EXPECT_EQ(folded->foreign, v.foreign);
  EXPECT_EQ(folded->signature, v.signature);
  EXPECT_EQ(folded->metrics, v.metrics);
  EXPECT_EQ(folded->champion_metrics, v.champion_metrics);
  EXPECT_EQ(folded->holdout_digest, v.holdout_digest);
  EXPECT_EQ(folded->parent, v.parent);
  EXPECT_EQ(folded->changelog, v.changelog);
  EXPECT_EQ(folded->trigger, v.trigger);
  EXPECT_EQ(folded->strategy, v.strategy);
  EXPECT_EQ(folded->training_date, v.training_date);
  EXPECT_EQ(folded->registered_at, v.registered_at);
  EXPECT_EQ(folded->deployed_at, v.deployed_at);
  EXPECT_EQ(folded->train_from, v.train_from);
  EXPECT_EQ(folded->train_to, v.train_to);
  EXPECT_EQ(folded->train_rows, v.train_rows);
  EXPECT_EQ(folded->validation_rows, v.validation_rows);
  EXPECT_EQ(folded->holdout_rows, v.holdout_rows);
  EXPECT_EQ(written.size(), 27u) << "a new field needs a line here";
}

TEST(Registry, trap_05_status_deployment_and_cause_are_in_the_json_too) {
  Story s;
  s.release(0);
  s.release(1);
  ASSERT_TRUE(s.roll_back());
  const Json bad = to_json(*s.registry.find(model, {1, 0, 1}));
  EXPECT_EQ(bad["status"], "quarantined");
  EXPECT_EQ(bad["quarantine_cause"], "quality regression");
  EXPECT_TRUE(bad["deployed_at"].is_string());
  EXPECT_EQ(to_json(model_version_from_json(bad).value()), bad);
}

TEST(Registry, trap_29_the_whole_sha_256_is_kept_and_8_digits_are_shown) {
  Story s;
  ModelVersion v = version(0);
  v.config_hash = short_hash(v.config_hash);
  EXPECT_EQ(s.registry.plan_register(v).error().code, ErrorCode::invalid) << "8 digits are not an identity";
  v.config_hash = sha256_hex("config");
  ASSERT_TRUE(s.write_plan(s.registry.plan_register(v)));
  EXPECT_EQ(s.registry.find(model, v.number)->config_hash, sha256_hex("config"));
  EXPECT_EQ(short_hash(sha256_hex("config")), sha256_hex("config").substr(0, 8));
  EXPECT_EQ(short_hash("abc"), "abc");
  // Two hashes that look alike in 8 digits are two configs.
  std::string alike = v.config_hash;
  alike.back() = alike.back() == '0' ? '1' : '0';
  EXPECT_EQ(s.registry.next_number(model, v.signature, alike).value(), (VersionNumber{1, 1, 0}));
}

TEST(Registry, trap_32_a_version_is_never_overwritten) {
  Story s;
  s.release(0);
  ModelVersion again = version(0);
  again.artifact_digest = sha256_hex("something else");
  const auto plan = s.registry.plan_register(again);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::conflict);
  // And if such an event stood in the journal all the same, the fold refuses it.
  EXPECT_EQ(s.write({model, "VersionRegistered", to_json(again)}).error().code, ErrorCode::corrupt);
  EXPECT_EQ(s.registry.find(model, {1, 0, 0})->artifact_digest, version(0).artifact_digest);
  EXPECT_EQ(s.status_of(0), production);
}

TEST(Registry, trap_32_promotion_is_allowed_from_few_statuses) {
  struct Row {
    VersionStatus status;
    bool without;
    bool with_override;
  };
  for (const auto& row : std::vector<Row>{{registered, false, true},
                                          {shadow, true, true},
                                          {canary, true, true},
                                          {production, false, false},
                                          {archived, false, true},
                                          {quarantined, false, true},
                                          {rejected, false, false}}) {
    Story s;
    s.release(0);
    ASSERT_TRUE(s.add(1));
    if (row.status == shadow || row.status == archived || row.status == quarantined) {
      ASSERT_TRUE(s.change(1, registered, shadow));
    }
    if (row.status == archived || row.status == quarantined) {
      ASSERT_TRUE(s.change(1, shadow, row.status));
    }
    if (row.status == canary || row.status == rejected) {
      ASSERT_TRUE(s.change(1, registered, row.status));
    }
    if (row.status == production) {
      ASSERT_TRUE(s.promote(1, true));
    }
    ASSERT_EQ(s.status_of(1), row.status);
    EXPECT_EQ(s.registry.plan_promote(model, {1, 0, 1}, "r", false).has_value(), row.without) << to_string(row.status);
    EXPECT_EQ(s.registry.plan_promote(model, {1, 0, 1}, "r", true).has_value(), row.with_override)
        << to_string(row.status);
    if (row.with_override) {
      ASSERT_TRUE(s.promote(1, true)) << to_string(row.status);
      EXPECT_EQ(s.champion(), 1u);
      EXPECT_TRUE(s.registry.deployments(model).back().evidence_overridden);
      EXPECT_EQ(s.registry.find(model, {1, 0, 1})->quarantine_cause, "");
    }
  }
}

TEST(Registry, the_table_of_transitions_is_that_of_the_documentation) {
  const std::vector<VersionStatus> all = {registered, shadow, canary, production, archived, quarantined, rejected};
  const std::vector<std::vector<VersionStatus>> legal = {{shadow, canary, production, rejected},
                                                         {canary, production, archived, quarantined},
                                                         {production, archived, quarantined},
                                                         {archived, quarantined},
                                                         {production},
                                                         {},
                                                         {}};
  for (std::size_t from = 0; from < all.size(); ++from)
    for (const auto to : all)
      EXPECT_EQ(is_legal(all[from], to), std::ranges::count(legal[from], to) == 1)
          << to_string(all[from]) << " -> " << to_string(to);
}

TEST(Registry, a_status_change_compares_the_old_status_first) {
  Story s;
  s.release(0);
  ASSERT_TRUE(s.add(1));
  ASSERT_TRUE(s.change(1, registered, shadow));
  EXPECT_EQ(s.change(1, registered, canary).error().code, ErrorCode::conflict) << "somebody was faster";
  EXPECT_EQ(s.change(1, shadow, production).error().code, ErrorCode::conflict) << "only plan_promote does this";
  EXPECT_EQ(s.change(0, production, quarantined).error().code, ErrorCode::conflict) << "nobody would serve";
  EXPECT_EQ(s.change(7, shadow, canary).error().code, ErrorCode::not_found);
  EXPECT_THAT(s.change(7, shadow, canary).error().hint, HasSubstr("1.0.1, 1.0.0"));
}

TEST(Registry, a_challenger_with_the_champions_artifact_is_refused) {
  Story s;
  s.release(0);
  ModelVersion same = version(1);
  same.artifact_digest = version(0).artifact_digest;
  EXPECT_EQ(s.registry.plan_register(same).error().code, ErrorCode::conflict);
  s.release(1);
  same.number = {1, 0, 2};
  EXPECT_TRUE(s.registry.plan_register(same)) << "it is the champion's no longer";
}

TEST(Registry, numbers_tell_what_changed_and_always_rise) {
  struct Row {
    const char* sentence;
    Json signature;
    std::string config;
    VersionNumber expected;
  };
  const Json same = version(0).signature;
  const std::string config = version(0).config_hash;
  const std::vector<Row> rows = {
      {"newer data only", same, config, {1, 0, 1}},
      {"another config", same, sha256_hex("other"), {1, 1, 0}},
      {"another signature", {{"inputs", {"a"}}}, config, {2, 0, 0}},
      {"both", {{"inputs", {"a"}}}, sha256_hex("other"), {2, 0, 0}},
  };
  EXPECT_EQ(Registry().next_number(model, same, config).value(), (VersionNumber{1, 0, 0}));
  for (const auto& row : rows) {
    Story s;
    s.release(0);
    EXPECT_EQ(s.registry.next_number(model, row.signature, row.config).value(), row.expected) << row.sentence;
  }
  Story s;
  s.release(0);
  ModelVersion other = version(0);
  other.number = {2, 0, 0};
  other.signature = {{"inputs", {"a"}}};
  other.artifact_digest = sha256_hex("2");
  other.status = rejected;
  ASSERT_TRUE(s.write_plan(s.registry.plan_register(other)));
  EXPECT_EQ(s.registry.next_number(model, other.signature, config).value(), (VersionNumber{2, 0, 1}));
  EXPECT_EQ(s.registry.next_number(model, same, config).value(), (VersionNumber{3, 0, 0}))
      << "a number is never below an existing one, and equal MAJOR means equal signature";
  EXPECT_EQ(s.registry.plan_register(version(5)).error().code, ErrorCode::conflict) << "1.0.5 is below 2.0.0";
}

TEST(Registry, events_that_cannot_follow_are_refused_and_change_nothing) {
  struct Row {
    const char* sentence;
    NewEvent event;
  };
  const auto status = [](const char* number, const char* from, const char* to) {
    return NewEvent{model, "VersionStatusChanged", {{"version", number}, {"from", from}, {"to", to}, {"cause", "x"}}};
  };
  const std::vector<Row> rows = {
      {"a second version in production",
       {model, "Promoted", {{"version", "1.0.1"}, {"reason", "x"}, {"override", true}}}},
      {"an unknown version", {model, "Promoted", {{"version", "9.9.9"}}}},
      {"an unknown model", {"nobody", "Promoted", {{"version", "1.0.0"}}}},
      {"no version", {model, "Promoted", Json::object()}},
      {"a version that is not one", {model, "Promoted", {{"version", "one"}}}},
      {"a body that is not an object", {model, "Promoted", Json::array()}},
      {"another old status", status("1.0.1", "canary", "archived")},
      {"an illegal step", status("1.0.1", "shadow", "registered")},
      {"production by a status change", status("1.0.1", "shadow", "production")},
      {"an unknown status", status("1.0.1", "shadow", "retired")},
      {"a rollback while one is in production",
       {model, "RolledBack", {{"from", "1.0.0"}, {"to", "1.0.1"}, {"cause", "x"}}}},
      {"a version of another model", {model, "VersionRegistered", to_json(version(7, "trains"))}},
      {"half a version", {model, "VersionRegistered", {{"model", model}}}},
  };
  Story s;
  s.release(0);
  ASSERT_TRUE(s.add(1));
  ASSERT_TRUE(s.change(1, registered, shadow));
  for (const auto& row : rows) {
    const auto result = s.write(row.event);
    ASSERT_FALSE(result) << row.sentence;
    EXPECT_EQ(s.champion(), 0u) << row.sentence;
    EXPECT_EQ(s.status_of(1), shadow) << row.sentence;
    EXPECT_EQ(s.registry.deployments(model).size(), 1u) << row.sentence;
    EXPECT_THAT(s.registry.models(), ElementsAre(model)) << row.sentence;
  }
  EXPECT_TRUE(s.write({model, "RollbackConfirmed", {{"version", "1.0.0"}}})) << "others are not its business";
  EXPECT_TRUE(s.write({"", "ServerStarted", Json::object()}));
}

TEST(Registry, a_rolled_back_version_takes_no_canary_again) {
  Story s;
  s.release(0);
  s.release(1);
  ASSERT_TRUE(s.roll_back());
  for (const auto to : {shadow, canary, archived}) EXPECT_FALSE(s.change(1, quarantined, to));
  EXPECT_FALSE(s.promote(1));
}

std::vector<VersionNumber> numbers(std::vector<std::uint32_t> patches) {
  std::vector<VersionNumber> all;
  for (const auto patch : patches) all.push_back({1, 0, patch});
  return all;
}

TEST(Registry, trap_25_collecting_keeps_what_may_serve_again) {
  Story s;
  for (std::uint32_t i = 0; i < 7; ++i) s.release(i);
  ASSERT_TRUE(s.roll_back());  // 6 is quarantined, 5 serves, 4 is the target
  ASSERT_TRUE(s.add(7));       // registered
  EXPECT_EQ(s.registry.collectable(model, 0), numbers({0, 1, 2, 3, 6}));
  EXPECT_EQ(s.registry.collectable(model, 1), numbers({0, 1, 2, 3})) << "4 served last, 6 is the newest other";
  EXPECT_EQ(s.registry.collectable(model, 2), numbers({0, 1})) << "4 and 3 served last, 6 and 2 are the newest others";
  EXPECT_TRUE(s.registry.collectable(model, 10).empty());
  ModelVersion shared = version(0, "trains");
  shared.artifact_digest = version(0).artifact_digest;
  ASSERT_TRUE(s.write_plan(s.registry.plan_register(shared)));
  EXPECT_EQ(s.registry.collectable(model, 0), numbers({1, 2, 3, 6})) << "another model uses the artifact of 1.0.0";
  ASSERT_TRUE(s.pin(1));
  EXPECT_EQ(s.registry.collectable(model, 0), numbers({2, 3, 6})) << "a person's pin keeps 1.0.1";
}

TEST(Registry, trap_25_shadow_and_canary_are_kept_beside_the_last_three) {
  Story s;
  for (std::uint32_t i = 0; i < 6; ++i) s.release(i);
  ASSERT_TRUE(s.add(6));
  ASSERT_TRUE(s.change(6, registered, shadow));
  EXPECT_EQ(s.registry.collectable(model, 3), numbers({})) << "0 and 1 are the newest others";
  for (std::uint32_t i = 7; i < 10; ++i)  // three that failed a gate: the newest others now
    ASSERT_TRUE(s.write_plan(s.registry.plan_register([&] {
      ModelVersion v = version(i);
      v.status = rejected;
      return v;
    }())));
  EXPECT_EQ(s.registry.collectable(model, 3), numbers({0, 1})) << "5 serves, 4, 3 and 2 have, 6 is in shadow";
  ASSERT_TRUE(s.change(6, shadow, canary));
  EXPECT_EQ(s.registry.collectable(model, 3), numbers({0, 1}));
}

TEST(Registry, trap_25_a_version_that_came_back_twice_is_one_of_the_last_that_served) {
  Story s;
  s.release(0);
  s.release(1);
  for (const std::uint32_t bad : {2, 3}) {
    s.release(bad);
    ASSERT_TRUE(s.roll_back());
  }
  s.release(4);
  EXPECT_EQ(s.registry.collectable(model, 2), numbers({})) << "1 and 0 served last; 3 and 2 are the newest others";
  EXPECT_EQ(s.registry.collectable(model, 1), numbers({0, 2}));
}

TEST(Registry, trap_25_what_was_collected_never_serves_again) {
  Story s;
  for (std::uint32_t i = 0; i < 4; ++i) s.release(i);
  NewEvent gone{model, std::string(event_type::artifacts_collected), {{"versions", {"1.0.1"}}, {"bytes", 7}}};
  ASSERT_TRUE(s.write(gone));
  EXPECT_TRUE(s.registry.is_collected(model, {1, 0, 1}));
  EXPECT_FALSE(s.registry.is_collected(model, {1, 0, 2}));
  EXPECT_FALSE(s.registry.rollback_target(model, VersionNumber{1, 0, 1}));
  EXPECT_FALSE(s.promote(1, true)) << "there is nothing to serve";
  EXPECT_FALSE(s.pin(1));
  ASSERT_TRUE(s.roll_back());
  EXPECT_EQ(s.registry.rollback_target(model).value().patch, 0u) << "1.0.1 is skipped";
  for (const char* kept : {"1.0.2", "1.0.9"}) {
    gone.body["versions"] = {kept};
    EXPECT_FALSE(s.write(gone)) << kept << " is in production, or unknown: the journal cannot say so";
  }
}

TEST(Registry, trap_26_automation_stops_at_a_pin_and_a_person_does_not) {
  Story s;
  for (std::uint32_t i = 0; i < 4; ++i) s.release(i);
  ASSERT_TRUE(s.pin(1));
  EXPECT_EQ(s.registry.automatic_rollback_target(model).value().patch, 2u) << "the pin is not in the way";
  ASSERT_TRUE(s.roll_back());
  EXPECT_EQ(s.registry.automatic_rollback_target(model).value().patch, 1u) << "to the pinned one, not past it";
  ASSERT_TRUE(s.roll_back());
  const auto held = s.registry.automatic_rollback_target(model);
  ASSERT_FALSE(held);
  EXPECT_THAT(held.error().message(), HasSubstr("1.0.1 is pinned (by ann, "));
  EXPECT_THAT(held.error().message(), HasSubstr("audited"));
  EXPECT_EQ(s.registry.rollback_target(model).value().patch, 0u) << "a person may";
  ASSERT_TRUE(s.roll_back());
  EXPECT_EQ(s.registry.pin(model, {1, 0, 1}), nullptr) << "quarantine ends it";
}

TEST(Registry, trap_26_automation_does_not_jump_over_a_pinned_version_that_does_not_fit) {
  Story s;
  s.release(0);
  ModelVersion other = version(1);
  other.signature = {{"request", {{{"name", "z"}, {"kind", "numeric"}}}}, {"targets", {"y"}}};
  ASSERT_TRUE(s.write_plan(s.registry.plan_register(other)));
  ASSERT_TRUE(s.promote(1, true));
  s.release(2);
  EXPECT_EQ(s.registry.automatic_rollback_target(model).value().patch, 0u) << "1.0.1 wants another request";
  ASSERT_TRUE(s.pin(1));
  EXPECT_FALSE(s.registry.automatic_rollback_target(model));
}

TEST(Registry, trap_26_a_version_with_another_schema_is_not_gone_back_to) {
  const auto column = [](const char* name, const char* kind) { return Json{{"name", name}, {"kind", kind}}; };
  const auto signature = [](std::vector<Json> request, const char* target) {
    return Json{{"request", request}, {"inputs", request}, {"targets", {{{"name", target}}}}};
  };
  const Json present = signature({column("a", "numeric"), column("b", "text")}, "y");
  struct Row {
    Json older;
    bool fits;
    const char* why;
  };
  for (const auto& row : std::vector<Row>{
           {present, true, "the same"},
           {signature({column("b", "text"), column("a", "numeric")}, "y"), true, "another order"},
           {signature({column("a", "numeric")}, "y"), true, "it takes fewer columns than clients send"},
           {signature({column("a", "numeric"), column("c", "numeric")}, "y"), false, "nobody sends c any more"},
           {signature({column("a", "text")}, "y"), false, "another kind"},
           {signature({column("a", "numeric")}, "z"), false, "another target"},
           {{{"inputs", {"a"}}}, false, "not a signature"}}) {
    EXPECT_EQ(Registry::fits(row.older, present), row.fits) << row.why;
    Story s;
    for (std::uint32_t i = 0; i < 2; ++i) {
      ModelVersion v = version(i);
      v.signature = i == 0 ? row.older : present;
      ASSERT_TRUE(s.write_plan(s.registry.plan_register(v)));
      ASSERT_TRUE(s.promote(i, true));
    }
    EXPECT_EQ(s.registry.rollback_target(model).has_value(), row.fits) << row.why;
    EXPECT_EQ(s.registry.rollback_target(model, VersionNumber{1, 0, 0}).has_value(), row.fits) << row.why;
  }
}

TEST(Registry, a_pin_is_for_what_serves_or_has_served) {
  Story s;
  s.release(0);
  s.release(1);
  ASSERT_TRUE(s.add(2));
  EXPECT_FALSE(s.pin(2)) << "registered";
  ASSERT_TRUE(s.change(2, registered, shadow));
  EXPECT_FALSE(s.pin(2)) << "a challenger that is promoted later would be out of the watch's reach";
  ASSERT_TRUE(s.change(2, shadow, archived));
  EXPECT_FALSE(s.pin(2)) << "archived, and never served";
  EXPECT_EQ(s.pin(9).error().code, ErrorCode::not_found);
  ASSERT_TRUE(s.pin(0));
  EXPECT_EQ(s.pin(0).error().code, ErrorCode::conflict);
  ASSERT_NE(s.registry.pin(model, {1, 0, 0}), nullptr);
  EXPECT_EQ(s.registry.pin(model, {1, 0, 0})->at, s.now);
  EXPECT_EQ(s.write_plan(s.registry.plan_unpin(model, {1, 0, 1})).error().code, ErrorCode::conflict);
  ASSERT_TRUE(s.write_plan(s.registry.plan_unpin(model, {1, 0, 0})));
  EXPECT_EQ(s.registry.pin(model, {1, 0, 0}), nullptr);
}

}  // namespace
}  // namespace perennial::registry
