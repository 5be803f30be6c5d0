#pragma once
// The model that the predict benchmarks ask: 30 numeric columns, 200 full trees of depth 6, one number out, as an ONNX
// session behind a real predictor.

#include <cstddef>
#include <memory>
#include <string>

#include "core/result.hpp"
#include "serving/predictor.hpp"

namespace perennial::bench {

inline constexpr std::size_t tree_columns = 30;
inline constexpr std::size_t tree_count = 200;
inline constexpr int tree_depth = 6;
inline constexpr const char* tree_model = "trees";

/// A routing table with the one model. Errors: those of the session.
Result<std::shared_ptr<const serving::RoutingTable>> tree_table();

/// Rows of normal numbers with ids "<prefix><i>"; the same for the same `first`.
serving::PredictBatch tree_rows(std::size_t first, std::size_t count, const std::string& prefix);

}  // namespace perennial::bench
