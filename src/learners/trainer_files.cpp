#include "learners/trainer_files.hpp"

#include <array>

namespace perennial::learners {
namespace {

constexpr std::array codes = {
    ErrorCode::usage,     ErrorCode::config,     ErrorCode::invalid,      ErrorCode::not_found, ErrorCode::conflict,
    ErrorCode::too_large, ErrorCode::overloaded, ErrorCode::corrupt,      ErrorCode::disk_full, ErrorCode::io,
    ErrorCode::timeout,   ErrorCode::cancelled,  ErrorCode::unauthorized, ErrorCode::internal};

ErrorCode code_from(const std::string& name) {
  for (const auto code : codes)
    if (to_string(code) == name) return code;
  return ErrorCode::internal;
}

}  // namespace

Json to_json(const TrainerRequest& request) {
  return {{"signature", perennial::to_json(request.signature)},
          {"encodings", features::to_json(request.encodings)},
          {"metadata", request.metadata},
          {"algorithm", request.algorithm},
          {"params", request.params},
          {"seed", request.seed},
          {"threads", request.threads}};
}

Result<TrainerRequest> trainer_request_from_json(const Json& value) {
  try {
    TrainerRequest request;
    ASSIGN_OR_RETURN(request.signature, signature_from_json(value.at("signature")));
    ASSIGN_OR_RETURN(request.encodings, features::encodings_from_json(value.at("encodings")));
    request.metadata = value.at("metadata");
    request.algorithm = value.at("algorithm").get<std::string>();
    request.params = value.at("params");
    request.seed = value.at("seed").get<std::uint64_t>();
    request.threads = value.at("threads").get<int>();
    return request;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the training request cannot be read: ") + e.what());
  }
}

Json to_json(const TrainerResult& result) {
  Json value = {{"artifact_digest", result.artifact_digest},
                {"rounds", result.rounds},
                {"validation_metrics", result.validation_metrics},
                {"importance", result.importance},
                {"library_versions", result.library_versions},
                {"error", nullptr},
                {"parity", nullptr}};
  if (result.error)
    value["error"] = {{"code", std::string(to_string(result.error->code))},
                      {"what", result.error->what},
                      {"where", result.error->where},
                      {"hint", result.error->hint}};
  if (result.parity) value["parity"] = inference::to_json(*result.parity);
  return value;
}

Result<TrainerResult> trainer_result_from_json(const Json& value) {
  try {
    TrainerResult result;
    result.artifact_digest = value.at("artifact_digest").get<std::string>();
    result.rounds = value.at("rounds").get<std::map<std::string, std::size_t>>();
    for (const auto& [name, metric] : value.at("validation_metrics").items())
      if (metric.is_number()) result.validation_metrics[name] = metric.get<double>();
    // A result that is remembered from an earlier build has none.
    if (const auto found = value.find("importance"); found != value.end())
      for (const auto& [target, columns] : found->items())
        for (const auto& [column, share] : columns.items())
          if (share.is_number()) result.importance[target][column] = share.get<double>();
    result.library_versions = value.at("library_versions");
    if (const auto& e = value.at("error"); !e.is_null())
      result.error = Error{code_from(e.at("code").get<std::string>()), e.at("what").get<std::string>(),
                           e.at("where").get<std::string>(), e.at("hint").get<std::string>()};
    if (const auto& parity = value.at("parity"); !parity.is_null()) {
      ASSIGN_OR_RETURN(result.parity, inference::parity_from_json(parity));
    }
    return result;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the training result cannot be read: ") + e.what());
  }
}

}  // namespace perennial::learners
