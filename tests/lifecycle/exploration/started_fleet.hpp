#pragma once
// A whole fleet that starts on the journal of an explored state, as `serve` does after a kill, and is told to go back:
// twice with one command id, and with another start in between.

#include <filesystem>

#include "lifecycle/exploration/explorer.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::lifecycle::exploration {

class StartedFleet {
 public:
  explicit StartedFleet(const RealMachine& machine) {
    config_.models = {machine.config()};
    std::filesystem::copy(machine.blobs(), directory_ / "blobs", std::filesystem::copy_options::recursive);
  }

  /// `events` from the first on led to `moment`.
  void expect_it_goes_back(const Moment& moment, const std::vector<Event>& events, bool challenger_on_its_way) {
    for (const char* left : {"perennial.db", "perennial.db-wal", "perennial.db-shm", "feedback", "override.slot"})
      std::filesystem::remove_all(directory_ / left);
    write(events);
    now_ = moment.now;
    auto fleet = open();
    ASSERT_TRUE(fleet);
    expect_routed(*fleet, moment.routing);

    const api::CommandContext command{"the same command", "operator", ""};
    const auto first = fleet->rollback(model_name, {}, command, now_);
    const std::string back = challenger_on_its_way ? moment.onlooker.champion() : moment.onlooker.way_back();
    const std::uint64_t appended = fleet->journal().last_seq();
    const auto again = fleet->rollback(model_name, {}, command, now_);
    ASSERT_EQ(first.has_value(), !back.empty()) << (first ? "" : first.error().message());
    EXPECT_EQ(fleet->journal().last_seq(), appended) << "a command that was sent twice";
    Routing after = moment.routing;
    if (first) {
      ASSERT_TRUE(again) << again.error().message();
      for (const char* key : {"from", "to"}) EXPECT_EQ(again->at(key), first->at(key)) << key;
      EXPECT_EQ(first->at("to"), back);
      EXPECT_EQ(first->at("confirmed"), true);
      after = Routing{};
      after.champion = back;
    }
    expect_routed(*fleet, after);
    fleet.reset();
    fleet = open();
    ASSERT_TRUE(fleet);
    expect_routed(*fleet, after);
  }

 private:
  void write(const std::vector<Event>& events) {
    auto database = storage::Database::open(directory_ / "perennial.db", storage::Database::Mode::scratch);
    ASSERT_TRUE(database);
    auto journal = storage::Journal::open(*database);
    ASSERT_TRUE(journal);
    for (const auto& event : events) {
      const NewEvent again{event.model, event.type, event.body};
      ASSERT_TRUE(journal->append(event.at, std::span(&again, 1)));
    }
  }

  std::unique_ptr<Fleet> open() {
    FleetOptions options;
    options.data_dir = directory_.path().string();
    options.trainer = "no trainer";
    auto fleet = Fleet::open(config_, options, now_);
    EXPECT_TRUE(fleet) << fleet.error().message();
    return fleet ? std::move(*fleet) : nullptr;
  }

  static void expect_routed(const Fleet& fleet, const Routing& wanted) {
    const auto table = fleet.router().hold();
    const auto* route = table->find(model_name);
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->champion.version, wanted.champion);
    EXPECT_EQ(route->challenger ? route->challenger->servable.version : "", wanted.challenger);
    if (!route->challenger) return;
    EXPECT_EQ(route->challenger->weight, wanted.weight);
    EXPECT_EQ(route->challenger->salt, wanted.salt);
  }

  test::TemporaryDirectory directory_;
  FleetConfig config_;
  TimePoint now_{};
};

}  // namespace perennial::lifecycle::exploration
