#pragma once
// The part of ONNX Runtime's C ABI that we call, declared by ourselves because the library comes without its headers
// (docs/decisions/003). The table of functions only ever grows at its end, so positions are stable; runtime.cpp checks
// the library's version and tries a small graph before anything else relies on them. For .cpp files only.

#include <cstddef>
#include <cstdint>

extern "C" {
struct OrtEnv;
struct OrtStatus;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtMemoryInfo;
struct OrtAllocator;
struct OrtThreadingOptions;
struct OrtTensorTypeAndShapeInfo;

struct OrtApiBase {
  const void* (*GetApi)(std::uint32_t version);
  const char* (*GetVersionString)();
};
const OrtApiBase* OrtGetApiBase();
}

namespace perennial::inference::ort {

inline constexpr std::uint32_t api_version = 17;  ///< the oldest whose table holds all that is used here

inline constexpr int tensor_float = 1;  ///< ONNXTensorElementDataType
inline constexpr int tensor_string = 8;
inline constexpr int log_error = 3;      ///< OrtLoggingLevel
inline constexpr int optimise_all = 99;  ///< GraphOptimizationLevel
inline constexpr int sequential = 0;     ///< ExecutionMode
inline constexpr int device_allocator = 0;
inline constexpr int memory_default = 0;

/// The table of functions. Every call that returns OrtStatus* gives null for success.
class Api {
 public:
  Api() = default;
  explicit Api(const void* table) : table_(static_cast<const void* const*>(table)) {}

  using S = OrtStatus*;
  auto error_code() const { return at<int (*)(const OrtStatus*)>(1); }
  auto error_message() const { return at<const char* (*)(const OrtStatus*)>(2); }
  auto session_from_array() const {
    return at<S (*)(const OrtEnv*, const void*, std::size_t, const OrtSessionOptions*, OrtSession**)>(8);
  }
  auto run() const {
    return at<S (*)(OrtSession*, const OrtRunOptions*, const char* const*, const OrtValue* const*, std::size_t,
                    const char* const*, std::size_t, OrtValue**)>(9);
  }
  auto create_session_options() const { return at<S (*)(OrtSessionOptions**)>(10); }
  auto set_execution_mode() const { return at<S (*)(OrtSessionOptions*, int)>(13); }
  auto disable_memory_pattern() const { return at<S (*)(OrtSessionOptions*)>(17); }
  auto disable_cpu_arena() const { return at<S (*)(OrtSessionOptions*)>(19); }
  auto set_log_severity() const { return at<S (*)(OrtSessionOptions*, int)>(22); }
  auto set_optimisation() const { return at<S (*)(OrtSessionOptions*, int)>(23); }
  auto input_count() const { return at<S (*)(const OrtSession*, std::size_t*)>(30); }
  auto output_count() const { return at<S (*)(const OrtSession*, std::size_t*)>(31); }
  auto create_tensor() const { return at<S (*)(OrtAllocator*, const std::int64_t*, std::size_t, int, OrtValue**)>(48); }
  auto create_tensor_over() const {
    return at<S (*)(const OrtMemoryInfo*, void*, std::size_t, const std::int64_t*, std::size_t, int, OrtValue**)>(49);
  }
  auto tensor_data() const { return at<S (*)(OrtValue*, void**)>(51); }
  auto fill_strings() const { return at<S (*)(OrtValue*, const char* const*, std::size_t)>(52); }
  auto element_type() const { return at<S (*)(const OrtTensorTypeAndShapeInfo*, int*)>(60); }
  auto element_count() const { return at<S (*)(const OrtTensorTypeAndShapeInfo*, std::size_t*)>(64); }
  auto type_and_shape() const { return at<S (*)(const OrtValue*, OrtTensorTypeAndShapeInfo**)>(65); }
  auto cpu_memory_info() const { return at<S (*)(int, int, OrtMemoryInfo**)>(69); }
  auto default_allocator() const { return at<S (*)(OrtAllocator**)>(78); }
  auto release_status() const { return at<void (*)(OrtStatus*)>(93); }
  auto release_session() const { return at<void (*)(OrtSession*)>(95); }
  auto release_value() const { return at<void (*)(OrtValue*)>(96); }
  auto release_type_and_shape() const { return at<void (*)(OrtTensorTypeAndShapeInfo*)>(99); }
  auto release_session_options() const { return at<void (*)(OrtSessionOptions*)>(100); }
  auto create_env_with_global_pools() const {
    return at<S (*)(int, const char*, const OrtThreadingOptions*, OrtEnv**)>(119);
  }
  auto disable_per_session_threads() const { return at<S (*)(OrtSessionOptions*)>(120); }
  auto create_threading_options() const { return at<S (*)(OrtThreadingOptions**)>(121); }
  auto release_threading_options() const { return at<void (*)(OrtThreadingOptions*)>(122); }
  auto set_global_intra_threads() const { return at<S (*)(OrtThreadingOptions*, int)>(147); }
  auto set_global_inter_threads() const { return at<S (*)(OrtThreadingOptions*, int)>(148); }
  auto set_global_spinning() const { return at<S (*)(OrtThreadingOptions*, int)>(149); }

 private:
  template <class Function>
  Function at(std::size_t position) const {
    return reinterpret_cast<Function>(const_cast<void*>(table_[position]));
  }
  const void* const* table_ = nullptr;
};

}  // namespace perennial::inference::ort
