#include "lifecycle/fleet_config.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial::lifecycle {
namespace {

const std::string one_model = "models:\n  - name: m\n    targets: {y: regression}\n";

struct RefusedRow {
  const char* why;
  std::string text;
  std::vector<const char*> message;
};

TEST(FleetConfig, mistakes_name_place_and_what_is_known) {
  const std::vector<RefusedRow> rows = {
      {"an empty file", "", {"empty", "perennial init"}},
      {"only comments", "# nothing\n", {"empty"}},
      {"an unknown key", "data_dri: x\n" + one_model, {"c.yaml:1", "did you mean 'data_dir'?"}},
      {"a store that is not built yet", "store: postgres://x\n" + one_model, {"'store' is not built yet"}},
      {"TLS is not built yet", "server: {tls: {}}\n" + one_model, {"'tls' is not built yet"}},
      {"another version of the format", "version: 2\n" + one_model, {"version"}},
      {"a short token", "server: {auth: {token: abc}}\n" + one_model, {"too short", "16"}},
      {"no models", "data_dir: x\n", {"at least one model"}},
      {"an empty list of models", "models: []\n", {"at least one model"}},
      {"models that are a map", "models: {m: {}}\n", {"at least one model"}},
      {"two of one name", one_model + "  - name: m\n    targets: {y: regression}\n", {"two models named 'm'"}},
      {"a warm-up in hours", "replay: {warmup: 2h}\n" + one_model, {"number of rows"}},
      {"rows that take no time", "replay: {row_interval: 0s}\n" + one_model, {"longer than nothing"}},
      {"a tick too short", "server: {tick: 1ms}\n" + one_model, {"10ms"}},
      {"a body limit without sense", "server: {limits: {body: lots}}\n" + one_model, {"not a size"}},
      {"a list", "- a\n", {"map"}},
  };
  for (const auto& row : rows) {
    const auto fleet = parse_fleet(row.text, "c.yaml");
    ASSERT_FALSE(fleet) << row.why;
    EXPECT_EQ(fleet.error().code, ErrorCode::config) << row.why;
    for (const char* part : row.message)
      EXPECT_NE(fleet.error().message().find(part), std::string::npos) << row.why << ": " << fleet.error().message();
  }
}

TEST(FleetConfig, reads_what_it_is_given) {
  const auto fleet = parse_fleet(
      "version: 1\ndata_dir: /d\nserver: {listen: '0.0.0.0:80', threads: 4, tick: 250ms, auth: {token: "
      "0123456789abcdef}, limits: {body: 1MiB}, hosts: [ml.example.org]}\n"
      "replay: {row_interval: 1h, warmup: 700rows}\n" +
          one_model,
      "c.yaml");
  ASSERT_TRUE(fleet) << fleet.error().message();
  EXPECT_EQ(fleet->data_dir, "/d");
  EXPECT_EQ(fleet->server.listen, "0.0.0.0:80");
  EXPECT_EQ(fleet->server.threads, 4);
  EXPECT_EQ(fleet->server.hosts, std::vector<std::string>{"ml.example.org"});
  EXPECT_EQ(fleet->server.token, "0123456789abcdef");
  EXPECT_EQ(fleet->server.body_bytes, 1U << 20);
  EXPECT_EQ(fleet->tick, std::chrono::milliseconds(250));
  EXPECT_EQ(fleet->replay.row_interval, std::chrono::hours(1));
  EXPECT_EQ(fleet->replay.warmup, 700U);
}

TEST(FleetConfig, a_bind_is_loopback_unless_said_otherwise) {
  EXPECT_EQ(parse_fleet(one_model, "c.yaml")->server.listen, "127.0.0.1:8080");
  EXPECT_TRUE(parse_fleet(one_model, "c.yaml")->server.token.empty());
}

TEST(FleetConfig, a_model_is_found_by_name_or_where_it_is_the_only_one) {
  const auto one = parse_fleet(one_model, "c.yaml");
  EXPECT_EQ((*one->model(""))->name, "m");
  const auto two = parse_fleet(one_model + "  - name: n\n    targets: {y: regression}\n", "c.yaml");
  EXPECT_EQ((*two->model("n"))->name, "n");
  EXPECT_EQ(two->model("").error().code, ErrorCode::usage);
  EXPECT_EQ(two->model("k").error().code, ErrorCode::not_found);
  EXPECT_NE(two->model("k").error().message().find("known: m, n"), std::string::npos);
}

TEST(FleetConfig, a_file_that_is_not_there_says_how_to_get_one) {
  const auto fleet = load_fleet("/nonexistent/perennial.yaml");
  ASSERT_FALSE(fleet);
  EXPECT_EQ(fleet.error().code, ErrorCode::config);
  EXPECT_NE(fleet.error().hint.find("perennial init"), std::string::npos);
}

}  // namespace
}  // namespace perennial::lifecycle
