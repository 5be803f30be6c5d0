#include "learners/factory.hpp"

#include "learners/catalog.hpp"

namespace perennial::learners {

Result<std::unique_ptr<Learner>> make_learner(const std::string& name) {
  TRY(catalog().find(name));
  if (name == "xgboost") return make_xgboost();
  if (name == "baseline") return make_baseline();
  return fail(ErrorCode::internal, "the learner '" + name + "' is listed but cannot be made");
}

}  // namespace perennial::learners
