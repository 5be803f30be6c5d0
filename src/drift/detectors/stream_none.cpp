#include "drift/detectors/stepped.hpp"
#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

struct None {
  static constexpr bool takes_infinities = true;
  Zone take(double) { return Zone::stable; }
  void reset() {}
  std::size_t heap_bytes() const { return 0; }
};

}  // namespace

StreamMember none_stream_detector() {
  return {{"none", "never warns, never drifts", {}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            PERENNIAL_TRY(check_parameters(parameters, {}));
            return stepped(None{});
          }};
}

}  // namespace perennial::drift
