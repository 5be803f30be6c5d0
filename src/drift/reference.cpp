#include "drift/reference.hpp"

#include <algorithm>

namespace perennial::drift {

struct Reference::Prepared {
  std::vector<ColumnReference> columns;
  JointSample joint;
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
  auto prepared = std::make_shared<Prepared>();
  std::vector<ColumnView> included;
  for (const auto& column : columns) {
    if (!settings.includes(column.name)) continue;
    included.push_back(column);
    prepared->columns.push_back(ColumnReference::prepare(column));
    prepared->rows = std::max<std::uint64_t>(prepared->rows, column.size());
  }
  prepared->joint = JointSample(included, prepared->columns, settings.seed);
  Reference reference;
  reference.prepared_ = std::move(prepared);
  return reference;
}

std::uint64_t Reference::rows() const { return prepared_ ? prepared_->rows : 0; }

std::span<const ColumnReference> Reference::columns() const {
  return prepared_ ? std::span<const ColumnReference>(prepared_->columns) : std::span<const ColumnReference>();
}

const JointSample& Reference::joint() const {
  static const JointSample none;
  return prepared_ ? prepared_->joint : none;
}

const ColumnReference* Reference::find(std::string_view name) const {
  for (const auto& column : columns())
    if (column.name == name) return &column;
  return nullptr;
}

}  // namespace perennial::drift
