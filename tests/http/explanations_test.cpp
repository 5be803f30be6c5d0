// What people ask about the past, over HTTP.
#include <gtest/gtest.h>

#include "http/running_server.hpp"
#include "http/target.hpp"

namespace perennial::http {
namespace {

const std::string turbofan_path = "/api/v1/models/turbofan";

TEST(Explanations, history_takes_an_instant_in_every_form_of_iso_8601) {
  Running running;
  EXPECT_EQ(running.call("GET", turbofan_path + "/history").json().at("history").size(), 1U);
  for (const char* at :
       {"2026-11-21T09:30:00Z", "2026-11-21T10:30:00%2B01:00", "2026-11-21T09:30", "2026-11-21%2009:30"}) {
    const auto answer = running.call("GET", turbofan_path + "/history?at=" + at);
    ASSERT_EQ(answer.status, 200) << at << answer.body;
    EXPECT_EQ(answer.json().at("at"), "2026-11-21T09:30:00Z") << at;
    EXPECT_EQ(answer.json().at("version"), "1.0.1");
  }
}

TEST(Explanations, a_bad_instant_is_told_with_the_form_that_is_expected) {
  Running running;
  for (const char* at : {"yesterday", "", "2026-13-01", "21.11.2026", "2026-11-21T25:00:00Z"})
    expect_problem(running.call("GET", turbofan_path + "/history?at=" + percent_encode(at)), 400,
                   "2026-11-21T09:30:00Z");
  // A plus sign that was not escaped arrives as a blank, as in a form; it is taken as it was meant.
  EXPECT_EQ(running.call("GET", turbofan_path + "/history?at=2026-11-21T10:30:00+01:00").json().value("at", ""),
            "2026-11-21T09:30:00Z");
}

TEST(Explanations, a_rollout_is_named_by_id_or_version_or_not_at_all) {
  Running running;
  for (const char* query : {"", "?rollout=r-1", "?rollout=1.0.1"}) {
    const auto answer = running.call("GET", turbofan_path + "/explain/rollout" + query);
    ASSERT_EQ(answer.status, 200) << query << answer.body;
    EXPECT_EQ(answer.json().at("id"), "r-1");
  }
  expect_problem(running.call("GET", turbofan_path + "/explain/rollout?rollout=r-9"), 404, "newest: r-1");
  expect_problem(running.call("GET", turbofan_path + "/explain/rollout?rollout="), 400, "rollout");
  expect_problem(running.call("GET", turbofan_path + "/explain/rollout?version=1.0.1"), 400, "version");
}

TEST(Explanations, an_id_may_hold_any_character) {
  Running running;
  const std::string id = "a/b c?d=ä&#1";
  const auto answer = running.call("GET", turbofan_path + "/explain/prediction?id=" + percent_encode(id));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json().at("id"), id);
  expect_problem(running.call("GET", turbofan_path + "/explain/prediction"), 400, "'id' is missing");
  expect_problem(running.call("GET", turbofan_path + "/explain/prediction?id=" + std::string(257, 'x')), 400, "256");
  expect_problem(running.call("GET", turbofan_path + "/explain/prediction?id=unknown-1"), 404,
                 "looked at 12 predictions");
}

}  // namespace
}  // namespace perennial::http
