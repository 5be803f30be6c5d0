#pragma once
// One function per metric; the catalog is in stats/metrics.cpp.

#include "stats/metrics/labelled_rows.hpp"

namespace perennial::stats {

Result<Influence> accuracy(const LabelledRows& rows);
Result<Influence> f1(const LabelledRows& rows);
Result<Influence> precision(const LabelledRows& rows);
Result<Influence> recall(const LabelledRows& rows);
Result<Influence> false_positive_rate(const LabelledRows& rows);
Result<Influence> log_loss(const LabelledRows& rows);
Result<Influence> auc(const LabelledRows& rows);
Result<Influence> rmse(const LabelledRows& rows);
Result<Influence> mae(const LabelledRows& rows);
Result<Influence> r2(const LabelledRows& rows);
Result<Influence> phm08(const LabelledRows& rows);
Result<Influence> phm08_mean(const LabelledRows& rows);

}  // namespace perennial::stats
