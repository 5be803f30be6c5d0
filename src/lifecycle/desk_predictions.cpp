#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/catalog.hpp"
#include "lifecycle/desk.hpp"
#include "serving/request_rows.hpp"

namespace perennial::lifecycle {
namespace {

/// Cells as serving wants them; the views point into the request.
std::vector<serving::RawValue> raw_values(const api::Instance& instance) {
  std::vector<serving::RawValue> values;
  values.reserve(instance.features.size());
  for (const auto& cell : instance.features)
    values.push_back({cell.name, cell.number, cell.text, cell.is_text, !cell.is_text && std::isnan(cell.number)});
  return values;
}

}  // namespace

Result<api::PredictAnswer> Desk::predict(const api::PredictRequest& request) {
  const auto table = fleet_->router().hold();
  const serving::ModelRoute* route = table->find(request.model);
  if (route == nullptr) {
    std::vector<std::string> known;
    for (const auto& model : table->models) known.push_back(model.model);
    const auto names = fleet_->model_names();
    if (std::find(names.begin(), names.end(), request.model) != names.end())
      return fail(ErrorCode::conflict, "the model has no version yet", request.model,
                  "its first training has not ended, or failed: see its jobs");
    return unknown_name("model", request.model, names, {}, ErrorCode::not_found);
  }
  if (request.instances.empty())
    return fail(ErrorCode::invalid, "there is nothing to predict", "instances", "send at least one instance");

  std::vector<std::vector<serving::RawValue>> values;
  std::vector<serving::RawRow> rows;
  values.reserve(request.instances.size());
  for (const auto& instance : request.instances) {
    values.push_back(raw_values(instance));
    rows.push_back({values.back(), instance.positional});
  }
  serving::PredictBatch batch;
  ASSIGN_OR_RETURN(batch.rows, serving::request_rows(*route->signature, rows));
  const TimePoint now = clock_->now();
  bool any_entity = false;
  for (const auto& instance : request.instances) {
    if (instance.id && (instance.id->empty() || instance.id->size() > limits::id_bytes))
      return fail(ErrorCode::invalid, "the id is empty or too long", "id",
                  fmt::format("1 to {} bytes", limits::id_bytes));
    if (instance.entity && (instance.entity->empty() || instance.entity->size() > limits::id_bytes))
      return fail(ErrorCode::invalid, "the entity is empty or too long", "entity",
                  fmt::format("1 to {} bytes", limits::id_bytes));
    batch.ids.push_back(instance.id ? *instance.id
                                    : fmt::format("{:x}-{:x}", now.time_since_epoch().count(), next_id_.fetch_add(1)));
    batch.rows.times.push_back(instance.at.value_or(now));
    any_entity = any_entity || instance.entity.has_value();
  }
  // Rows without an entity of their own are routed by their id; mixed calls keep each row's own key.
  if (any_entity)
    for (std::size_t i = 0; i < request.instances.size(); ++i)
      batch.rows.entities.push_back(request.instances[i].entity.value_or(batch.ids[i]));

  std::vector<std::string> ids = batch.ids;
  auto answer = request.version ? fleet_->predictor().predict_with(request.model, *request.version, batch)
                                : fleet_->predictor().predict(request.model, std::move(batch));
  if (!answer) return std::unexpected(answer.error());
  api::PredictAnswer result;
  result.targets = answer->signature->targets;
  const std::size_t width = answer->outputs.width;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& by = answer->answerers[answer->answered_by[i]];
    result.predictions.push_back({std::move(ids[i]),
                                  by.version,
                                  std::string(feedback::to_string(by.arm)),
                                  {answer->outputs.values.begin() + static_cast<std::ptrdiff_t>(i * width),
                                   answer->outputs.values.begin() + static_cast<std::ptrdiff_t>((i + 1) * width)}});
  }
  return result;
}

}  // namespace perennial::lifecycle
