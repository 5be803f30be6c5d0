#include "app/backtest/policy_run.hpp"

#include <gtest/gtest.h>

namespace perennial::app {
namespace {

Event event(std::string_view type, Json body) {
  Event made;
  made.model = "m";
  made.type = type;
  made.body = std::move(body);
  return made;
}

TEST(RowsToProduction, count_from_the_start_of_the_training_of_each_promoted_version) {
  EXPECT_EQ(rows_to_production({
                event(event_type::job_started, {{"job", "first"}, {"row", 0}}),
                event(event_type::cycle_ended, {{"job", "first"}, {"outcome", "promoted"}, {"row", 0}}),
                event(event_type::job_started, {{"job", "kept"}, {"row", 100}}),
                event(event_type::cycle_ended, {{"job", "kept"}, {"outcome", "rejected"}, {"row", 150}}),
                // A retrain that is late before it was asked for has no job yet.
                event(event_type::warning_raised, {{"what", "retrain_latency"}, {"job", nullptr}, {"row", 160}}),
                event(event_type::warning_raised, {{"what", "data"}, {"reason", "an odd column"}}),
                event(event_type::job_started, {{"job", "better"}, {"row", 200}}),
                event(event_type::cycle_ended, {{"job", "better"}, {"outcome", "promoted"}, {"row", 450}}),
            }),
            std::vector<double>{250});
}

}  // namespace
}  // namespace perennial::app
