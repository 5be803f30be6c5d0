#pragma once
// A server with several versions that were in production one after the other.

#include <cmath>
#include <thread>

#include "process/scene.hpp"

namespace perennial::process {

/// Makes `promoted` versions after the first one, each by a manual retrain on new labels and an override.
inline void make_versions(Connection& connection, int promoted, int first = 1) {
  for (int patch = first; patch <= promoted; ++patch) {
    Json labels = Json::array();
    for (int i = 0; i < 60; ++i) {
      // Spread like the rows of regression_csv, or they would be taken for broken data and train nothing.
      const auto spread = [&](double step) { return std::fmod((60 * patch + i) * step, 1.0); };
      const double a = spread(0.618034);
      const double b = spread(0.414214);
      const std::string id = fmt::format("v{}-{}", patch, i);
      // One call each: rows of one instant are never split, so sixty at once would all judge and none train.
      ASSERT_EQ(
          connection.post(model_path + "/predict", {{"instances", {instance(a, b, spread(0.732051), id)}}}).status,
          200);
      labels.push_back({{"id", id}, {"labels", {{"y", (3 - 0.5 * patch) * a - 2 * b}}}});
    }
    ASSERT_EQ(connection.post(model_path + "/labels", labels).status, 200);
    std::this_thread::sleep_for(Milliseconds(150));
    const std::string version = fmt::format("1.0.{}", patch);
    const Answer decided = connection.post(model_path + "/events", {{"trigger", "manual"}});
    ASSERT_EQ(decided.json().value("decision", ""), "retrain") << decided.body;
    ASSERT_TRUE(wait_for_status(connection, version, "shadow"))
        << connection.get(model_path + "/jobs").body.substr(0, 400);
    const Answer done =
        connection.post(model_path + "/promote", {{"version", version}, {"override", true}, {"reason", "test"}});
    ASSERT_EQ(done.status, 200) << done.body;
    ASSERT_EQ(answering_version(connection), version);
  }
}

}  // namespace perennial::process
