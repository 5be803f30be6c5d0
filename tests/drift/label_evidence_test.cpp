#include "drift/label_evidence.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/rng.hpp"

namespace perennial::drift {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr TimePoint start{};

/// One row a minute for so long; `wait` gives how long its label takes, nothing = none ever comes.
std::vector<AwaitedLabel> rows_of(Duration length, Rng& rng,
                                  const std::function<std::optional<Duration>(double said, Rng& rng)>& wait) {
  std::vector<AwaitedLabel> rows;
  for (TimePoint at = start; at < start + length; at += minutes(1)) {
    AwaitedLabel row;
    row.predicted = at;
    row.said = rng.uniform();
    if (const auto took = wait(row.said, rng)) row.labelled = at + *took;
    rows.push_back(row);
  }
  return rows;
}

struct Case {
  const char* why;
  std::function<std::optional<Duration>(double said, Rng& rng)> wait;
  Duration now;  ///< since the first row
  Duration least_age;
  bool comparable;
  Duration age_from;
  Duration age_to;
  bool early_differ = false;
};

TEST(LabelEvidence, judged_by_rows) {
  const auto at_once = [](double, Rng&) { return std::optional<Duration>(Duration{0}); };
  const auto after_a_day = [](double, Rng&) { return std::optional<Duration>(hours(24)); };
  const auto exponential = [](double, Rng& rng) {
    return std::optional<Duration>(std::chrono::duration_cast<Duration>(hours(12) * -std::log(1 - rng.uniform())));
  };
  // A payment that is said to be a fraud mostly is one, and told within hours; that it is none, after 30 days.
  const auto frauds_first = [](double said, Rng& rng) {
    return std::optional<Duration>(said > 0.97 ? Duration(minutes(60 + rng.below(300))) : Duration(hours(30 * 24)));
  };
  const auto one_in_ten = [](double, Rng& rng) {
    return rng.uniform() < 0.1 ? std::optional<Duration>(hours(1)) : std::nullopt;
  };
  const auto never_the_high_ones = [](double said, Rng&) {
    return said < 0.5 ? std::optional<Duration>(hours(1)) : std::nullopt;
  };
  const std::vector<Case> cases = {
      {"labels at once: nothing is left out", at_once, hours(48), Duration{0}, true, Duration{0}, Duration{0}},
      {"a fixed delay: the rows of the last day are left out", after_a_day, hours(96), Duration{0}, true, hours(24),
       hours(24)},
      {"exponential delays: until 99 % are there", exponential, hours(240), Duration{0}, true, hours(40), hours(80)},
      {"only frauds have been told", frauds_first, hours(5 * 24), Duration{0}, false, Duration{0}, hours(24), true},
      {"40 days later the good payments are known too", frauds_first, hours(40 * 24), Duration{0}, true, hours(30 * 24),
       hours(30 * 24), true},
      {"one row of ten is looked at, whatever was said", one_in_ten, hours(96), Duration{0}, true, Duration{0},
       hours(1)},
      {"whom the model refuses is never known", never_the_high_ones, hours(96), Duration{0}, false, Duration{0},
       hours(1)},
      {"the config knows better", at_once, hours(48), hours(24), true, hours(24), hours(24)},
      {"no label at all", [](double, Rng&) { return std::optional<Duration>(); }, hours(48), Duration{0}, true,
       Duration{0}, Duration{0}},
  };
  for (const auto& c : cases) {
    Rng rng(7);
    const auto rows = rows_of(c.now, rng, c.wait);
    LabelEvidenceSettings settings;
    settings.least_age = c.least_age;
    const auto found = judge_labels(rows, start, start + c.now, settings);
    EXPECT_EQ(found.early_differ, c.early_differ) << c.why;
    EXPECT_EQ(found.comparable, c.comparable) << c.why << ": " << found.reason;
    EXPECT_EQ(found.reason.empty(), c.comparable) << c.why;
    EXPECT_GE(found.age, c.age_from) << c.why << ": " << format_duration(found.age);
    EXPECT_LE(found.age, c.age_to) << c.why << ": " << format_duration(found.age);
  }
}

TEST(LabelEvidence, few_rows_and_few_labels) {
  EXPECT_TRUE(judge_labels({}, start, start + hours(1), {}).comparable);
  Rng rng(1);
  auto rows = rows_of(hours(10), rng, [](double, Rng&) { return std::optional<Duration>(); });
  for (std::size_t i = 0; i < 3; ++i) rows[i].labelled = rows[i].predicted;
  const auto found = judge_labels(rows, start, start + hours(10), {});
  EXPECT_FALSE(found.comparable) << "three labels of 600 rows say nothing of the others";
  EXPECT_NE(found.reason.find("too few"), std::string::npos) << found.reason;
}

// Rows that are labelled at random, 5 % to 60 % of them, 1000 looks: called unlike the others at most once in 1000 by
// the level, and less by the least effect; up to 4 is within three standard errors of the level alone.
TEST(LabelEvidence, labels_at_random_are_rarely_called_selective) {
  int refused = 0;
  for (std::uint64_t run = 0; run < 1000; ++run) {
    Rng rng(run);
    const double share = 0.05 + 0.55 * rng.uniform();
    const auto rows = rows_of(hours(10), rng, [&](double, Rng& r) {
      return r.uniform() < share ? std::optional<Duration>(minutes(10)) : std::nullopt;
    });
    refused += judge_labels(rows, start, start + hours(10), {}).comparable ? 0 : 1;
  }
  EXPECT_LE(refused, 4);
}

TEST(LabelEvidence, json_has_a_short_curve) {
  Rng rng(3);
  const auto rows = rows_of(hours(240), rng, [](double, Rng& r) {
    return std::optional<Duration>(std::chrono::duration_cast<Duration>(hours(12) * -std::log(1 - r.uniform())));
  });
  const Json json = to_json(judge_labels(rows, start, start + hours(240), {}));
  EXPECT_LE(json.at("curve").size(), 21u);
  EXPECT_GE(json.at("curve").size(), 10u);
  EXPECT_TRUE(json.at("reason").is_null());
  EXPECT_TRUE(json.at("comparable").get<bool>());
}

}  // namespace
}  // namespace perennial::drift
