#include "rollout/evidence_json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <regex>
#include <sstream>

#include "core/rng.hpp"

namespace perennial::rollout {
namespace {

/// Bits and all: NaN equals NaN, -0.0 is not 0.0.
bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b)); }

/// A double of any size, sometimes none.
double odd_double(Rng& rng) {
  switch (rng.below(8)) {
    case 0: return std::numeric_limits<double>::quiet_NaN();
    case 1: return std::numeric_limits<double>::infinity();
    case 2: return -std::numeric_limits<double>::infinity();
    case 3: return -0.0;
    case 4: return std::numeric_limits<double>::denorm_min();
    case 5: return static_cast<double>(rng.below(1000));
    default: return rng.normal() * std::exp(200 * rng.normal());
  }
}

LossComparison odd_losses(Rng& rng) {
  return {.n = rng.below(1u << 30),
          .champion = odd_double(rng),
          .difference = odd_double(rng),
          .standard_error = odd_double(rng),
          .effective_n = odd_double(rng),
          .serial_n = odd_double(rng),
          .over_margin = odd_double(rng),
          .over_margin_error = odd_double(rng),
          .over_margin_n = odd_double(rng)};
}

LossEvidence odd_evidence(Rng& rng) {
  LossEvidence evidence{.now = odd_losses(rng), .recent = odd_losses(rng), .epoch = rng.below(9), .looks = {}};
  for (std::uint64_t i = rng.below(5); i > 0; --i) evidence.looks.push_back(odd_losses(rng));
  return evidence;
}

Evidence odd(Rng& rng) {
  Evidence e;
  e.rollout_id = "r-\"1\"";
  e.phase = static_cast<Phase>(rng.below(6));
  e.step = rng.below(5);
  for (auto* arm : {&e.challenger, &e.champion})
    *arm = {.requests = std::numeric_limits<std::uint64_t>::max() - rng.below(9),
            .errors = rng.below(9),
            .non_finite = rng.below(9),
            .latency_ms_p99 = odd_double(rng),
            .latency_samples = rng.below(9),
            .latency_over = rng.below(9),
            .recent = {rng.below(9), rng.below(9), rng.below(9), rng.below(9)},
            .unusable = rng.below(2) == 0 ? "" : "its process has ended"};
  e.split = {.share = odd_double(rng),
             .challenger_units = rng.below(1u << 30),
             .champion_units = rng.below(9),
             .label_age = Duration(static_cast<Duration::rep>(rng.below(1u << 30))),
             .challenger_labels = {rng.below(99), odd_double(rng), odd_double(rng), odd_double(rng)},
             .champion_labels = {rng.below(99), odd_double(rng), odd_double(rng), odd_double(rng)}};
  for (const char* target : {"rul", "health", ""})
    e.targets.push_back({.target = target, .paired = odd_evidence(rng), .unpaired = odd_evidence(rng)});
  e.approved = rng.below(2) == 0;
  e.rows_now = rng.below(1u << 20);
  return e;
}

void expect_same(const LossComparison& a, const LossComparison& b) {
  EXPECT_EQ(a.n, b.n);
  EXPECT_TRUE(same_bits(a.champion, b.champion)) << a.champion << " " << b.champion;
  EXPECT_TRUE(same_bits(a.difference, b.difference));
  EXPECT_TRUE(same_bits(a.standard_error, b.standard_error));
  EXPECT_TRUE(same_bits(a.effective_n, b.effective_n));
  EXPECT_TRUE(same_bits(a.serial_n, b.serial_n));
  EXPECT_TRUE(same_bits(a.over_margin, b.over_margin));
  EXPECT_TRUE(same_bits(a.over_margin_error, b.over_margin_error));
  EXPECT_TRUE(same_bits(a.over_margin_n, b.over_margin_n));
}

TEST(EvidenceJson, comes_back_from_the_journals_text_with_the_same_bits) {
  Rng rng(11);
  for (int i = 0; i < 200; ++i) {
    const Evidence before = odd(rng);
    const auto parsed = parse_json(to_text(to_json(before)));
    ASSERT_TRUE(parsed);
    const auto after = evidence_from_json(*parsed);
    ASSERT_TRUE(after) << after.error().message();
    EXPECT_EQ(after->rollout_id, before.rollout_id);
    EXPECT_EQ(after->phase, before.phase);
    EXPECT_EQ(after->step, before.step);
    EXPECT_EQ(after->rows_now, before.rows_now);
    EXPECT_EQ(after->challenger.requests, before.challenger.requests);
    EXPECT_EQ(after->champion.latency_over, before.champion.latency_over);
    EXPECT_TRUE(same_bits(after->champion.latency_ms_p99, before.champion.latency_ms_p99));
    ASSERT_EQ(after->targets.size(), 3U);
    for (std::size_t t = 0; t < 3; ++t) {
      EXPECT_EQ(after->targets[t].target, before.targets[t].target);
      for (const auto side : {&TargetLoss::paired, &TargetLoss::unpaired}) {
        const LossEvidence& a = after->targets[t].*side;
        const LossEvidence& b = before.targets[t].*side;
        expect_same(a.now, b.now);
        expect_same(a.recent, b.recent);
        EXPECT_EQ(a.epoch, b.epoch);
        ASSERT_EQ(a.looks.size(), b.looks.size());
        for (std::size_t look = 0; look < a.looks.size(); ++look) expect_same(a.looks[look], b.looks[look]);
      }
    }
    // The text is a function of the evidence: a field that reading forgets would be missing here.
    EXPECT_EQ(to_text(to_json(*after)), to_text(to_json(before)));
  }
}

/// A field that is added to the evidence and not to its form would be lost, and verdicts computed again without it.
TEST(EvidenceJson, every_field_of_the_evidence_has_its_line) {
  const auto text_of = [](const char* file) {
    std::ifstream in(std::string(PERENNIAL_SOURCE_DIR) + file);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  const std::string form = text_of("/src/rollout/evidence_json.cpp");
  std::istringstream header(text_of("/src/rollout/evidence.hpp"));
  const std::regex field(R"re(^  (?!friend|using|static)[A-Za-z_:<>0-9, ]+ ([a-z_][a-z_0-9]*)( = [^;]+)?;.*)re");
  std::size_t fields = 0;
  for (std::string line; std::getline(header, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, field)) continue;
    EXPECT_NE(form.find("field(\"" + match[1].str() + "\","), std::string::npos) << match[1] << " is not kept";
    ++fields;
  }
  EXPECT_GE(fields, 29U) << "the header was not understood";
}

TEST(EvidenceJson, an_older_record_lacks_fields_and_a_newer_one_has_more) {
  Rng rng(3);
  Json json = to_json(odd(rng));
  json.erase("rows_now");
  json["challenger"].erase("latency_over");
  json["targets"][0]["paired"].erase("looks");
  json["of_a_later_release"] = {{"x", 1}};
  const auto read = evidence_from_json(json);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->rows_now, 0U);
  EXPECT_EQ(read->challenger.latency_over, 0U);
  EXPECT_TRUE(read->targets[0].paired.looks.empty());
}

TEST(EvidenceJson, a_value_of_another_kind_is_named) {
  Rng rng(4);
  const Json good = to_json(odd(rng));
  struct Row {
    const char* why;
    const char* place;
    Json value;
    const char* named;
  };
  const std::vector<Row> rows = {
      {"a text for a count", "/rows_now", "many", "rows_now"},
      {"a negative count", "/challenger/errors", -1, "challenger.errors"},
      {"a fraction for a count", "/champion/requests", 1.5, "champion.requests"},
      {"a word for a number", "/targets/1/paired/now/champion", "nearly nan", "targets[1].paired.now.champion"},
      {"null for a number", "/targets/0/unpaired/now/difference", nullptr, "targets[0].unpaired.now.difference"},
      {"no phase", "/phase", "canaries", "phase"},
      {"an object for a list", "/targets", Json::object(), "targets"},
      {"a number for an object", "/champion", 3, "champion"},
  };
  for (const auto& row : rows) {
    Json json = good;
    json[Json::json_pointer(row.place)] = row.value;
    const auto read = evidence_from_json(json);
    ASSERT_FALSE(read) << row.why;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt) << row.why;
    EXPECT_NE(read.error().what.find(row.named), std::string::npos) << row.why << ": " << read.error().what;
  }
  EXPECT_FALSE(evidence_from_json(Json::array()));
  EXPECT_FALSE(evidence_from_json(nullptr));
}

}  // namespace
}  // namespace perennial::rollout
