#include "drift/answer_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "drift/detect.hpp"
#include "drift/seasonal_reference.hpp"

namespace perennial::drift {
namespace {

/// Codes 0, 1, … are the target's classes.
Column classes_of(std::string name, const Target& target) {
  Column column{std::move(name), ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
  for (const auto& value : target.classes) column.dictionary->code_of(value);
  return column;
}

void add(DriftReport& all, const DriftReport& part) {
  if (part.verdict == Verdict::invalid) return;
  all.columns.insert(all.columns.end(), part.columns.begin(), part.columns.end());
  all.drifting_columns.insert(all.drifting_columns.end(), part.drifting_columns.begin(), part.drifting_columns.end());
  all.score = std::max(all.score, part.score);
  all.drift = all.drift || part.drift;
  all.verdict = all.drift ? Verdict::fail : Verdict::pass;
}

/// One target's column without the missing values.
Table known_column(const Target& target, const Truth& truth) {
  Truth known;
  std::ranges::copy_if(truth, std::back_inserter(known), [](const double value) { return !std::isnan(value); });
  return target_columns({target}, {known});
}

}  // namespace

Table prediction_columns(const std::vector<Target>& targets, const Outputs& outputs) {
  Table table;
  table.rows = outputs.rows;
  std::size_t offset = 0;
  for (const Target& target : targets) {
    const std::string name = fmt::format("{}{}", prediction_prefix, target.name);
    const auto value = [&](std::size_t row, std::size_t k) {
      return static_cast<double>(outputs.values[row * outputs.width + offset + k]);
    };
    const std::size_t width = target.width();
    if (is_classification(target.task) && width != 2) {
      Column column = classes_of(name, target);
      for (std::size_t row = 0; row < outputs.rows; ++row) {
        std::size_t said = 0;
        for (std::size_t k = 1; k < width; ++k)
          if (value(row, k) > value(row, said)) said = k;
        column.codes.push_back(static_cast<std::int32_t>(said));
      }
      table.columns.push_back(std::move(column));
    } else {
      Column column{name, ColumnKind::numeric, {}, {}, nullptr};
      for (std::size_t row = 0; row < outputs.rows; ++row) column.numbers.push_back(value(row, width - 1));
      table.columns.push_back(std::move(column));
    }
    offset += width;
  }
  return table;
}

Table target_columns(const std::vector<Target>& targets, const std::vector<Truth>& truth) {
  Table table;
  for (std::size_t t = 0; t < targets.size() && t < truth.size(); ++t) {
    const std::string name = fmt::format("{}{}", target_prefix, targets[t].name);
    table.rows = truth[t].size();
    if (!is_classification(targets[t].task)) {
      table.columns.push_back({name, ColumnKind::numeric, truth[t], {}, nullptr});
      continue;
    }
    Column column = classes_of(name, targets[t]);
    const double classes = static_cast<double>(targets[t].classes.size());
    for (const double value : truth[t])
      column.codes.push_back(value >= 0 && value < classes ? static_cast<std::int32_t>(value) : -1);
    table.columns.push_back(std::move(column));
  }
  return table;
}

AnswerReference AnswerReference::prepare(const std::vector<Target>& targets, const Outputs& outputs,
                                         const std::vector<Truth>& truth, DriftSettings settings) {
  AnswerReference result;
  result.targets_ = targets;
  result.settings_ = std::move(settings);
  result.settings_.columns.clear();
  result.of_one_target_ = result.settings_;
  result.of_one_target_.budget = {};
  result.of_one_target_.alpha =
      result.settings_.report_level() / static_cast<double>(std::max<std::size_t>(targets.size(), 1));
  result.predictions_ = Reference::prepare(views_of(prediction_columns(targets, outputs)), result.settings_);
  for (std::size_t t = 0; t < targets.size() && t < truth.size(); ++t)
    result.truths_.push_back(Reference::prepare(views_of(known_column(targets[t], truth[t])), result.of_one_target_));
  return result;
}

DriftReport AnswerReference::compare(const Outputs& outputs, const std::vector<Truth>& truth) const {
  const Table predicted = prediction_columns(targets_, outputs);
  DriftReport all;
  add(all, detect(predictions_, views_of(predicted), settings_));
  for (std::size_t t = 0; t < truths_.size() && t < truth.size(); ++t)
    add(all, detect(truths_[t], views_of(known_column(targets_[t], truth[t])), of_one_target_));
  if (all.verdict != Verdict::invalid)
    all.share = static_cast<double>(all.drifting_columns.size()) /
                static_cast<double>(std::max<std::size_t>(predictions_.columns().size() + truths_.size(), 1));
  return all;
}

}  // namespace perennial::drift
