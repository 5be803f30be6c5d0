// Small generated histories that look like what people bring, each with the change that such data has. `init` gets the
// target, and time and entity where there are some; `replay` must end, and retraining must not have made things worse.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/time.hpp"
#include "process/odd_files.hpp"

namespace perennial::process {
namespace {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  double unit() { return static_cast<double>(random_() >> 11) / 9007199254740992.0; }
  double normal() { return std::sqrt(-2 * std::log(1 - unit())) * std::cos(6.283185307179586 * unit()); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(unit() * static_cast<double>(n)); }

 private:
  std::mt19937_64 random_;
};

std::string day(std::size_t number) {
  const auto at = std::chrono::sys_days(std::chrono::year(2019) / 1 / 1) + std::chrono::days(number);
  return format_time(TimePoint(at)).substr(0, 10);
}

std::string hour(std::size_t number) {
  const auto at = std::chrono::sys_days(std::chrono::year(2019) / 1 / 1) + std::chrono::hours(number);
  return format_time(TimePoint(at)).substr(0, 16);
}

struct LookAlike {
  std::string name;
  std::string target;
  std::vector<std::string> more;
  std::string task;
  std::function<std::string()> make;
};

std::string weather() {  // rain tomorrow, from daily readings with gaps
  Dice dice(1);
  std::string text = "date,station temp,dew point,pressure,visibility,wind,rain\n";
  double front = 0;
  for (std::size_t i = 0; i < 1500; ++i) {
    front = 0.8 * front + dice.normal();
    const double season = 10 * std::sin(static_cast<double>(i) / 58);
    const double temp = 12 + season + 3 * dice.normal();
    const double pressure = 1013 - 4 * front + dice.normal();
    text += fmt::format("{},{:.1f},{:.1f},{},{:.1f},{:.1f},{}\n", day(i), temp, temp - 5 + front,
                        dice.unit() < 0.1 ? "" : fmt::format("{:.1f}", pressure), 10 - front + dice.normal(),
                        std::abs(5 * dice.normal()), front + 0.5 * dice.normal() > 0.5 ? "yes" : "no");
  }
  return text;
}

std::string covertype() {  // seven classes, numbers and one-hot columns, an elevation that wanders
  Dice dice(2);
  std::string text = "elevation,aspect,slope,hydrology";
  for (int i = 0; i < 8; ++i) text += fmt::format(",soil_{}", i);
  text += ",cover\n";
  for (std::size_t i = 0; i < 2500; ++i) {
    const double elevation = 2000 + 1400 * dice.unit() + 200 * std::sin(static_cast<double>(i) / 300);
    const std::size_t soil = dice.below(8);
    text += fmt::format("{:.0f},{},{},{}", elevation, dice.below(360), dice.below(50), dice.below(600));
    for (std::size_t s = 0; s < 8; ++s) text += s == soil ? ",1" : ",0";
    const auto kind = static_cast<std::size_t>((elevation - 1700) / 300 + (soil > 4 ? 1 : 0));
    text += fmt::format(",{}\n", 1 + std::min<std::size_t>(6, dice.unit() < 0.1 ? dice.below(7) : kind));
  }
  return text;
}

std::string airlines() {  // texts of many values, a rule that changes halfway
  Dice dice(3);
  std::string text = "Airline,AirportFrom,AirportTo,DayOfWeek,Time,Length,Delay\n";
  for (std::size_t i = 0; i < 3000; ++i) {
    const std::size_t airline = dice.below(12);
    const std::size_t minute = dice.below(1440);
    const bool late_in_the_day = minute > 900;
    const bool bad = i < 1500 ? airline < 4 : airline > 7;
    const double p = 0.15 + 0.3 * late_in_the_day + 0.4 * bad;
    text += fmt::format("{}{},A{},A{},{},{},{},{}\n", static_cast<char>('A' + airline), airline % 3, dice.below(150),
                        dice.below(150), 1 + dice.below(7), minute, 30 + dice.below(400), dice.unit() < p ? 1 : 0);
  }
  return text;
}

std::string insects() {  // six classes of wing beats, shifted at once by the temperature
  Dice dice(4);
  std::string text;
  for (int i = 0; i < 10; ++i) text += fmt::format("Att{},", i + 1);
  text += "class\n";
  for (std::size_t i = 0; i < 2500; ++i) {
    const std::size_t kind = dice.below(6);
    const double warm = i < 1200 ? 0 : 1.5;
    for (int a = 0; a < 10; ++a)
      text += fmt::format("{:.4f},", std::sin(static_cast<double>(kind * 7 + static_cast<std::size_t>(a) * 3)) * 2 +
                                         warm + dice.normal());
    text += fmt::format("{}\n", std::array{"ae-f", "ae-m", "cx-f", "cx-m", "al-f", "al-m"}[kind]);
  }
  return text;
}

std::string energy() {  // hourly load with a calendar and a new level
  Dice dice(5);
  std::string text = "datetime,temperature,humidity,load\n";
  for (std::size_t i = 0; i < 2500; ++i) {
    const double of_day = std::sin(static_cast<double>(i % 24) * 0.2618);
    const double temperature = 10 + 8 * of_day + 2 * dice.normal();
    const double level = i < 1400 ? 500 : 650;
    text += fmt::format("{},{:.2f},{:.1f},{:.1f}\n", hour(i), temperature, 40 + 20 * dice.unit(),
                        level + 90 * of_day + 4 * temperature + 10 * dice.normal());
  }
  return text;
}

std::string retail() {  // twenty stores, one row per store and day; the time has ties
  Dice dice(6);
  std::string text = "day,store,promo,holiday,price,units sold\n";
  for (std::size_t i = 0; i < 3000; ++i) {
    const std::size_t store = i % 20;
    const std::size_t at = i / 20;
    const bool promo = dice.unit() < 0.3;
    const double growth = at < 80 ? 1 : 1.4;
    text += fmt::format(
        "{},store-{},{},{},{:.2f},{}\n", day(at), store, promo ? "true" : "false", at % 30 == 0 ? "public" : "",
        2 + dice.unit(),
        static_cast<int>(growth * static_cast<double>(20 + 3 * store + 15 * promo + at % 7) + 3 * dice.normal()));
  }
  return text;
}

std::string machines() {  // units that run to failure, a numeric id, sensors and a constant setting
  Dice dice(7);
  std::string text = "unit,cycle,setting,s1,s2,s3,rul\n";
  for (std::size_t unit = 1; unit <= 24; ++unit) {
    const std::size_t life = 80 + dice.below(80);
    for (std::size_t cycle = 1; cycle <= life; ++cycle) {
      const double wear = static_cast<double>(cycle) / static_cast<double>(life);
      text += fmt::format("{},{},100,{:.3f},{:.3f},{:.3f},{}\n", unit, cycle, 600 + 20 * wear * wear + dice.normal(),
                          1500 - 40 * wear + 3 * dice.normal(), dice.normal(), life - cycle);
    }
  }
  return text;
}

std::string churn() {  // an index from pandas, ids, yes/no texts, rare positives
  Dice dice(8);
  std::string text = ",customerID,tenure,Contract,PaymentMethod,MonthlyCharges,TotalCharges,Churn\n";
  for (std::size_t i = 0; i < 2000; ++i) {
    const std::size_t tenure = dice.below(72);
    const bool monthly = dice.unit() < 0.5;
    const double charges = 20 + 90 * dice.unit();
    const double p = (monthly ? 0.25 : 0.02) + (tenure < 6 ? 0.15 : 0);
    text += fmt::format("{},{:04}-XYZ,{},{},{},{:.2f},{},{}\n", i, i * 7919 % 10000, tenure,
                        monthly ? "Month-to-month" : "\"One, or two years\"", dice.unit() < 0.5 ? "check" : "card",
                        charges, tenure == 0 ? " " : fmt::format("{:.2f}", charges * static_cast<double>(tenure)),
                        dice.unit() < p ? "Yes" : "No");
  }
  return text;
}

TEST(LookAlike, init_and_replay_need_nothing_but_target_time_and_entity) {
  const std::vector<LookAlike> all = {
      {"weather", "rain", {"--timestamp", "date"}, "classification", weather},
      {"covertype", "cover", {}, "classification", covertype},
      {"airlines", "Delay", {}, "classification", airlines},
      {"insects", "class", {}, "classification", insects},
      {"energy", "load", {"--timestamp", "datetime"}, "regression", energy},
      {"retail", "units sold", {"--timestamp", "day", "--entity", "store"}, "regression", retail},
      {"machines", "rul", {"--timestamp", "cycle", "--entity", "unit"}, "regression", machines},
      {"churn", "Churn", {"--entity", "customerID"}, "classification", churn},
  };
  const Folder folder;
  for (const auto& one : all) {
    SCOPED_TRACE(one.name);
    write_text(folder / (one.name + ".csv"), one.make());
    const Taken taken = take(folder, one.name + ".csv", one.target, one.more, Milliseconds(300000));
    EXPECT_EQ(taken.init.exit_code, 0) << taken.init.err;
    EXPECT_NE(taken.config.find(": " + one.task + "}"), std::string::npos) << taken.config;
    if (!taken.finished()) {
      ADD_FAILURE() << taken.replay.err;
      continue;
    }
    const auto& report = taken.report;
    const double score = report.at("score").get<double>();
    const double never = report.at("baselines").at("never_retrain").get<double>();
    const double n = report.at("scored_rows").get<double>();
    const bool higher = report.at("higher_is_better").get<bool>();
    fmt::print("{:10} {} {:.4f}, never retrained {:.4f}; {} retrains, {} promotions, {} rollbacks\n", one.name,
               report.at("metric").get<std::string>(), score, never, report.at("retrains").get<int>(),
               report.at("promotions").get<int>(), report.at("rollbacks").get<int>());
    // Two standard errors of a share at worst; a twentieth of an RMSE.
    if (higher) EXPECT_GT(score, never - 2 * std::sqrt(0.25 / n));
    else EXPECT_LT(score, never * 1.05);
  }
}

}  // namespace
}  // namespace perennial::process
