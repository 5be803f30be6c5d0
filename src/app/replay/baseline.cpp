#include "app/replay/baseline.hpp"

#include <algorithm>

#include "features/batch.hpp"

namespace perennial::app {

Status Baseline::begin(const feedback::PredictionRecord& record) {
  for (const auto& version : record.versions) {
    if (version.version != version_) continue;
    if (!std::ranges::all_of(version.scored, [](auto scored) { return scored != 0; })) continue;
    std::promise<Result<Outputs>> known;
    known.set_value(version.outputs);
    answers_.push_back(known.get_future());
    return {};
  }
  ASSIGN_OR_RETURN(auto batch,
                   features::to_batch(record.graph_inputs(), session_->signature().inputs, 0, record.rows()));
  answers_.push_back(worker_.give(
      [session = session_, batch = std::move(batch)]() -> Result<Outputs> { return session->run(batch); }));
  return {};
}

Result<Outputs> Baseline::take() {
  if (answers_.empty()) return fail(ErrorCode::internal, "the baseline was asked for answers that nobody wanted");
  auto oldest = answers_.front().get();
  answers_.pop_front();
  return oldest;
}

}  // namespace perennial::app
