#include "training/run_digest.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "core/hash.hpp"
#include "stats/metrics.hpp"
#include "training/run.hpp"

namespace perennial::training {
namespace {

void add(Sha256& hash, std::uint64_t value) { hash.add({reinterpret_cast<const char*>(&value), sizeof value}); }
/// Lengths go first, so that no two lists of texts have the same bytes.
void add(Sha256& hash, std::string_view text) {
  add(hash, std::uint64_t{text.size()});
  hash.add(text);
}
/// One pattern for every NaN.
std::uint64_t bits(double value) {
  return std::isnan(value) ? 0x7ff8000000000000ULL : std::bit_cast<std::uint64_t>(value);
}

void add(Sha256& hash, const std::vector<double>& values) {
  add(hash, std::uint64_t{values.size()});
  std::vector<std::uint64_t> words(values.size());
  std::transform(values.begin(), values.end(), words.begin(), bits);
  hash.add({reinterpret_cast<const char*>(words.data()), words.size() * sizeof(std::uint64_t)});
}

}  // namespace

std::string data_digest(const LabelledRows& rows, const Signature& base, const std::vector<float>& weights) {
  Sha256 hash;
  add(hash, std::uint64_t{rows.inputs.rows});
  for (const auto& column : rows.inputs.columns) {
    add(hash, column.name);
    add(hash, to_string(column.kind));
    if (column.kind == ColumnKind::numeric) {
      add(hash, column.numbers);
      continue;
    }
    for (std::size_t row = 0; row < column.codes.size(); ++row) {
      add(hash, std::uint64_t{column.codes[row] < 0 ? 0U : 1U});
      add(hash, column.text(row));
    }
  }
  add(hash, std::uint64_t{rows.inputs.times.size()});
  for (const auto at : rows.inputs.times) add(hash, static_cast<std::uint64_t>(at.time_since_epoch().count()));
  add(hash, std::uint64_t{rows.inputs.entities.size()});
  for (const auto& entity : rows.inputs.entities) add(hash, entity);
  for (std::size_t t = 0; t < rows.truth.size(); ++t) {
    add(hash, t < base.targets.size() ? base.targets[t].name : std::string());
    if (t < base.targets.size())
      for (const auto& name : base.targets[t].classes) add(hash, name);
    add(hash, rows.truth[t]);
  }
  for (const float weight : weights) add(hash, std::uint64_t{std::bit_cast<std::uint32_t>(weight)});
  return hash.hex();
}

std::map<std::string, double> holdout_metrics(const Signature& signature, const Outputs& outputs,
                                              const std::vector<Truth>& truth) {
  std::map<std::string, double> metrics;
  for (std::size_t t = 0; t < signature.targets.size() && t < truth.size(); ++t) {
    const auto& target = signature.targets[t];
    const stats::Scored scored{outputs.values, outputs.width, signature.offset(t), &target, truth[t]};
    for (const auto& metric : stats::metrics().members()) {
      if (std::find(metric.tasks.begin(), metric.tasks.end(), target.task) == metric.tasks.end()) continue;
      if (const auto estimate = stats::evaluate(metric.entry.name, scored))
        metrics[target.name + "." + metric.entry.name] = estimate->value;
    }
  }
  return metrics;
}

TrainingSize training_size(const TrainingRequest& request) {
  const auto whole = [&](const char* name) {
    const auto found = request.config.params.find(name);
    return found != request.config.params.end() && found->is_number() ? static_cast<std::uint64_t>(found->get<double>())
                                                                      : 1U;
  };
  std::uint64_t rows = request.rows.inputs.rows;
  // Each set is trained on once to be compared, and one of them, at most the longest, once more.
  if (request.sets.size() > 1)
    for (const auto& set : request.sets) rows += request.rows.inputs.rows - set.first;
  return {rows, request.base.inputs.size(), whole("rounds") * whole("bags"), request.base.targets.size()};
}

}  // namespace perennial::training
