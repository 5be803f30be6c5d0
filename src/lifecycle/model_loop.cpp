#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

// The whole loop, in the order in which things happen. Each call is a file of its own.
Status ModelLoop::tick(std::vector<Finished> finished, TimePoint now) {
  TRY(observe());
  ASSIGN_OR_RETURN(const Detection found, detect(now));
  TRY(decide(found, now));
  TRY(start_queued(now));
  for (auto& run : finished) {
    ASSIGN_OR_RETURN(const auto candidate, validate(std::move(run), now));
    if (candidate) TRY(enroll(*candidate, now));
  }
  TRY(release(now));
  TRY(watch_latency(now));
  return summarise(now);
}

}  // namespace perennial::lifecycle
