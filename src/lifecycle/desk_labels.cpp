#include "lifecycle/desk.hpp"

namespace perennial::lifecycle {

Result<api::LabelsAnswer> Desk::label(const std::string& model, const std::vector<api::Label>& labels) {
  // The map of loops does not change while a fleet is open, and label() has its own lock: the loop may be busy.
  ASSIGN_OR_RETURN(ModelLoop * loop, fleet_->model(model));
  if (!loop->configured())
    return fail(ErrorCode::conflict, "the model has no data yet", model,
                "nothing was predicted, so there is nothing to label");
  return loop->label(labels, clock_->now());
}

}  // namespace perennial::lifecycle
