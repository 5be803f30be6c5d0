// Our stream detectors against River 0.21.1: the same rows of drift and of warning on 1000 random streams each. Where
// River has no such detector (CUSUM), against the textbook's formula in NumPy.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/detectors/kswin.hpp"
#include "drift/stream.hpp"
#include "peers/peer.hpp"

namespace perennial::drift {
namespace {

constexpr std::size_t streams = 1000;

struct Case {
  std::vector<double> values;
  Json parameters;
};

struct Alarms {
  std::vector<std::size_t> drifts;
  std::vector<std::size_t> warnings;
};

double between(Rng& rng, double low, double high) { return low + (high - low) * rng.uniform(); }

/// One of `choices`.
template <class T>
T one_of(Rng& rng, std::initializer_list<T> choices) {
  return *(choices.begin() + rng.below(choices.size()));
}

/// 200 to 5000, more short ones than long ones, as the Python side takes microseconds per row; the larger `shortness`,
/// the more.
std::size_t length(Rng& rng, double shortness = 3) {
  return static_cast<std::size_t>(std::lround(200 * std::pow(25.0, std::pow(rng.uniform(), shortness))));
}

/// 0/1 errors whose rate changes 0 to 4 times, also to none and to nothing else.
std::vector<double> errors(Rng& rng, std::size_t rows) {
  std::vector<double> values;
  const auto changes = rng.below(5);
  double rate = between(rng, 0, 0.5);
  while (values.size() < rows) {
    const auto end = std::min<std::size_t>(rows, values.size() + 1 + rng.below(2 * rows / (changes + 1)));
    while (values.size() < end) values.push_back(rng.uniform() < rate ? 1 : 0);
    rate = one_of(rng, {0.0, 0.01, 0.5 * rate, 2 * rate, between(rng, 0, 1), 1.0});
  }
  return values;
}

/// Normal or uniform values whose mean and deviation change 0 to 4 times; some in whole numbers, for ties.
std::vector<double> numbers(Rng& rng, std::size_t rows, double unit) {
  std::vector<double> values;
  const auto changes = rng.below(5);
  const bool normal = rng.below(2) == 0;
  const bool whole = rng.below(4) == 0;
  double mean = between(rng, -10, 10) * unit;
  double deviation = between(rng, 0.1, 3) * unit;
  while (values.size() < rows) {
    const auto end = std::min<std::size_t>(rows, values.size() + 1 + rng.below(2 * rows / (changes + 1)));
    while (values.size() < end) {
      const double value = mean + deviation * (normal ? rng.normal() : 3 * (rng.uniform() - 0.5));
      values.push_back(whole ? std::round(value) : value);
    }
    mean += between(rng, -2, 2) * deviation;
    if (rng.below(3) == 0) deviation *= between(rng, 0.3, 3);
  }
  return values;
}

std::vector<Case> cases(std::uint64_t seed, const std::function<Case(Rng&, std::size_t)>& make) {
  Rng rng(seed);
  std::vector<Case> made;
  for (std::size_t i = 0; i < streams; ++i) made.push_back(make(rng, i));
  return made;
}

Json ask_river(const std::string& detector, const std::vector<Case>& all) {
  const auto file = std::filesystem::temp_directory_path() / ("perennial-streams-" + std::to_string(::getpid()));
  Json question{{"detector", detector}, {"streams", file.string()}, {"cases", Json::array()}};
  {
    std::ofstream out(file, std::ios::binary);
    for (const auto& one : all) {
      out.write(reinterpret_cast<const char*>(one.values.data()),
                static_cast<std::streamsize>(one.values.size() * sizeof(double)));
      question["cases"].push_back({{"length", one.values.size()}, {"parameters", one.parameters}});
    }
  }
  Json answer = peers::ask("river_peer.py", question);
  std::filesystem::remove(file);
  return answer;
}

Alarms alarms(StreamDetector& detector, const std::vector<double>& values) {
  std::vector<Zone> zones(values.size());
  detector.update(values, zones);
  Alarms found;
  for (std::size_t row = 0; row < zones.size(); ++row) {
    if (zones[row] == Zone::drift) found.drifts.push_back(row);
    if (zones[row] == Zone::warning) found.warnings.push_back(row);
  }
  return found;
}

std::unique_ptr<StreamDetector> made(const std::string& name, const Json& parameters) {
  const auto member = stream_detectors().find(name);
  const auto node = ConfigNode::parse(parameters.dump(), "case");
  EXPECT_TRUE(member && node) << name;
  auto detector = (*member)->make(*node);
  EXPECT_TRUE(detector) << (detector ? "" : detector.error().message());
  return std::move(*detector);
}

using Maker = std::function<std::unique_ptr<StreamDetector>(const Case&, const Json& answer)>;

/// Fewer than `least_drifts` in all would say that the streams ask for nothing.
void compare(const std::string& name, const std::vector<Case>& all, bool warnings, std::size_t least_drifts,
             const Maker& make) {
  const Json answer = ask_river(name, all);
  ASSERT_EQ(answer["drifts"].size(), all.size());
  std::size_t drifts = 0;
  std::size_t warned = 0;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto ours = alarms(*make(all[i], answer), all[i].values);
    ASSERT_EQ(ours.drifts, answer["drifts"][i].get<std::vector<std::size_t>>())
        << "stream " << i << ' ' << all[i].parameters;
    if (warnings) {
      ASSERT_EQ(ours.warnings, answer["warnings"][i].get<std::vector<std::size_t>>())
          << "stream " << i << ' ' << all[i].parameters;
    }
    drifts += ours.drifts.size();
    warned += ours.warnings.size();
    longest = std::max(longest, all[i].values.size());
  }
  std::printf("%s: %zu drifts, %zu rows of warning, longest stream %zu\n", name.c_str(), drifts, warned, longest);
  EXPECT_GE(drifts, least_drifts);
  EXPECT_GE(longest, 4500u);
  if (warnings) {
    EXPECT_GE(warned, least_drifts);
  }
}

void compare(const std::string& name, const std::vector<Case>& all, bool warnings, std::size_t least_drifts) {
  compare(name, all, warnings, least_drifts, [&](const Case& one, const Json&) { return made(name, one.parameters); });
}

TEST(River, adwin) {
  compare("adwin",
          cases(1,
                [](Rng& rng, std::size_t i) {
                  Case one;
                  if (i % 4 == 0) one.values = errors(rng, length(rng));
                  else one.values = numbers(rng, length(rng), one_of(rng, {1e-6, 1.0, 1.0, 1e4}));
                  if (i % 5 == 0) one.parameters = Json::object();
                  else
                    one.parameters = {{"delta", std::pow(10, between(rng, -6, -0.5))},
                                      {"clock", one_of(rng, {1, 7, 32, 32, 100})},
                                      {"max_buckets", 2 + rng.below(9)},
                                      {"min_window_length", 1 + rng.below(20)},
                                      {"grace_period", 1 + rng.below(60)}};
                  return one;
                }),
          false, 500);
}

TEST(River, ddm) {
  compare("ddm",
          cases(2,
                [](Rng& rng, std::size_t i) {
                  Case one{errors(rng, length(rng)), Json::object()};
                  if (i % 3 != 0) {
                    const double warning = between(rng, 0.5, 3);
                    one.parameters = {{"warm_start", 1 + rng.below(100)},
                                      {"warning_threshold", warning},
                                      {"drift_threshold", warning + between(rng, 0, 2)}};
                  }
                  return one;
                }),
          true, 1000);
}

TEST(River, eddm) {
  compare("eddm",
          cases(3,
                [](Rng& rng, std::size_t i) {
                  Case one{errors(rng, length(rng)), Json::object()};
                  if (i % 3 != 0) {
                    const double drift = between(rng, 0.5, 0.97);
                    one.parameters = {{"warm_start", 1 + rng.below(60)},
                                      {"alpha", drift + between(rng, 0, 1 - drift)},
                                      {"beta", drift}};
                  }
                  return one;
                }),
          true, 1000);
}

Case hddm(Rng& rng, std::size_t i) {
  Case one{errors(rng, i == 0 ? 5000 : length(rng, 8)), Json::object()};
  // Losses between 0 and 1 are no errors, but no less welcome.
  if (i % 7 == 0)
    for (double& value : one.values) value = value > 0 ? rng.uniform() : 0.1 * rng.uniform();
  if (i % 3 != 0) {
    const double drift = std::pow(10, between(rng, -5, -1));
    one.parameters = {{"drift_confidence", drift},
                      {"warning_confidence", std::min(1.0, drift * between(rng, 1, 8))},
                      {"two_sided_test", rng.below(2) == 0}};
  }
  return one;
}

TEST(River, hddm_a) { compare("hddm_a", cases(4, hddm), true, 300); }

TEST(River, hddm_w) {
  compare("hddm_w",
          cases(5,
                [](Rng& rng, std::size_t i) {
                  Case one = hddm(rng, i);
                  if (!one.parameters.empty()) one.parameters["lambda_val"] = between(rng, 0.005, 0.3);
                  return one;
                }),
          true, 300);
}

TEST(River, page_hinkley) {
  compare("page_hinkley",
          cases(6,
                [](Rng& rng, std::size_t i) {
                  const double unit = one_of(rng, {0.1, 1.0, 100.0});
                  Case one{i % 4 == 0 ? errors(rng, length(rng)) : numbers(rng, length(rng), unit), Json::object()};
                  if (i % 5 != 0)
                    one.parameters = {{"min_instances", 1 + rng.below(100)},
                                      {"delta", between(rng, 0, 0.2) * unit},
                                      {"threshold", between(rng, 5, 100) * unit},
                                      {"alpha", one_of(rng, {1.0, 0.9999, 0.99, between(rng, 0.9, 1)})},
                                      {"mode", one_of<std::string>(rng, {"up", "down", "both"})}};
                  return one;
                }),
          false, 1000);
}

/// The draws that River's generator made.
class GivenIndices final : public SampleIndices {
 public:
  explicit GivenIndices(const Json& draws) : draws_(&draws) {}
  void restart() override { next_ = 0; }
  void draw(std::size_t population, std::span<std::uint16_t> chosen) override {
    const Json& row = draws_->at(next_++);
    ASSERT_EQ(row.size(), chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      chosen[i] = row[i].get<std::uint16_t>();
      ASSERT_LT(chosen[i], population);
    }
  }
  std::unique_ptr<SampleIndices> clone() const override { return std::make_unique<GivenIndices>(*this); }

 private:
  const Json* draws_;
  std::size_t next_ = 0;
};

TEST(River, kswin_on_the_same_draws) {
  struct Sizes {
    std::uint32_t window;
    std::uint32_t stat;
  };
  const auto all = cases(7, [](Rng& rng, std::size_t i) {
    // River takes 50 us and more per row: few long streams.
    const std::size_t rows = i == 0 ? 5000 : i % 40 == 0 ? length(rng) : 200 + rng.below(20);
    const auto sizes = one_of<Sizes>(rng, {{100, 30}, {100, 30}, {60, 20}, {100, 50}, {150, 40}, {40, 5}});
    Case one{i % 4 == 0 ? errors(rng, rows) : numbers(rng, rows, 1), Json::object()};
    one.parameters = {{"alpha", one_of(rng, {0.005, 0.005, 0.001, 0.0001, 0.05})},
                      {"window_size", sizes.window},
                      {"stat_size", sizes.stat},
                      {"seed", i == 0 ? 0 : rng.below(4)}};
    return one;
  });
  compare("kswin", all, false, 300, [](const Case& one, const Json& answer) {
    const auto& p = one.parameters;
    KswinSettings settings;
    settings.alpha = p["alpha"].get<double>();
    settings.warning_alpha = settings.alpha;
    settings.window_size = p["window_size"].get<std::uint32_t>();
    settings.stat_size = p["stat_size"].get<std::uint32_t>();
    const std::string key = p["seed"].dump() + "/" + p["window_size"].dump() + "/" + p["stat_size"].dump();
    return make_kswin(settings, std::make_unique<GivenIndices>(answer["draws"].at(key)));
  });
}

TEST(Textbook, cusum) {
  compare("cusum",
          cases(8,
                [](Rng& rng, std::size_t i) {
                  return Case{numbers(rng, length(rng), one_of(rng, {1e-6, 1.0, 1e4})),
                              {{"k", between(rng, 0.1, 1)},
                               {"h", i % 3 == 0 ? 5.0 : between(rng, 3, 20)},
                               {"warm_up", 20 + rng.below(200)},
                               {"clip", i % 2 == 0 ? 1e9 : between(rng, 1.5, 6)},
                               {"mode", one_of<std::string>(rng, {"up", "down", "both"})},
                               {"warning", between(rng, 0.2, 1)}}};
                }),
          true, 1000);
}

}  // namespace
}  // namespace perennial::drift
