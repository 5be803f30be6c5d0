#pragma once
// Names that the graph builder writes and the loader expects. Stable for ever: they are in stored artifacts.

namespace perennial::inference::graph_names {

inline constexpr const char* producer = "perennial";
inline constexpr const char* ml_domain = "ai.onnx.ml";
inline constexpr const char* matrix_input = "features";
inline constexpr const char* metadata_prefix = "perennial.";
inline constexpr const char* format = "format";
inline constexpr const char* signature = "signature";
inline constexpr const char* encodings = "encodings";

}  // namespace perennial::inference::graph_names
