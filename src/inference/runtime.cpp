#include "inference/runtime.hpp"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace perennial::inference {
namespace {

constexpr int oldest_minor = 17;

// Official builds of ONNX Runtime report their use to their maker, and keep a device number and a database in the home
// directory for it. Said before main, because changing the environment beside running threads is not safe.
const bool telemetry_is_off = setenv("ORT_DISABLE_TELEMETRY", "1", 1) == 0;

bool recent_enough(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* const begin = version.data();
  const char* const end = begin + version.size();
  const auto first = std::from_chars(begin, end, major);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return false;
  const auto second = std::from_chars(first.ptr + 1, end, minor);
  return second.ec == std::errc{} && major == 1 && minor >= oldest_minor;
}

Result<Runtime> make_runtime() {
  Runtime runtime;
  if (!telemetry_is_off) return fail(ErrorCode::internal, "the telemetry of ONNX Runtime cannot be switched off");
  const OrtApiBase* base = OrtGetApiBase();
  if (base == nullptr || base->GetApi == nullptr || base->GetVersionString == nullptr)
    return fail(ErrorCode::internal, "the ONNX Runtime library has no API table");
  const char* version = base->GetVersionString();
  runtime.version = version == nullptr ? "" : version;
  if (!recent_enough(runtime.version))
    return fail(ErrorCode::internal, "the ONNX Runtime library has version '" + runtime.version + "'", "",
                "1.17 or a later 1.x is needed");
  const void* table = base->GetApi(ort::api_version);
  if (table == nullptr) return fail(ErrorCode::internal, "the ONNX Runtime library does not know API version 17");
  runtime.api = ort::Api(table);

  const auto& api = runtime.api;
  const auto check = [&](OrtStatus* status) {
    return runtime.check(status, ErrorCode::internal, "start ONNX Runtime");
  };
  // A pool per session would start threads for every loaded version, and spinning ones would starve the server.
  OrtThreadingOptions* threading = nullptr;
  TRY(check(api.create_threading_options()(&threading)));
  TRY(check(api.set_global_intra_threads()(threading, 1)));
  TRY(check(api.set_global_inter_threads()(threading, 1)));
  TRY(check(api.set_global_spinning()(threading, 0)));
  TRY(check(api.create_env_with_global_pools()(ort::log_error, "perennial", threading, &runtime.environment)));
  api.release_threading_options()(threading);

  TRY(check(api.cpu_memory_info()(ort::device_allocator, ort::memory_default, &runtime.memory)));
  TRY(check(api.default_allocator()(&runtime.allocator)));
  TRY(check(api.create_session_options()(&runtime.options)));
  TRY(check(api.disable_per_session_threads()(runtime.options)));
  TRY(check(api.set_execution_mode()(runtime.options, ort::sequential)));
  TRY(check(api.set_optimisation()(runtime.options, ort::optimise_all)));
  TRY(check(api.set_log_severity()(runtime.options, ort::log_error)));
  // An arena per session keeps its largest batch for ever; patterns help only where shapes never change.
  TRY(check(api.disable_cpu_arena()(runtime.options)));
  TRY(check(api.disable_memory_pattern()(runtime.options)));
  return runtime;
}

}  // namespace

Status Runtime::check(OrtStatus* status, ErrorCode code, std::string_view doing) const {
  if (status == nullptr) return {};
  std::string message = api.error_message()(status);
  api.release_status()(status);
  return fail(code, "cannot " + std::string(doing) + ": " + message);
}

Result<const Runtime*> runtime() {
  static const Result<Runtime> made = make_runtime();
  if (!made) return std::unexpected(made.error());
  return &*made;
}

}  // namespace perennial::inference
