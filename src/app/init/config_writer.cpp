#include "app/init/config_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "core/catalog.hpp"
#include "data/task.hpp"
#include "lifecycle/model_config.hpp"
#include "training/config.hpp"

namespace perennial::app {
namespace {

/// A YAML scalar that reads back as the same text.
std::string scalar(const std::string& text) {
  const bool plain = !text.empty() &&
                     std::all_of(text.begin(), text.end(),
                                 [](char c) {
                                   return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' ||
                                          c == '.' || c == '/';
                                 }) &&
                     std::isalpha(static_cast<unsigned char>(text[0])) != 0 && text != "true" && text != "false" &&
                     text != "null" && text != "yes" && text != "no";
  return plain ? text : Json(text).dump();
}

std::string list(const std::vector<std::string>& texts) {
  std::vector<std::string> scalars;
  for (const auto& text : texts) scalars.push_back(scalar(text));
  return fmt::format("[{}]", fmt::join(scalars, ", "));
}

std::string model_name(const std::string& file) {
  std::string name = std::filesystem::path(file).filename().string();
  name = name.substr(0, name.find('.'));
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '-') c = '_';
  return name.empty() ? "model" : name;
}

/// The beginning of a value, for a note of one line.
std::string shown(const std::string& value) {
  std::size_t end = std::min<std::size_t>(40, value.size());
  while (end > 0 && end < value.size() && (static_cast<unsigned char>(value[end]) & 0xC0) == 0x80) --end;
  std::string text = value.substr(0, end);  // not through a character
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return text.size() < value.size() ? text + "…" : text;
}

/// Why a column is no feature; empty where it is one.
std::string no_feature(const data::ColumnSchema& column, std::uint64_t rows) {
  if (column.missing == rows) return "has no values";
  // One value or none: that it is missing may say something.
  if (column.is_constant && column.missing == 0) return "never changes";
  if (column.is_clock_like) return "only ever grows: a clock or an index, not a feature";
  if (column.is_time || !column.time_format.empty())
    return fmt::format("holds dates ('{}'): the next one would be unknown to the model", shown(column.first));
  if (column.kind == ColumnKind::categorical && column.distinct * 2 > rows && column.distinct > 50)
    return fmt::format("is different in nearly every row ('{}'): a name, not a feature", shown(column.first));
  return {};
}

std::uint64_t clamp(std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  return std::clamp(value, least, most);
}

constexpr double rare_class = 0.2;  ///< below, it is AUC that is reported

/// `min_child_weight`: the summed hessian that a leaf needs, and a row of a class with share s has s(1 - s) of it,
/// twice that where there are several classes. 20 rows' worth: under a fixed 5 no tree could ever split off a class of
/// 1 %.
double leaf_weight(const Target& target, double minority) {
  constexpr double leaf_rows = 20, most = 5, least = 0.05;
  if (target.task == Task::regression || (target.task == Task::binary && minority >= rare_class)) return most;
  const double share = target.task == Task::binary ? minority : 1.0 / static_cast<double>(target.classes.size());
  const double of_a_row = share * (1 - share) * (target.task == Task::binary ? 1 : 2);
  return std::clamp(std::round(100 * leaf_rows * of_a_row) / 100, least, most);
}

}  // namespace

HistoryDefaults defaults_for(std::uint64_t rows) {
  HistoryDefaults d{};
  d.retrain_every = clamp(rows / 20, 100, 5000);
  d.window = clamp(rows / 10, 2000, 20000);
  d.holdout = std::min<std::uint64_t>(d.window / 5, 500);
  d.cooldown = clamp(rows / 40, 25, 1000);
  d.shadow = d.bake = clamp(rows / 400, 10, 50);
  d.monitor_window = clamp(rows / 5, 25, 500);
  // About two thousand looks at a history of up to a million rows, and never fewer than one per window.
  d.monitor_every = std::max(clamp(rows / 400, 10, 100), std::min(rows / 2000, d.monitor_window));
  return d;
}

Result<InitResult> write_config(const InitRequest& request, const data::FileSchema& schema) {
  const auto names = schema.names();
  const auto must_exist = [&](const std::string& name, std::string_view what) -> Status {
    if (schema.find(name) == nullptr) return unknown_name(what, name, names, schema.place, ErrorCode::not_found);
    return {};
  };
  TRY(must_exist(request.target, "target column"));
  for (const auto& name : request.timestamp) TRY(must_exist(name, "timestamp column"));
  if (request.entity) TRY(must_exist(*request.entity, "entity column"));
  for (const auto& name : request.exclude) TRY(must_exist(name, "column to exclude"));

  // A replay scores as many rows as it trains the first version on.
  const std::uint64_t least = 2 * training::TrainConfig{}.min_rows;
  if (schema.rows < least)
    return fail(ErrorCode::invalid, fmt::format("{} rows are too few to learn from", schema.rows), schema.place,
                fmt::format("at least {} are needed: one half trains a first version, the other is scored", least));

  InitResult result;
  const data::ColumnSchema& target_column = *schema.find(request.target);
  auto inferred = data::infer_task(target_column);
  if (!inferred) {
    Error error = std::move(inferred).error();
    error.where = schema.place;
    return std::unexpected(std::move(error));
  }
  const Target target = std::move(*inferred);
  if (const auto words = data::words_for_missing(target_column); !words.empty())
    result.notes.push_back(
        fmt::format("rows whose target is {} count as unlabelled; where that is a class, write it as another word",
                    fmt::join(words, ", ")));
  const double minority = data::minority_share(target_column, target);
  const std::string primary = request.target + "." + lifecycle::default_metric(target.task, minority);
  const std::string proper = request.target + (target.task == Task::regression ? ".rmse" : ".log_loss");
  if (target.task == Task::binary && minority < rare_class)
    result.notes.push_back(
        fmt::format("the rarer class is {:.1f} % of the rows, so AUC is the primary metric", 100 * minority));

  std::optional<data::TimeAxis> axis;
  if (!request.timestamp.empty()) {
    ASSIGN_OR_RETURN(axis, data::infer_time_axis(request.timestamp, schema));
    if (std::all_of(request.timestamp.begin(), request.timestamp.end(),
                    [&](const auto& name) { return schema.find(name)->is_constant; }))
      return fail(ErrorCode::invalid,
                  fmt::format("the time column '{}' is the same in every row, so no row is later than another",
                              request.timestamp[0]),
                  schema.place, "leave --timestamp out where the rows are in their order already");
    if (const auto& date = *schema.find(request.timestamp[0]); !date.is_time && !date.time_format_or.empty())
      result.notes.push_back(fmt::format("'{}' is read as {}; every value could be {} as well: `time:` says how",
                                         date.first, date.time_format, date.time_format_or));
  }
  const bool calendar = axis && axis->unit != data::TimeUnit::step;

  std::vector<std::string> include;
  std::vector<std::string> dropped;
  for (const auto& column : schema.columns) {
    const auto is = [&](const std::vector<std::string>& of) {
      return std::find(of.begin(), of.end(), column.name) != of.end();
    };
    if (column.name == request.target || is(request.timestamp) || is(request.exclude) ||
        (request.entity && column.name == *request.entity))
      continue;
    if (const auto why = no_feature(column, schema.rows); !why.empty()) {
      dropped.push_back(column.name);
      result.notes.push_back(fmt::format("column '{}' {}; it is left out", column.name, why));
      continue;
    }
    include.push_back(column.name);
  }
  if (include.empty() && !calendar)
    return fail(ErrorCode::invalid, "no column is left to learn from", schema.place,
                "name fewer columns in --exclude, or give a --timestamp with a calendar");

  const HistoryDefaults d = defaults_for(schema.rows);
  const std::string name = request.model.empty() ? model_name(request.data) : request.model;
  const std::string task = target.task == Task::regression ? "regression" : "classification";
  std::string& y = result.yaml;
  const auto line = [&](const std::string& text) { y += text + "\n"; };
  line(fmt::format("# Written by `perennial init` from {} ({} rows). Every number can be changed;", request.data,
                   schema.rows));
  line("# `perennial explain config FILE` says in words what the loop will do with them.");
  line("version: 1");
  line("data_dir: ./perennial-data");
  line("server: {listen: 127.0.0.1:8080}");
  if (!axis) line("replay: {row_interval: 1min}          # there is no timestamp: one row is one step of this length");
  line("models:");
  line("  - name: " + scalar(name));
  line(fmt::format("    targets: {{{}: {}}}", scalar(request.target), task));
  line(fmt::format("    primary: {}   # the one metric that reports and policies use", scalar(primary)));
  if (axis) {
    line("    timestamp: " + list(request.timestamp));
    line("    time: " + scalar(data::format_time_axis(*axis)) + "   # how the columns are read");
  }
  if (request.entity) line("    entity: " + scalar(*request.entity));
  line(fmt::format("    data: {{source: {}}}", scalar(request.data)));
  line("    features:");
  line("      include: " + list(include));
  if (!dropped.empty()) line("      # left out: " + fmt::format("{}", fmt::join(dropped, ", ")));
  if (calendar) {
    const bool within_days = axis->unit == data::TimeUnit::date_hour || axis->unit == data::TimeUnit::epoch_s ||
                             axis->unit == data::TimeUnit::epoch_ms || axis->unit == data::TimeUnit::epoch_us ||
                             axis->unit == data::TimeUnit::epoch_ns ||
                             (axis->unit == data::TimeUnit::parts && axis->columns.size() > 3) ||
                             schema.find(request.timestamp[0])->has_clock;
    // A file that has its own column of that name keeps it, unless the time was formed of it.
    std::vector<std::string> parts = within_days ? std::vector<std::string>{"hour", "weekday", "month"}
                                                 : std::vector<std::string>{"weekday", "month"};
    std::erase_if(parts,
                  [&](const auto& part) { return std::find(include.begin(), include.end(), part) != include.end(); });
    if (!parts.empty()) line("      derive: [{calendar: " + list(parts) + "}]   # of the row's time");
  }
  line("    monitor:");
  line(fmt::format("      every: {}rows", d.monitor_every));
  line(fmt::format("      window: {}rows        # the newest rows, compared with the champion's training rows",
                   d.monitor_window));
  line(fmt::format("      min_rows: {}", std::min<std::uint64_t>(200, d.monitor_window)));
  line("      # Instead of a level for each look, a promise: at most so many false drift alarms in so many rows:");
  line(fmt::format("      # alarm_budget: {{alarms: 1, per: {}rows}}", 1000 * d.monitor_every));
  line("    train:");
  line("      algorithm: xgboost");
  line(
      fmt::format("      params: {{max_depth: 4, learning_rate: 0.1, rounds: 300, early_stopping: 20, "
                  "min_child_weight: {}, lambda: 5}}",
                  leaf_weight(target, minority)));
  line(fmt::format("      holdout: {:.4g}%        # {} judge, they are never learned from",
                   100.0 * static_cast<double>(d.holdout) / static_cast<double>(d.window),
                   request.entity ? "entities of their own (split: time takes the newest rows)" : "the newest rows"));
  line("      seed: 42");
  line("    retrain:");
  line(fmt::format("      window: {}rows", d.window));
  line(fmt::format("      cooldown: {}rows", d.cooldown));
  line("      when:");
  line(fmt::format("        - {{every: {}rows}}", d.retrain_every));
  line(fmt::format("        - {{decay: {{metric: {}, drop: 5%}}}}", scalar(proper)));
  line("        # Drift raises an alarm; it retrains only where this line is put in:");
  line("        # - {drift: {share: 30%}}");
  line("    gates:");
  line(fmt::format("      - {{metric: {}, vs: champion, better_by_at_least: 0, confidence: 80%}}", scalar(proper)));
  line("    rollout:");
  line(fmt::format("      shadow: {}rows", d.shadow));
  line(
      fmt::format("      canary: {{steps: [{{weight: 10%, bake: {0}rows}}, {{weight: 50%, bake: {0}rows}}], "
                  "min_samples: {0}, max_regression: 5%, confidence: 80%}}",
                  d.bake));
  line(
      fmt::format("      watch: {}rows         # after the promotion the old champion scores along, ready to come back",
                  4 * d.bake));
  // For each of its three phases as long as a cooldown, or 20 bakes.
  line(fmt::format("      deadline: {}rows", 3 * std::max<std::uint64_t>(d.cooldown, 20 * d.bake)));
  line("      rollback_on: {latency_ms_p99: 200, error_rate: 1%}");
  return result;
}

}  // namespace perennial::app
