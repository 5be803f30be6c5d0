#include "app/replay/scoring.hpp"

#include <cmath>
#include <limits>

namespace perennial::app {

Scoring::Scoring(Target target, std::size_t offset, std::string metric, Span delay)
    : target_(std::move(target)),
      offset_(offset),
      metric_(std::move(metric)),
      delay_(delay),
      last_label_(std::numeric_limits<double>::quiet_NaN()) {}

void Scoring::add(const Outputs& served, const Outputs& never, std::span<const double> truth,
                  std::span<const TimePoint> times) {
  const std::size_t width = target_.width();
  for (std::size_t row = 0; row < truth.size(); ++row) {
    const auto copy = [&](const Outputs& from, std::vector<float>& to) {
      const float* at = from.values.data() + row * from.width + offset_;
      to.insert(to.end(), at, at + width);
    };
    const std::uint64_t number = truth_.size();
    const TimePoint at = times.empty() ? TimePoint{} : times[row];
    while (!coming_.empty() && (delay_.rows > 0 ? coming_.front().row + delay_.rows <= number
                                                : coming_.front().at + delay_.duration <= at)) {
      last_label_ = coming_.front().truth;
      coming_.pop_front();
    }
    copy(served, served_);
    copy(never, never_);
    if (!is_classification(target_.task)) {
      no_change_.push_back(static_cast<float>(std::isnan(last_label_) ? 0.0 : last_label_));
    } else {
      for (std::size_t c = 0; c < width; ++c) no_change_.push_back(static_cast<double>(c) == last_label_ ? 1.0F : 0.0F);
    }
    truth_.push_back(truth[row]);
    if (!std::isnan(truth[row])) coming_.push_back({number, at, truth[row]});
  }
}

double Scoring::value(const std::vector<float>& outputs, std::size_t from, std::size_t to) const {
  const std::size_t width = target_.width();
  const stats::Scored scored{std::span(outputs).subspan(from * width, (to - from) * width), width, 0, &target_,
                             std::span(truth_).subspan(from, to - from)};
  const auto estimate = stats::evaluate(metric_, scored);
  return estimate ? estimate->value : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace perennial::app
