#pragma once
// Labelled rows for the tests of training.

#include <cmath>

#include "core/rng.hpp"
#include "core/training_data.hpp"

namespace perennial::training::testing {

inline TimePoint day(int number) { return TimePoint(std::chrono::hours(24) * number); }

/// Numbers a and b, a text `kind`; y = 10 a + (kind is "x" ? 20 : 0) + noise, ok = y > 10. One row a day.
inline LabelledRows make_rows(std::size_t rows, std::uint64_t seed = 1, std::size_t entities = 0) {
  Rng rng(seed);
  LabelledRows made;
  Column a{"a", ColumnKind::numeric, {}, {}, nullptr};
  Column b{"b", ColumnKind::numeric, {}, {}, nullptr};
  Column kind{"kind", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
  Truth y;
  Truth ok;
  for (std::size_t row = 0; row < rows; ++row) {
    a.numbers.push_back(rng.uniform() < 0.05 ? std::nan("") : rng.normal());
    b.numbers.push_back(rng.normal());
    const bool is_x = rng.uniform() < 0.5;
    kind.codes.push_back(kind.dictionary->code_of(is_x ? "x" : "y"));
    y.push_back((std::isnan(a.numbers.back()) ? 0 : 10 * a.numbers.back()) + (is_x ? 20 : 0) + 0.1 * rng.normal());
    ok.push_back(y.back() > 10 ? 1 : 0);
    made.inputs.times.push_back(day(static_cast<int>(row)));
    if (entities > 0) made.inputs.entities.push_back("unit " + std::to_string(rng.below(entities)));
  }
  made.inputs.columns = {a, b, kind};
  made.inputs.rows = rows;
  made.truth = {y, ok};
  return made;
}

inline Signature make_signature() {
  Signature signature;
  signature.request = {{"a", ColumnKind::numeric}, {"b", ColumnKind::numeric}, {"kind", ColumnKind::categorical}};
  signature.inputs = signature.request;
  signature.targets = {{"y", Task::regression, {}}, {"ok", Task::binary, {"no", "yes"}}};
  return signature;
}

}  // namespace perennial::training::testing
