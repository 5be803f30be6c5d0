#include "serving/feature_state.hpp"

namespace perennial::serving {

FeatureState::FeatureState(features::Deriver deriver)
    : deriver_(std::move(deriver)), identity_(deriver_->inputs() == deriver_->request()) {}

Result<Table> FeatureState::derive(const Table& request_rows) {
  const std::lock_guard lock(mutex_);
  if (!deriver_) return request_rows;
  return deriver_->derive(request_rows);
}

Result<Table> FeatureState::derive_without_trace(const Table& request_rows) const {
  std::optional<features::Deriver> copy;
  {
    const std::lock_guard lock(mutex_);
    copy = deriver_;
  }
  if (!copy) return request_rows;
  return copy->derive(request_rows);
}

void FeatureState::with(const std::function<void(std::optional<features::Deriver>&)>& use) {
  const std::lock_guard lock(mutex_);
  use(deriver_);
  identity_ = !deriver_ || deriver_->inputs() == deriver_->request();
}

}  // namespace perennial::serving
