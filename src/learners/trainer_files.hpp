#pragma once
// What the server and the trainer executable say to each other: a directory with request.json and matrix.bin in, and
// model.onnx and result.json out. Both sides read and write through this file.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"
#include "features/encoding.hpp"
#include "inference/parity.hpp"

namespace perennial::learners {

namespace trainer_files {
inline constexpr const char* request = "request.json";
inline constexpr const char* matrix = "matrix.bin";
inline constexpr const char* model = "model.onnx";
inline constexpr const char* result = "result.json";
}  // namespace trainer_files

struct TrainerRequest {
  Signature signature;  ///< inputs are the columns of the matrix, targets those of its truth
  features::Encodings encodings;
  Json metadata = Json::object();  ///< goes into the graph
  std::string algorithm;
  Json params = Json::object();  ///< complete
  std::uint64_t seed = 42;
  int threads = 0;  ///< 0: as many as OMP_NUM_THREADS says
};

Json to_json(const TrainerRequest& request);
Result<TrainerRequest> trainer_request_from_json(const Json& value);  ///< Error: corrupt

struct TrainerResult {
  std::optional<Error> error;  ///< set where no model was made; the other fields may then be empty
  std::string artifact_digest;
  std::map<std::string, std::size_t> rounds;                        ///< per target
  std::map<std::string, double> validation_metrics;                 ///< "target.metric"
  std::map<std::string, std::map<std::string, double>> importance;  ///< target, column: share of all gain; above 0
  std::optional<inference::ParityReport> parity;
  Json library_versions = Json::object();
};

Json to_json(const TrainerResult& result);
Result<TrainerResult> trainer_result_from_json(const Json& value);  ///< Error: corrupt

}  // namespace perennial::learners
