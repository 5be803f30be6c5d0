#pragma once
// The process's one ONNX Runtime environment. For .cpp files of inference/ only.

#include <string>

#include "core/result.hpp"
#include "inference/ort_abi.hpp"

namespace perennial::inference {

struct Runtime {
  ort::Api api;
  std::string version;
  OrtEnv* environment = nullptr;  ///< lives until the process ends
  OrtMemoryInfo* memory = nullptr;
  OrtAllocator* allocator = nullptr;
  OrtSessionOptions* options = nullptr;

  /// Turns a status into a Status and frees it.
  Status check(OrtStatus* status, ErrorCode code, std::string_view doing) const;
};

/// Made at the first call, thread-safe. Its functions have been looked at but not tried: see Session's self-test.
Result<const Runtime*> runtime();

}  // namespace perennial::inference
