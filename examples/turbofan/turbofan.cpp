// Remaining useful life and health of turbofan engines (NASA C-MAPSS): trains, judges on the test engines, and replays
// one fleet after another as traffic.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "app/output.hpp"
#include "app/scratch.hpp"
#include "heads.hpp"
#include "traffic.hpp"

namespace turbofan {
namespace {

using namespace perennial;

struct Flags {
  std::string config;
  std::string trainer;
  std::string data_directory;
  std::string subset = "FD001";
  std::string before = "FD001";
  std::string after = "FD003";
  std::int64_t rounds = 0;  ///< 0: as the config has it
  std::int64_t bags = 0;
  bool no_traffic = false;
};

void shorten(lifecycle::ModelConfig& model, const Flags& flags) {
  if (flags.rounds > 0) model.train.params["rounds"] = flags.rounds;
  if (flags.bags > 0) model.train.params["bags"] = flags.bags;
}

Status judge(const lifecycle::FleetConfig& config, const Flags& flags, const std::string& scratch) {
  ASSIGN_OR_RETURN(const auto* configured, config.model("heads"));
  lifecycle::ModelConfig model = *configured;
  shorten(model, flags);
  ASSIGN_OR_RETURN(const Engines engines, read_train(flags.data_directory, flags.subset));
  ASSIGN_OR_RETURN(const Engines test, read_test(flags.data_directory, flags.subset));
  app::say(fmt::format("training rul and health of {} on {} rows: a minute or two", flags.subset, engines.rows.rows));
  const auto begun = std::chrono::steady_clock::now();
  ASSIGN_OR_RETURN(Heads heads, train(engines, model, flags.trainer, scratch + "/heads"));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  ASSIGN_OR_RETURN(const Figures figures, evaluate(heads, test));

  const auto& run = heads.run;
  app::print(fmt::format("{} model: {} columns, {} rows learned from, {} rows of other engines held out, {:.0f} s",
                         flags.subset, run.signature.inputs.size(),
                         run.split.train.size() + run.split.validation.size(), run.split.holdout.size(), seconds));
  app::print(
      fmt::format("{} ONNX graph: {:.1f} MB, parity with the trained trees over {} rows: largest difference {:.1e}",
                  flags.subset, static_cast<double>(run.onnx.size()) / 1e6, run.parity.rows, run.parity.worst));
  app::print(fmt::format("{} test: {} engines, {} rows", flags.subset, figures.engines, figures.rows));
  const auto cap = fmt::format("RUL capped at {:g}", rul_cap);
  app::print(app::table(
      {{"metric", cap, "uncapped"},
       {"RMSE at the last cycle", fmt::format("{:.2f}", figures.rmse_capped),
        fmt::format("{:.2f}", figures.rmse_uncapped)},
       {"PHM08 score", fmt::format("{:.0f}", figures.phm08_capped), fmt::format("{:.0f}", figures.phm08_uncapped)}}));
  app::print(
      fmt::format("health over all cycles: accuracy {:.4f}, macro-F1 {:.4f}", figures.accuracy, figures.macro_f1));
  return {};
}

Status show_traffic(const lifecycle::FleetConfig& config, const Flags& flags, const std::string& scratch) {
  TrafficOptions options{config,      "traffic",     flags.data_directory,    flags.before,
                         flags.after, flags.trainer, scratch + "/traffic.csv"};
  ASSIGN_OR_RETURN(const TrafficStory story, replay_traffic(options));
  app::print(fmt::format("\ntraffic: {} rows, {} until row {}, then {}", story.rows, flags.before, story.shift_row,
                         flags.after));
  for (const auto& line : story.lines) app::print("  " + line);
  if (story.detected_row == 0)
    return fail(ErrorCode::conflict, "the inputs were never found to have drifted after the shift", flags.after);
  app::print(fmt::format(
      "shift detected: {} rows after it, at row {}: {:.0f} % of the columns drifted, before it at most "
      "{:.0f} %",
      story.detected_row - story.shift_row, story.detected_row, 100 * story.share_detected, 100 * story.share_before));
  if (story.answer.empty())
    return fail(ErrorCode::conflict, "no version that was trained after the shift came to a rollout", flags.after);
  app::print("shift answered: " + story.answer);
  app::print(fmt::format("{} over all answered rows: {:.2f}, without a retrain {:.2f}", story.metric, story.score,
                         story.never_retrain));
  return {};
}

Status run(const Flags& flags) {
  ASSIGN_OR_RETURN(const auto config, lifecycle::load_fleet(flags.config));
  ASSIGN_OR_RETURN(const auto scratch, app::ScratchDirectory::make("turbofan"));
  TRY(judge(config, flags, scratch->path()));
  if (flags.no_traffic) return {};
  return show_traffic(config, flags, scratch->path());
}

}  // namespace
}  // namespace turbofan

int main(int argc, char** argv) {
  turbofan::Flags flags;
  CLI::App app{"RUL and health of the C-MAPSS engines: train, test, and replay one fleet after another", "turbofan"};
  app.add_option("--data-dir", flags.data_directory,
                 "folder of train_FDxxx.txt, test_FDxxx.txt and RUL_FDxxx.txt, gzipped or not")
      ->required();
  app.add_option("--subset", flags.subset, "trained and tested on")->capture_default_str();
  app.add_option("--before", flags.before, "traffic: the first fleet")->capture_default_str();
  app.add_option("--after", flags.after, "traffic: the fleet that follows")->capture_default_str();
  app.add_option("--rounds", flags.rounds,
                 "boosting rounds of the tested model, for a quick look; default: the config's")
      ->check(CLI::Range(1, 100000));
  app.add_option("--bags", flags.bags, "averaged ensembles of the tested model; default: the config's")
      ->check(CLI::Range(1, 50));
  app.add_flag("--no-traffic", flags.no_traffic, "train and test only");
  app.add_option("--config", flags.config, "turbofan.yaml")->required();
  app.add_option("--trainer", flags.trainer, "the perennial-trainer executable")->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (const auto done = turbofan::run(flags); !done) {
    perennial::app::print_error(done.error());
    return perennial::app::exit_code(done.error()) == 2 ? 2 : 1;
  }
  return 0;
}
