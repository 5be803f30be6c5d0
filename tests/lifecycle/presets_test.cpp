#include "lifecycle/presets.hpp"

#include <gtest/gtest.h>

#include <set>

#include "lifecycle/fleet_config.hpp"

namespace perennial::lifecycle {
namespace {

ModelConfig model_of(const std::string& lines) {
  const auto fleet = parse_fleet("models:\n  - name: m\n    targets: {y: binary}\n" + lines, "c.yaml");
  if (!fleet) {
    ADD_FAILURE() << fleet.error().message();
    return {};
  }
  return fleet->models.at(0);
}

const NumberOrigin& of(const std::vector<NumberOrigin>& all, const std::string& key) {
  for (const auto& number : all)
    if (number.key == key) return number;
  ADD_FAILURE() << key;
  return all.front();
}

TEST(Presets, trap_28_every_number_has_one_value_per_preset_and_a_named_origin) {
  std::set<std::string> keys;
  for (const auto& number : preset_numbers())
    EXPECT_TRUE(keys.insert(number.key).second) << number.key << " stands in the table twice";

  const auto conservative = model_of("    preset: conservative\n");
  const auto standard = model_of("    preset: default\n");
  const auto fast = model_of("    preset: fast\n");
  EXPECT_EQ(conservative.monitor.psi, 0.1);
  EXPECT_EQ(standard.monitor.psi, 0.2);
  EXPECT_EQ(fast.monitor.psi, 0.3);
  EXPECT_EQ(fast.rollout.shadow.duration, std::chrono::hours(1));
  EXPECT_EQ(standard.rollout.shadow.duration, std::chrono::hours(24));
  EXPECT_EQ(conservative.rollout.steps.size(), 4U);
  EXPECT_EQ(fast.rollout.steps.at(0).bake.duration, std::chrono::hours(1)) << "the bake of the preset, for its steps";
  for (const auto* config : {&conservative, &standard, &fast}) {
    ASSERT_EQ(config->triggers.when.size(), 2U) << config->preset;
    EXPECT_EQ(config->triggers.when[0]->label(), "cost");
    EXPECT_EQ(config->triggers.when[1]->label(), "schedule") << "freshness beside it";
    for (const auto& number : origins(config->own, config->preset))
      EXPECT_EQ(number.origin, "preset " + config->preset) << number.key;
  }
}

TEST(Presets, the_built_in_defaults_are_the_default_preset_without_its_policies) {
  const auto plain = model_of("");
  const auto standard = model_of("    preset: default\n");
  EXPECT_TRUE(plain.triggers.when.empty());
  EXPECT_EQ(plain.rollout, standard.rollout);
  EXPECT_EQ(plain.monitor.psi, standard.monitor.psi);
  EXPECT_EQ(plain.monitor.alpha, standard.monitor.alpha);
  EXPECT_EQ(plain.monitor.hold, standard.monitor.hold);
  EXPECT_EQ(plain.monitor.every, standard.monitor.every);
  EXPECT_EQ(plain.monitor.window, standard.monitor.window);
  EXPECT_EQ(plain.monitor.min_rows, standard.monitor.min_rows);
  EXPECT_EQ(plain.train.holdout, standard.train.holdout);
  EXPECT_EQ(plain.train.min_rows, standard.train.min_rows);
  EXPECT_EQ(plain.train.limit, standard.train.limit);
  EXPECT_EQ(plain.train.seed, standard.train.seed);
  EXPECT_EQ(plain.triggers.cooldown, standard.triggers.cooldown);
  EXPECT_EQ(plain.triggers.min_priority, standard.triggers.min_priority);
  EXPECT_EQ(plain.triggers.aging, standard.triggers.aging);
  EXPECT_EQ(plain.triggers.max_latency, standard.triggers.max_latency);
  for (const auto& number : origins(plain.own, plain.preset)) EXPECT_EQ(number.origin, "built-in") << number.key;
}

TEST(Presets, the_file_overrides_number_by_number) {
  const auto config = model_of(
      "    preset: fast\n    monitor: {psi: 0.15}\n    train: {params: {max_depth: 3}}\n"
      "    retrain: {when: [{every: 7d}]}\n    rollout: {canary: {bake: 2h}}\n");
  EXPECT_EQ(config.monitor.psi, 0.15);
  EXPECT_EQ(config.monitor.alpha, 0.05) << "the preset's, beside the file's psi";
  ASSERT_EQ(config.triggers.when.size(), 1U);
  EXPECT_EQ(config.rollout.steps.at(0).bake.duration, std::chrono::hours(2));
  EXPECT_EQ(config.rollout.shadow.duration, std::chrono::hours(1));
  const auto all = origins(config.own, config.preset);
  EXPECT_EQ(of(all, "monitor.psi").origin, "file");
  EXPECT_EQ(of(all, "monitor.alpha").origin, "preset fast");
  EXPECT_EQ(of(all, "retrain.when").origin, "file");
  EXPECT_EQ(of(all, "train.params.max_depth").origin, "file") << "also what no preset knows";
}

TEST(Presets, an_unknown_one_is_named_with_the_known_ones) {
  const auto fleet = parse_fleet("models:\n  - name: m\n    targets: {y: binary}\n    preset: cautious\n", "c.yaml");
  ASSERT_FALSE(fleet);
  EXPECT_NE(fleet.error().message().find("conservative, default, fast"), std::string::npos) << fleet.error().message();
}

}  // namespace
}  // namespace perennial::lifecycle
