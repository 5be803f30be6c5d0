#include "inference/probe_rows.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::inference {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();
constexpr float largest = std::numeric_limits<float>::max();
constexpr std::array extremes = {1e30F,
                                 -1e30F,
                                 largest,
                                 -largest,
                                 0.0F,
                                 -0.0F,
                                 std::numeric_limits<float>::min(),
                                 -std::numeric_limits<float>::min()};
constexpr const char* unseen_text = "\x02 no such category";

class Maker {
 public:
  Maker(const Signature& signature, const features::Encodings& encodings, const std::vector<float>& real,
        std::uint64_t seed)
      : inputs_(signature.inputs), encodings_(encodings), real_(real), rng_(Rng(seed).fork("probe rows")) {
    columns_ = inputs_.size();
    real_rows_ = real_.size() / columns_;
    for (const auto& input : inputs_)
      ++(input.kind == ColumnKind::numeric ? made_.batch.numeric_count : made_.batch.text_count);
  }

  std::vector<float> real_row(std::size_t row) const {
    const auto* first = real_.data() + row * columns_;
    return {first, first + columns_};
  }
  std::vector<float> any_row() { return real_row(rng_.below(real_rows_)); }
  std::size_t any_column() { return rng_.below(columns_); }
  std::size_t real_rows() const { return real_rows_; }
  bool is_text(std::size_t column) const { return inputs_[column].kind == ColumnKind::categorical; }
  bool chance() { return (rng_.next() & 1U) != 0; }
  float any_extreme() { return extremes[rng_.below(extremes.size())]; }

  /// Text cells are taken from their encoded values; what no text has becomes missing, or unseen where asked for.
  void add(std::vector<float> row, ParityKind kind) {
    for (std::size_t c = 0; c < columns_; ++c) {
      if (!is_text(c)) {
        made_.batch.numbers.push_back(row[c]);
        continue;
      }
      const auto* encoding = encodings_.find(inputs_[c].name);
      const std::size_t count = encoding == nullptr ? 0 : encoding->values.size();
      const bool known = row[c] >= 0 && row[c] < static_cast<float>(count) && row[c] == std::floor(row[c]) &&
                         !encoding->values[static_cast<std::size_t>(row[c])].empty();
      if (!known) row[c] = missing;
      made_.batch.texts.push_back(known                        ? encoding->values[static_cast<std::size_t>(row[c])]
                                  : kind == ParityKind::unseen ? unseen_text
                                                               : "");
    }
    made_.matrix.insert(made_.matrix.end(), row.begin(), row.end());
    made_.kinds.push_back(kind);
    ++made_.batch.rows;
  }

  ProbeRows take() { return std::move(made_); }

 private:
  const std::vector<InputColumn>& inputs_;
  const features::Encodings& encodings_;
  const std::vector<float>& real_;
  Rng rng_;
  std::size_t columns_ = 0;
  std::size_t real_rows_ = 0;
  ProbeRows made_;
};

struct Threshold {
  std::uint32_t column;
  float value;
};

std::vector<Threshold> thresholds(const std::vector<TreeEnsemble>& ensembles) {
  std::vector<Threshold> found;
  for (const auto& ensemble : ensembles)
    for (const auto& tree : ensemble.trees)
      for (const auto& node : tree.nodes)
        if (!node.is_leaf()) found.push_back({node.column, node.threshold});
  return found;
}

}  // namespace

ProbeRows probe_rows(const Signature& signature, const features::Encodings& encodings,
                     const std::vector<TreeEnsemble>& ensembles, const std::vector<float>& real, std::uint64_t seed,
                     const ProbeBounds& bounds) {
  if (signature.inputs.empty() || real.size() < signature.inputs.size()) return {};
  Maker maker(signature, encodings, real, seed);
  const std::size_t columns = signature.inputs.size();

  const std::size_t wanted = std::min(bounds.real, maker.real_rows());
  for (std::size_t i = 0; i < wanted; ++i) maker.add(maker.real_row(i * maker.real_rows() / wanted), ParityKind::real);

  maker.add(std::vector<float>(columns, missing), ParityKind::missing);
  for (std::size_t i = 1; i < bounds.missing; ++i) {
    auto row = maker.any_row();
    if (i % 2 == 0) row[maker.any_column()] = missing;
    else
      for (auto& value : row)
        if (maker.chance()) value = missing;
    maker.add(std::move(row), ParityKind::missing);
  }

  for (std::size_t i = 0; i < bounds.extreme; ++i) {
    auto row = maker.any_row();
    if (i % 2 == 0) row[maker.any_column()] = extremes[(i / 2) % extremes.size()];
    else
      for (auto& value : row)
        if (maker.chance()) value = maker.any_extreme();
    maker.add(std::move(row), ParityKind::extreme);
  }

  if (!signature.all_numeric()) {
    for (std::size_t i = 0; i < bounds.unseen; ++i) {
      auto row = maker.any_row();
      bool any = false;
      for (std::size_t c = 0; c < columns; ++c)
        if (maker.is_text(c) && (maker.chance() || !any)) {
          row[c] = missing;
          any = true;
        }
      maker.add(std::move(row), ParityKind::unseen);
    }
  }

  const auto splits = thresholds(ensembles);
  const std::size_t tried = std::min(splits.size(), bounds.split / 3);
  for (std::size_t i = 0; i < tried; ++i) {
    const auto& split = splits[i * splits.size() / tried];
    for (const float value :
         {std::nextafter(split.value, -largest), split.value, std::nextafter(split.value, largest)}) {
      auto row = maker.any_row();
      row[split.column] = value;
      maker.add(std::move(row), ParityKind::split);
    }
  }
  return maker.take();
}

}  // namespace perennial::inference
