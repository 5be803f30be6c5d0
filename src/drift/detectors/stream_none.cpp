#include "drift/detectors/stream.hpp"

namespace perennial::drift {
namespace {

class None final : public StreamDetector {
 public:
  Zone update(double) override { return Zone::stable; }
  void reset() override {}
};

}  // namespace

StreamMember none_stream_detector() {
  return {{"none", "never warns, never drifts", {}},
          [](const ConfigNode& parameters) -> Result<std::unique_ptr<StreamDetector>> {
            if (parameters.defined()) PERENNIAL_TRY(parameters.check_keys({}));
            return std::make_unique<None>();
          }};
}

}  // namespace perennial::drift
