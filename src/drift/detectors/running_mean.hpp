#pragma once
// The mean so far, in the order of operations of West (1979). stats::Moments divides instead; the last digit decides
// whether a detector's minimum is met again, so those that are compared row by row with others use this one.

namespace perennial::drift {

class RunningMean {
 public:
  void add(double value) {
    n_ += 1;
    mean_ += (1 / n_) * (value - mean_);
  }
  double n() const { return n_; }
  double mean() const { return mean_; }

 private:
  double n_ = 0;
  double mean_ = 0;
};

}  // namespace perennial::drift
