#include "serving/probe.hpp"
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "serving/row_scoring.hpp"

namespace perennial::serving {
namespace {

Table row_of_missing_values(const std::vector<InputColumn>& columns) {
  Table table;
  table.rows = 1;
  for (const auto& input : columns) {
    Column column{input.name, input.kind, {}, {}, nullptr};
    if (input.kind == ColumnKind::numeric) {
      column.numbers.push_back(std::numeric_limits<double>::quiet_NaN());
    } else {
      column.codes.push_back(-1);
      column.dictionary = std::make_shared<Dictionary>();
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace

Json to_json(const ProbeEvidence& evidence) {
  return {{"model", evidence.model},   {"version", evidence.version}, {"digest", evidence.digest},
          {"epoch", evidence.epoch},   {"rows", evidence.rows},       {"synthetic", evidence.synthetic},
          {"routed", evidence.routed}, {"finite", evidence.finite},   {"problem", evidence.problem},
          {"ok", evidence.ok()}};
}

ProbeEvidence probe(const ModelRoute& route, const Servable& servable, std::uint64_t epoch) {
  ProbeEvidence evidence;
  evidence.model = route.model;
  evidence.version = servable.version;
  evidence.digest = servable.digest;
  evidence.epoch = epoch;
  if (!servable.loaded()) {
    evidence.problem = "the version is not loaded";
    return evidence;
  }
  const Signature& signature = servable.scorer->signature();
  Table rows = route.runtime ? route.runtime->recent.rows() : Table{};
  auto batch = rows.rows > 0 ? features::to_batch(rows, signature.inputs, 0, rows.rows)
                             : Result<features::InputBatch>(features::InputBatch{});
  // Rows of another signature are no rows for this version.
  if (rows.rows == 0 || !batch) {
    evidence.synthetic = true;
    batch = features::to_batch(row_of_missing_values(signature.inputs), signature.inputs, 0, 1);
  }
  if (!batch) {
    evidence.problem = batch.error().message();
    return evidence;
  }
  evidence.rows = batch->rows;
  auto answers = unscored(servable.version, feedback::Arm::champion, batch->rows, signature.output_width());
  std::vector<std::size_t> wanted;
  for (std::size_t row = 0; row < batch->rows; ++row) wanted.push_back(row);
  const auto result = score_rows(*servable.scorer, *batch, wanted, answers, false);
  evidence.finite = result.failed == 0;
  if (!evidence.finite)
    evidence.problem = fmt::format("{} of {} probe rows failed: {}", result.failed, result.asked,
                                   result.error ? result.error->message() : "no reason given");
  return evidence;
}

ProbeEvidence confirm(const Router& router, const std::string& model, const std::string& expected_version) {
  const RoutingTable& table = router.table();
  const ModelRoute* route = table.find(model);
  ProbeEvidence evidence;
  evidence.model = model;
  evidence.epoch = table.epoch;
  evidence.routed = false;
  if (route == nullptr) {
    evidence.problem = "the model is not in the routing table";
    return evidence;
  }
  evidence = probe(*route, route->champion, table.epoch);
  const bool shared = route->challenger && route->challenger->weight > 0;
  evidence.routed = route->champion.version == expected_version && !shared;
  if (!evidence.routed)
    evidence.problem = shared ? "a challenger still answers: " + route->challenger->servable.version
                              : "the champion is " + route->champion.version + ", expected " + expected_version;
  return evidence;
}

}  // namespace perennial::serving
