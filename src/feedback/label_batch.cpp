#include "feedback/label_batch.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "core/hash.hpp"
#include "core/limits.hpp"
#include "feedback/byte_codec.hpp"

namespace perennial::feedback {
namespace {

constexpr std::uint32_t kFormat = 0x31424c50;  // "PLB1"
constexpr double kNoLabel = std::numeric_limits<double>::quiet_NaN();

/// Classes that occur in `truth`, by their index.
std::map<int, std::int32_t> classes_used(const Truth& truth) {
  std::map<int, std::int32_t> used;
  for (const double value : truth)
    if (!std::isnan(value)) used.try_emplace(static_cast<int>(value), 0);
  std::int32_t next = 0;
  for (auto& [index, position] : used) position = next++;
  return used;
}

}  // namespace

std::uint64_t fingerprint_of_id(std::string_view id, std::uint64_t seed) { return hash64(id, 2 * seed); }

std::uint64_t fingerprint_of_entity(std::string_view entity, TimePoint at, std::uint64_t seed) {
  // The time goes into the seed: no text has to be put together for a row of the hot path.
  const auto ticks = static_cast<std::uint64_t>(at.time_since_epoch().count());
  return hash64(entity, hash64({reinterpret_cast<const char*>(&ticks), sizeof ticks}, 2 * seed + 1));
}

std::uint64_t fingerprint(const LabelKey& key, std::uint64_t seed) {
  return key.id.empty() ? fingerprint_of_entity(key.entity, key.at, seed) : fingerprint_of_id(key.id, seed);
}

Status LabelBatch::check() const {
  const auto wrong = [](std::string_view what) {
    return fail(ErrorCode::internal, "a batch of labels is not consistent: " + std::string(what));
  };
  if (!targets || truth.size() != targets->size()) return wrong("targets");
  for (std::size_t t = 0; t < truth.size(); ++t) {
    if (truth[t].size() != rows()) return wrong("truth of " + (*targets)[t].name);
    if (!is_classification((*targets)[t].task)) continue;
    for (const double value : truth[t])
      if (!std::isnan(value) && !(value >= 0 && value < static_cast<double>((*targets)[t].classes.size())))
        return wrong("class index of " + (*targets)[t].name);
  }
  if (!confidence.empty() && confidence.size() != rows()) return wrong("confidence");
  return {};
}

std::string encode(const LabelBatch& batch) {
  ByteWriter out(64 + batch.rows() * 48);
  out.number(kFormat);
  out.number<std::uint64_t>(batch.sequence);
  out.number<std::int64_t>(batch.received_at.time_since_epoch().count());
  out.length(batch.rows());
  for (const auto& key : batch.keys) {
    out.text(key.id);
    if (!key.id.empty()) continue;
    out.text(key.entity);
    out.number<std::int64_t>(key.at.time_since_epoch().count());
  }
  out.length(batch.targets->size());
  for (std::size_t t = 0; t < batch.targets->size(); ++t) {
    const Target& target = (*batch.targets)[t];
    out.text(target.name);
    out.number(static_cast<std::uint8_t>(target.task));
    if (!is_classification(target.task)) {
      out.numbers(batch.truth[t]);
      continue;
    }
    const auto used = classes_used(batch.truth[t]);
    out.length(used.size());
    for (const auto& [index, position] : used) out.text(target.classes[static_cast<std::size_t>(index)]);
    for (const double value : batch.truth[t])
      out.number<std::int16_t>(std::isnan(value) ? std::int16_t{-1}
                                                 : static_cast<std::int16_t>(used.at(static_cast<int>(value))));
  }
  out.number<std::uint8_t>(batch.confidence.empty() ? 0 : 1);
  out.numbers(batch.confidence);
  return out.take();
}

Result<LabelBatch> decode_labels(std::string_view bytes) {
  const auto corrupt = [] { return fail(ErrorCode::corrupt, "the bytes are not a batch of labels"); };
  ByteReader in(bytes);
  if (in.number<std::uint32_t>() != kFormat) return corrupt();
  LabelBatch batch;
  batch.sequence = in.number<std::uint64_t>();
  batch.received_at = TimePoint{Duration{in.number<std::int64_t>()}};
  const std::size_t rows = in.count();
  for (std::size_t i = 0; i < rows && in.ok(); ++i) {
    LabelKey key;
    key.id = in.text();
    if (key.id.empty()) {
      key.entity = in.text();
      key.at = TimePoint{Duration{in.number<std::int64_t>()}};
    }
    batch.keys.push_back(std::move(key));
  }
  auto targets = std::make_shared<std::vector<Target>>();
  const std::size_t target_count = in.count(2);
  for (std::size_t t = 0; t < target_count && in.ok(); ++t) {
    Target target;
    target.name = in.text();
    const auto task = in.number<std::uint8_t>();
    if (task > static_cast<std::uint8_t>(Task::multiclass)) return corrupt();
    target.task = static_cast<Task>(task);
    if (is_classification(target.task)) {
      const std::size_t classes = in.count();
      for (std::size_t c = 0; c < classes && in.ok(); ++c) target.classes.push_back(in.text());
      const auto codes = in.numbers<std::int16_t>(rows);
      Truth truth;
      for (const std::int16_t code : codes) truth.push_back(code < 0 ? kNoLabel : static_cast<double>(code));
      batch.truth.push_back(std::move(truth));
    } else {
      batch.truth.push_back(in.numbers<double>(rows));
    }
    targets->push_back(std::move(target));
  }
  batch.targets = std::move(targets);
  if (in.number<std::uint8_t>() == 1) batch.confidence = in.numbers<float>(rows);
  if (!in.ok() || in.left() != 0 || !batch.check()) return corrupt();
  return batch;
}

LabelBatch retarget(LabelBatch batch, std::shared_ptr<const std::vector<Target>> targets, std::size_t* dropped) {
  if (dropped != nullptr) *dropped = 0;
  if (batch.targets == targets) return batch;
  const auto given = [](double value) { return !std::isnan(value); };
  const std::size_t rows = batch.rows();
  std::vector<Truth> truth(targets->size(), Truth(rows, kNoLabel));
  std::size_t kept = 0;
  std::size_t all = 0;
  for (std::size_t from = 0; from < batch.targets->size(); ++from) {
    const Target& source = (*batch.targets)[from];
    all += static_cast<std::size_t>(std::count_if(batch.truth[from].begin(), batch.truth[from].end(), given));
    for (std::size_t to = 0; to < targets->size(); ++to) {
      const Target& wanted = (*targets)[to];
      if (wanted.name != source.name || is_classification(wanted.task) != is_classification(source.task)) continue;
      std::vector<double> renamed;
      for (const auto& name : source.classes) {
        const int index = wanted.class_index(name);
        renamed.push_back(index < 0 ? kNoLabel : index);
      }
      for (std::size_t row = 0; row < rows; ++row) {
        const double value = batch.truth[from][row];
        if (!given(value)) continue;
        truth[to][row] = renamed.empty() ? value : renamed[static_cast<std::size_t>(value)];
        kept += given(truth[to][row]) ? 1 : 0;
      }
    }
  }
  if (dropped != nullptr) *dropped = all - kept;
  batch.truth = std::move(truth);
  batch.targets = std::move(targets);
  return batch;
}

}  // namespace perennial::feedback
