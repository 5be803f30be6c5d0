#include "drift/reference.hpp"

#include <algorithm>

#include "drift/calibration.hpp"

namespace perennial::drift {

struct Reference::Prepared {
  std::vector<std::shared_ptr<const ColumnReference>> columns;
  std::shared_ptr<const JointSample> joint;
  std::uint64_t rows = 0;
};

ColumnReference ColumnReference::prepare(const ColumnView& column) {
  ColumnReference result;
  result.name = column.name;
  result.kind = column.kind;
  result.rows = column.size();
  if (column.kind == ColumnKind::numeric) {
    result.sample = stats::SortedSample(column.numbers);
    result.missing = result.rows - result.sample.size();
    result.bins = stats::QuantileBins(result.sample, result.missing);
    result.spread = stats::WassersteinScale(result.sample);
  } else {
    const auto counts = stats::count_categories(column.codes, column.dictionary);
    result.missing = counts.missing;
    result.categories = stats::CategoryReference(counts);
  }
  return result;
}

Reference Reference::prepare(std::span<const ColumnView> columns, const DriftSettings& settings) {
  return prepare(columns, settings, Calibration{});
}

Reference Reference::prepare(std::span<const ColumnView> columns, const DriftSettings& settings,
                             const Calibration& calibration) {
  auto prepared = std::make_shared<Prepared>();
  std::vector<ColumnView> included;
  for (const auto& column : columns) {
    if (!settings.includes(column.name)) continue;
    included.push_back(column);
    auto one = std::make_shared<ColumnReference>(ColumnReference::prepare(column));
    one->inflation = calibration.of(column.name).inflation;
    prepared->columns.push_back(std::move(one));
    prepared->rows = std::max<std::uint64_t>(prepared->rows, column.size());
  }
  prepared->joint = std::make_shared<const JointSample>(included, prepared->columns, settings.seed);
  Reference reference;
  reference.prepared_ = std::move(prepared);
  return reference;
}

Reference Reference::with(std::string_view column, std::shared_ptr<const ColumnReference> other) const {
  auto changed = std::make_shared<Prepared>(*prepared_);
  const auto at = std::ranges::find_if(changed->columns, [&](const auto& one) { return one->name == column; });
  if (at == changed->columns.end()) return *this;
  *at = std::move(other);
  Reference result;
  result.prepared_ = std::move(changed);
  return result;
}

std::uint64_t Reference::rows() const { return prepared_ ? prepared_->rows : 0; }

std::span<const std::shared_ptr<const ColumnReference>> Reference::columns() const {
  if (prepared_ == nullptr) return {};
  return prepared_->columns;
}

const JointSample& Reference::joint() const {
  static const JointSample none;
  return prepared_ ? *prepared_->joint : none;
}

const ColumnReference* Reference::find(std::string_view name) const {
  for (const auto& column : columns())
    if (column->name == name) return column.get();
  return nullptr;
}

}  // namespace perennial::drift
