#pragma once
// Which rows may be judged by the labels that have come so far? Labels that come first are not like the others: a fraud
// is reported within days, that a payment was good is known after a month. A window in which only the fast ones have
// arrived must not be compared with a holdout in which all have (delayed feedback: Chapelle 2014).

#include <cstdint>
#include <span>
#include <string>

#include "core/json.hpp"
#include "core/time.hpp"
#include "stats/label_maturity.hpp"

namespace perennial::drift {

/// One predicted row, of an even sample of them.
struct AwaitedLabel {
  TimePoint predicted{};
  TimePoint labelled = TimePoint::max();  ///< max = not yet
  double said = 0;  ///< what the version judged said of it; NaN where it said nothing. Compared by rank
};

struct LabelEvidenceSettings {
  Duration least_age{0};      ///< the config's label_delay: younger rows are never judged
  double mature = 0.99;       ///< share of the labels that come at all which must have come
  double alpha = 0.001;       ///< level of the rank test of labelled against unlabelled rows,
  double least_effect = 0.1;  ///< and how far from 0.5 its area must be
};

struct LabelEvidence {
  Duration age{0};            ///< rows that were predicted less than this ago are left out
  double eventual_share = 0;  ///< of the rows get a label, as far as is known
  double coverage = 0;        ///< of the rows judged have theirs
  std::uint64_t rows = 0;     ///< of the sample, among those judged
  bool early_differ = false;  ///< the labelled rows younger than `age`, where it was learned, are not like the others
  bool comparable = true;     ///< false: the labels that are there are of some kinds of rows only
  std::string reason;         ///< why not; empty where comparable
  stats::MaturityCurve curve;
};

/// Pure. `rows` in any order; those predicted from `since` on are the window.
/// - The age is least_age where nearly all labels of the window (`mature` of eventual_share) are there already, else
/// the
///   age by which so many come (product-limit curve, where at least 20 rows have waited so long).
/// - Where more than 1 - mature of the rows have no label, those that have one must look like those that have none: a
///   rank test of what was said of both. Rows that are labelled at random pass, at whatever rate.
/// Fewer than 20 unlabelled rows, or than 5 labelled ones, are not tested; then the labels must cover half of the rows.
LabelEvidence judge_labels(std::span<const AwaitedLabel> rows, TimePoint since, TimePoint now,
                           const LabelEvidenceSettings& settings);

Json to_json(const LabelEvidence& evidence);

}  // namespace perennial::drift
