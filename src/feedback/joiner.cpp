#include "feedback/joiner.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <mutex>

#include "feedback/early_labels.hpp"
#include "feedback/joined_rows.hpp"
#include "feedback/key_index.hpp"
#include "feedback/pending_block.hpp"

namespace perennial::feedback {
namespace {

constexpr std::size_t kTargetsMost = 64;
constexpr double kNoLabel = std::numeric_limits<double>::quiet_NaN();

/// Values in terms of other targets.
std::vector<Truth> retargeted(std::vector<Truth> truth, std::size_t rows,
                              const std::shared_ptr<const std::vector<Target>>& from,
                              const std::shared_ptr<const std::vector<Target>>& to) {
  LabelBatch batch;
  batch.targets = from;
  batch.truth = std::move(truth);
  batch.keys.resize(rows);
  return retarget(std::move(batch), to).truth;
}

}  // namespace

struct Joiner::Impl {
  Impl(std::shared_ptr<const std::vector<Target>> wanted_targets, JoinerOptions wanted)
      : options(wanted), targets(std::move(wanted_targets)), early(wanted.early_labels) {
    labels.truth.resize(targets->size());
  }

  const JoinerOptions options;
  mutable std::mutex mutex;
  std::shared_ptr<const std::vector<Target>> targets;
  std::deque<std::shared_ptr<PendingBlock>> blocks;  // oldest first, row numbers without gaps
  std::uint64_t next_row = 0;
  std::uint64_t kept_rows = 0;
  std::uint64_t kept_bytes = 0;
  KeyIndex<std::uint64_t> by_id;  // fingerprint → row number
  KeyIndex<std::uint64_t> by_entity;
  EarlyLabels early;
  std::vector<JoinedRow> joined;
  JoinedLabels labels;
  JoinerCounts counts;

  std::uint64_t all_labelled() const {
    const std::size_t n = std::min(targets->size(), kTargetsMost);
    return n == kTargetsMost ? ~0ull : (1ull << n) - 1;
  }

  const std::shared_ptr<PendingBlock>& block_of(std::uint64_t number) const {
    const auto after =
        std::upper_bound(blocks.begin(), blocks.end(), number,
                         [](std::uint64_t wanted, const auto& block) { return wanted < block->first_row(); });
    return *std::prev(after);
  }

  /// The row number of a prediction that is kept, or none; texts are compared, so that a fingerprint cannot mislead.
  std::optional<std::uint64_t> row_of_id(std::string_view id) const {
    const std::uint64_t* number = by_id.find(fingerprint_of_id(id));
    if (number == nullptr) return std::nullopt;
    const auto& block = block_of(*number);
    return block->record().ids[*number - block->first_row()] == id ? std::optional(*number) : std::nullopt;
  }

  std::optional<std::uint64_t> row_of(const LabelKey& key) const {
    if (!key.id.empty()) return row_of_id(key.id);
    const std::uint64_t* number = by_entity.find(fingerprint(key));
    if (number == nullptr) return std::nullopt;
    const auto& block = block_of(*number);
    const Table& inputs = block->record().graph_inputs();
    const std::size_t row = *number - block->first_row();
    const bool same = inputs.entities[row] == key.entity && inputs.times[row] == key.at;
    return same ? std::optional(*number) : std::nullopt;
  }

  bool has_entities(const Table& inputs) const {
    return options.by_entity && !inputs.entities.empty() && !inputs.times.empty();
  }

  void index_rows(const PendingBlock& block, std::size_t from) {
    const PredictionRecord& record = block.record();
    const Table& inputs = record.graph_inputs();
    const bool entities = has_entities(inputs);
    for (std::size_t row = from; row < block.rows(); ++row) {
      const std::uint64_t number = block.first_row() + row;
      by_id.put(fingerprint_of_id(record.ids[row]), number);
      if (entities && !inputs.entities[row].empty())
        by_entity.put(fingerprint_of_entity(inputs.entities[row], inputs.times[row]), number);
    }
  }

  void drop_oldest_block() {
    const auto block = blocks.front();
    blocks.pop_front();
    kept_rows -= block->rows();
    kept_bytes -= block->bytes();
    const PredictionRecord& record = block->record();
    const Table& inputs = record.graph_inputs();
    const bool entities = has_entities(inputs);
    const auto forget = [](KeyIndex<std::uint64_t>& index, std::uint64_t key, std::uint64_t number) {
      if (const auto* newest = index.find(key); newest != nullptr && *newest == number) index.erase(key);
    };
    for (std::size_t row = 0; row < block->rows(); ++row) {
      const std::uint64_t number = block->first_row() + row;
      forget(by_id, fingerprint_of_id(record.ids[row]), number);
      if (entities && !inputs.entities[row].empty())
        forget(by_entity, fingerprint_of_entity(inputs.entities[row], inputs.times[row]), number);
      if (block->labelled(row) != all_labelled()) {
        --counts.pending;
        ++counts.predictions_dropped;
      }
    }
  }

  bool is_done(const PendingBlock& block) const {
    const std::uint64_t all = all_labelled();
    for (std::size_t row = 0; row < block.rows(); ++row)
      if (block.labelled(row) != all) return false;
    return true;
  }

  void keep_within_bounds() {
    while (blocks.size() > 1 && (kept_rows > options.pending_rows || kept_bytes > options.pending_bytes))
      drop_oldest_block();
    // The newest block stays: late duplicates of its ids are still recognised.
    while (blocks.size() > 1 && is_done(*blocks.front())) drop_oldest_block();
  }

  /// True where the row got something new.
  template <class TruthOf>
  bool join(std::uint64_t number, TruthOf truth_of, TimePoint received_at, float confidence) {
    const auto& block = block_of(number);
    const std::size_t row = number - block->first_row();
    const std::uint64_t before = block->labelled(row);
    std::uint64_t bits = before;
    for (std::size_t t = 0; t < std::min(targets->size(), kTargetsMost); ++t)
      if (!std::isnan(truth_of(t))) bits |= 1ull << t;
    if (bits == before) return false;
    block->set_labelled(row, bits);
    if (bits == all_labelled()) --counts.pending;
    if (joined.size() >= options.pending_rows) {
      ++counts.joined_dropped;
      return true;
    }
    joined.push_back({block, row});
    for (std::size_t t = 0; t < targets->size(); ++t) {
      const bool is_new = t < kTargetsMost && (before >> t & 1) == 0;
      labels.truth[t].push_back(is_new ? truth_of(t) : kNoLabel);
    }
    labels.received_at.push_back(received_at);
    labels.confidence.push_back(confidence);
    ++counts.joined;
    return true;
  }

  void join_early(const PendingBlock& block, std::size_t from) {
    if (early.empty()) return;
    for (std::size_t row = from; row < block.rows(); ++row) {
      const PredictionRecord& record = block.record();
      const Table& inputs = record.graph_inputs();
      const bool entities = has_entities(inputs);
      const auto waiting =
          early.take(record.ids[row], entities ? std::string_view(inputs.entities[row]) : std::string_view{},
                     inputs.times.empty() ? TimePoint{} : inputs.times[row]);
      for (const auto& label : waiting)
        if (!join(
                block.first_row() + row, [&](std::size_t t) { return label.truth[t]; }, label.received_at,
                label.confidence))
          ++counts.repeated_labels;
    }
  }

  void add(std::shared_ptr<const PredictionRecord> record) {
    if (!blocks.empty() && blocks.back()->has_room_for(*record)) {
      PendingBlock& block = *blocks.back();
      const std::size_t from = block.rows();
      const std::uint64_t bytes = block.bytes();
      block.add(*record);
      kept_bytes += block.bytes() - bytes;
      settle_added(block, from);
      return;
    }
    if (record->rows() < kRowsOfOwnBlock) {
      blocks.push_back(std::make_shared<PendingBlock>(next_row, *record));
      blocks.back()->add(*record);
    } else {
      blocks.push_back(std::make_shared<PendingBlock>(next_row, std::move(record)));
    }
    kept_bytes += blocks.back()->bytes();
    settle_added(*blocks.back(), 0);
  }

  void settle_added(const PendingBlock& block, std::size_t from) {
    const std::size_t rows = block.rows() - from;
    next_row += rows;
    kept_rows += rows;
    counts.predictions += rows;
    counts.pending += rows;
    index_rows(block, from);
    join_early(block, from);
    keep_within_bounds();
  }

  /// Rows whose id is kept already, or comes twice in the record.
  std::vector<std::size_t> new_rows(const PredictionRecord& record) const {
    std::vector<std::size_t> rows;
    KeyIndex<std::uint64_t> seen;
    for (std::size_t row = 0; row < record.rows(); ++row) {
      if (by_id.size() > 0 && row_of_id(record.ids[row])) continue;
      if (record.rows() > 1) {
        const std::uint64_t print = fingerprint_of_id(record.ids[row]);
        if (const auto* other = seen.find(print); other != nullptr && record.ids[*other] == record.ids[row]) continue;
        seen.put(print, row);
      }
      rows.push_back(row);
    }
    return rows;
  }
};

Joiner::Joiner(std::shared_ptr<const std::vector<Target>> targets, JoinerOptions options)
    : impl_(std::make_unique<Impl>(std::move(targets), options)) {}
Joiner::~Joiner() = default;

void Joiner::add(std::shared_ptr<const PredictionRecord> record) {
  if (!record || record->rows() == 0) return;
  const std::lock_guard lock(impl_->mutex);
  const auto rows = impl_->new_rows(*record);
  impl_->counts.repeated_predictions += record->rows() - rows.size();
  if (rows.size() == record->rows()) {
    impl_->add(std::move(record));
    return;
  }
  for (const std::size_t row : rows) impl_->add(std::make_shared<PredictionRecord>(slice(*record, row, 1)));
}

LabelMatches Joiner::add(const LabelBatch& given) {
  const std::lock_guard lock(impl_->mutex);
  LabelBatch translated;
  if (given.targets != impl_->targets) translated = retarget(given, impl_->targets);
  const LabelBatch& batch = given.targets == impl_->targets ? given : translated;
  LabelMatches matches;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const auto truth_of = [&](std::size_t t) { return batch.truth[t][row]; };
    const float confidence = batch.confidence.empty() ? 1.0f : batch.confidence[row];
    if (const auto number = impl_->row_of(batch.keys[row])) {
      if (impl_->join(*number, truth_of, batch.received_at, confidence)) ++matches.joined;
      else ++impl_->counts.repeated_labels;
      continue;
    }
    ++matches.unmatched;
    EarlyLabels::Label label{batch.keys[row], {}, confidence, batch.received_at};
    for (std::size_t t = 0; t < batch.truth.size(); ++t) label.truth.push_back(truth_of(t));
    impl_->early.keep(std::move(label));
  }
  if (!impl_->blocks.empty()) impl_->keep_within_bounds();
  return matches;
}

bool Joiner::knows(const LabelKey& key) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->row_of(key).has_value();
}

std::vector<JoinedBatch> Joiner::take() {
  // Gathered under the lock: common blocks may still grow.
  const std::lock_guard lock(impl_->mutex);
  auto batches = gather(impl_->joined, impl_->labels);
  impl_->joined.clear();
  for (auto& truth : impl_->labels.truth) truth.clear();
  impl_->labels.received_at.clear();
  impl_->labels.confidence.clear();
  return batches;
}

JoinerCounts Joiner::counts() const {
  const std::lock_guard lock(impl_->mutex);
  JoinerCounts counts = impl_->counts;
  counts.early = impl_->early.size();
  counts.early_dropped = impl_->early.dropped();
  return counts;
}

void Joiner::set_targets(std::shared_ptr<const std::vector<Target>> targets) {
  const std::lock_guard lock(impl_->mutex);
  Impl& impl = *impl_;
  const auto old = std::exchange(impl.targets, std::move(targets));
  impl.labels.truth = retargeted(std::move(impl.labels.truth), impl.joined.size(), old, impl.targets);
  impl.early.change_all([&](EarlyLabels::Label& label) {
    std::vector<Truth> columns;
    for (const double value : label.truth) columns.push_back({value});
    columns = retargeted(std::move(columns), 1, old, impl.targets);
    label.truth.clear();
    for (const auto& column : columns) label.truth.push_back(column[0]);
  });
  impl.counts.pending = 0;
  for (const auto& block : impl.blocks)
    for (std::size_t row = 0; row < block->rows(); ++row) {
      std::uint64_t bits = 0;
      for (std::size_t from = 0; from < std::min(old->size(), kTargetsMost); ++from)
        for (std::size_t to = 0; to < std::min(impl.targets->size(), kTargetsMost); ++to)
          if ((block->labelled(row) >> from & 1) != 0 && (*old)[from].name == (*impl.targets)[to].name)
            bits |= 1ull << to;
      block->set_labelled(row, bits);
      if (bits != impl.all_labelled()) ++impl.counts.pending;
    }
}

}  // namespace perennial::feedback
