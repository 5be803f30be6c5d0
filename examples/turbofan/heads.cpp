#include "heads.hpp"

#include <algorithm>

#include "features/batch.hpp"
#include "stats/metrics.hpp"

namespace turbofan {

using namespace perennial;

Result<Heads> train(const Engines& engines, const lifecycle::ModelConfig& config, const std::string& trainer,
                    const std::string& work_directory) {
  std::vector<InputColumn> available;
  for (const auto& column : engines.rows.columns) available.push_back({column.name, column.kind});
  features::FeaturesConfig features = config.features;
  for (auto& name : constant_columns(engines.rows)) features.exclude.push_back(std::move(name));
  ASSIGN_OR_RETURN(const auto request_columns, features::select_columns(features, available));
  ASSIGN_OR_RETURN(auto deriver, features::Deriver::make(features, request_columns));
  TRY(deriver.fit(engines.rows));

  training::TrainingRequest request;
  request.model = config.name;
  request.base = {request_columns, deriver.inputs(), targets()};
  ASSIGN_OR_RETURN(request.rows.inputs, deriver.derive(engines.rows));
  request.rows.truth = truth_of(engines.rul);
  request.feature_plan = {{"features", config.text.value("features", Json::object())}, {"frozen", deriver.frozen()}};
  request.config = config.train;
  request.seed = config.train.seed;
  request.run_id = "turbofan";
  request.work_directory = work_directory;
  request.trainer = trainer;
  training::SpawnRunner runner;
  ASSIGN_OR_RETURN(auto run, training::run(request, runner, nullptr, training::make_cancel_flag()));
  ASSIGN_OR_RETURN(auto session, inference::Session::load(run.onnx));
  deriver.reset();
  return Heads{std::move(run), std::move(session), std::move(deriver)};
}

Result<Figures> evaluate(Heads& heads, const Engines& engines) {
  heads.deriver.reset();
  const Signature& signature = heads.session->signature();
  ASSIGN_OR_RETURN(const Table inputs, heads.deriver.derive(engines.rows));
  ASSIGN_OR_RETURN(const auto batch, features::to_batch(inputs, signature.inputs, 0, inputs.rows));
  ASSIGN_OR_RETURN(const Outputs outputs, heads.session->run(batch));
  const auto rul = static_cast<std::size_t>(signature.target_index("rul"));
  const auto health = static_cast<std::size_t>(signature.target_index("health"));

  std::vector<float> predicted, predicted_capped;
  Truth truth, truth_capped;
  for (std::size_t row = 0; row < outputs.rows; ++row) {
    if (!engines.last[row]) continue;
    predicted.push_back(outputs.values[row * outputs.width + signature.offset(rul)]);
    predicted_capped.push_back(std::min(predicted.back(), static_cast<float>(rul_cap)));
    truth.push_back(engines.rul[row]);
    truth_capped.push_back(std::min(truth.back(), rul_cap));
  }
  const auto classes = truth_of(engines.rul)[1];
  const auto value = [](const char* metric, const stats::Scored& scored) -> Result<double> {
    ASSIGN_OR_RETURN(const auto estimate, stats::evaluate(metric, scored));
    return estimate.value;
  };
  const stats::Scored plain{predicted, 1, 0, &signature.targets[rul], truth};
  const stats::Scored capped{predicted_capped, 1, 0, &signature.targets[rul], truth_capped};
  const stats::Scored classified{outputs.values, outputs.width, signature.offset(health), &signature.targets[health],
                                 classes};
  Figures figures;
  figures.engines = truth.size();
  figures.rows = outputs.rows;
  ASSIGN_OR_RETURN(figures.rmse_capped, value("rmse", capped));
  ASSIGN_OR_RETURN(figures.rmse_uncapped, value("rmse", plain));
  ASSIGN_OR_RETURN(figures.phm08_capped, value("phm08", capped));
  ASSIGN_OR_RETURN(figures.phm08_uncapped, value("phm08", plain));
  ASSIGN_OR_RETURN(figures.accuracy, value("accuracy", classified));
  ASSIGN_OR_RETURN(figures.macro_f1, value("f1", classified));
  return figures;
}

}  // namespace turbofan
