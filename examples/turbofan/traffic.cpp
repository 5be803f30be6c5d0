#include "traffic.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "app/replay/replay.hpp"
#include "app/report/words.hpp"
#include "engines.hpp"

namespace turbofan {

using namespace perennial;

namespace {

/// A person who reads the story wants what changed, not every quiet look.
constexpr std::string_view told[] = {
    event_type::drift_detected,  event_type::decay_detected,    event_type::decay_resolved,
    event_type::drift_resolved,  event_type::retrain_requested, event_type::gate_evaluated,
    event_type::rollout_planned, event_type::rollout_advanced,  event_type::rollout_aborted,
    event_type::promoted,        event_type::rolled_back};

/// Engine after engine: row numbers by the engine's number, then by cycle.
std::vector<std::size_t> by_engine(const Engines& engines) {
  std::vector<std::size_t> order(engines.rows.rows);
  std::iota(order.begin(), order.end(), 0);
  const auto& units = engines.rows.entities;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return units[a].size() != units[b].size() ? units[a].size() < units[b].size() : units[a] < units[b];
  });
  return order;
}

void write_rows(std::ofstream& out, const Engines& engines, const std::string& subset) {
  std::string line;
  for (const std::size_t row : by_engine(engines)) {
    line = subset + "-" + engines.rows.entities[row];
    for (const auto& column : engines.rows.columns) line += fmt::format(",{}", column.numbers[row]);
    line += fmt::format(",{},{}\n", std::min(engines.rul[row], rul_cap), health_name(engines.rul[row]));
    out << line;
  }
}

Status write_traffic(const std::string& file, const TrafficOptions& options, TrafficStory& story) {
  ASSIGN_OR_RETURN(const Engines before, read_train(options.data_directory, options.before));
  ASSIGN_OR_RETURN(const Engines after, read_train(options.data_directory, options.after));
  std::ofstream out(file, std::ios::trunc);
  out << "engine";
  for (const auto& column : before.rows.columns) out << ',' << column.name;
  out << ",rul,health\n";
  write_rows(out, before, options.before);
  write_rows(out, after, options.after);
  out.flush();
  if (!out) return fail(ErrorCode::io, "the traffic file cannot be written", file);
  story.shift_row = before.rows.rows;
  story.rows = before.rows.rows + after.rows.rows;
  return {};
}

std::string sentence(const Event& event) {
  if (event.type != event_type::drift_detected) return app::in_words(event);
  return fmt::format("The inputs drifted ({:.0f} % of the columns, largest PSI {}): {}.",
                     100 * event.body.value("drift_share", 0.0), app::number_in_words(event.body.value("score", 0.0)),
                     fmt::join(event.body.value("columns", std::vector<std::string>{}), ", "));
}

/// What became of a rollout; empty where the event does not end one.
std::string_view ending(const Event& event) {
  if (event.type == event_type::promoted) return "promoted";
  if (event.type == event_type::rollout_aborted) return "taken back before its promotion";
  if (event.type == event_type::rolled_back) return "rolled back";
  return {};
}

void tell(const std::vector<Event>& events, std::uint64_t warmup, TrafficStory& story) {
  std::string rolled_out;  // a version whose rollout began after the shift was seen
  for (const auto& event : events) {
    // The journal counts answered rows; the first version learned from the warm-up, which nobody asked about.
    const std::uint64_t answered = event.body.value("row", std::uint64_t{0});
    if (answered == 0) continue;
    const std::uint64_t row = warmup + answered;
    const bool after = row > story.shift_row;
    if (event.type == event_type::drift_detected && story.detected_row == 0) {
      const double share = event.body.value("drift_share", 0.0);
      if (!after) {
        story.share_before = std::max(story.share_before, share);
      } else if (share > story.share_before) {
        story.detected_row = row;
        story.share_detected = share;
      }
    }
    if (story.detected_row > 0 && event.type == event_type::rollout_planned)
      rolled_out = event.body.value("version", "");
    if (!rolled_out.empty() && story.answer.empty() && !ending(event).empty())
      story.answer = fmt::format("version {} was {} at row {}", rolled_out, ending(event), row);
    if (std::find(std::begin(told), std::end(told), event.type) == std::end(told)) continue;
    const std::string since = after ? fmt::format(" (+{})", row - story.shift_row) : "";
    story.lines.push_back(fmt::format("row {}{}: {}", row, since, sentence(event)));
  }
}

}  // namespace

Result<TrafficStory> replay_traffic(const TrafficOptions& options) {
  TrafficStory story;
  TRY(write_traffic(options.file, options, story));
  app::ReplayOptions replay;
  replay.config = options.config;
  replay.model = options.model;
  replay.data = {options.file};
  replay.trainer = options.trainer;
  ASSIGN_OR_RETURN(const auto result, app::replay(replay));
  tell(result.events, result.report.at("warmup_rows").get<std::uint64_t>(), story);
  story.metric = result.report.at("metric").get<std::string>();
  story.score = result.report.at("score").get<double>();
  story.never_retrain = result.report.at("baselines").at("never_retrain").get<double>();
  return story;
}

}  // namespace turbofan
