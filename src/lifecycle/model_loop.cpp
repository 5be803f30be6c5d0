#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

// The whole loop, in the order in which things happen. Each call is a file of its own.
Status ModelLoop::tick(TimePoint now) {
  TRY(observe());
  ASSIGN_OR_RETURN(const Detection found, detect(now));
  TRY(decide(found, now));
  TRY(ask_for_waiting_batches(now));
  TRY(start_queued(now));
  TRY(take_in(now));
  TRY(release(now));
  TRY(watch_latency(now));
  return summarise(now);
}

}  // namespace perennial::lifecycle
