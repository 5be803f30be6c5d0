#include "serving/feature_state.hpp"

namespace perennial::serving {

FeatureState::FeatureState(features::Deriver deriver)
    : deriver_(std::move(deriver)), identity_(deriver_->inputs() == deriver_->request()) {}

Result<Table> FeatureState::derive(const Table& request_rows) {
  const std::lock_guard lock(mutex_);
  if (!deriver_) return request_rows;
  if (remembers_) {
    remembered_.push_back(request_rows);
    remembered_rows_ += request_rows.rows;
    while (remembered_rows_ > kRowsRemembered) {
      remembered_rows_ -= remembered_.front().rows;
      remembered_.pop_front();
    }
  }
  return deriver_->derive(request_rows);
}

void FeatureState::remember_requests() {
  const std::lock_guard lock(mutex_);
  remembers_ = true;
}

void FeatureState::replace(std::optional<features::Deriver> states) {
  const std::lock_guard lock(mutex_);
  if (states) {
    // What could not be derived failed its request then, and leaves no trace now.
    for (const auto& rows : remembered_) (void)states->derive(rows);
    deriver_ = std::move(states);
  }
  remembers_ = false;
  remembered_ = {};
  remembered_rows_ = 0;
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
