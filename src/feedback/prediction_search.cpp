#include "feedback/prediction_search.hpp"

#include <algorithm>
#include <functional>

#include "storage/segment_log.hpp"

namespace perennial::feedback {
namespace {

Status enough() { return fail(ErrorCode::cancelled, "found"); }

/// Hands the blocks of the newest segments on, one segment after the other, the newest first; within a segment the
/// oldest first. `segment` is called before each; false ends the search. `each` ends a segment by enough().
Status newest_first(storage::Files& files, const storage::Path& folder, const std::function<bool(bool older)>& segment,
                    const std::function<Status(std::string_view)>& each) {
  const auto numbers = storage::SegmentLog::segments(files, folder);
  if (!numbers && numbers.error().code == ErrorCode::not_found) return {};
  if (!numbers) return std::unexpected(numbers.error());
  std::size_t searched = 0;
  for (auto number = numbers->rbegin(); number != numbers->rend(); ++number) {
    if (!segment(searched == segments_searched)) return {};
    ++searched;
    const Status outcome = storage::SegmentLog::read_segment(
        files, folder, *number, number == numbers->rbegin(),
        [&](storage::SegmentPosition, std::string_view bytes, storage::SegmentPosition) { return each(bytes); });
    // A running server removes its oldest segments: what is older than this one is gone too.
    if (!outcome && outcome.error().code == ErrorCode::not_found) return {};
    if (!outcome && outcome.error().code != ErrorCode::cancelled) return outcome;
  }
  return {};
}

bool names(const LabelKey& label, const LabelKey& wanted) {
  if (!label.id.empty()) return label.id == wanted.id;
  return !wanted.entity.empty() && label.entity == wanted.entity && label.at == wanted.at;
}

LabelBatch one_label(const LabelBatch& batch, std::size_t row) {
  LabelBatch one;
  one.targets = batch.targets;
  one.keys = {batch.keys[row]};
  for (const auto& truth : batch.truth) one.truth.push_back({truth[row]});
  if (!batch.confidence.empty()) one.confidence = {batch.confidence[row]};
  one.received_at = batch.received_at;
  one.sequence = batch.sequence;
  return one;
}

}  // namespace

Result<PredictionFound> find_prediction(storage::Files& files, const storage::Path& folder, const std::string& id) {
  PredictionFound search;
  bool first_block = true;
  TRY(newest_first(
      files, folder,
      [&](bool older) {
        older = older || search.record.has_value();
        if (older) search.reach.whole_log = false;
        else ++search.reach.segments;
        first_block = true;
        return !older;
      },
      [&](std::string_view bytes) -> Status {
        search.reach.rows += encoded_rows(bytes);
        // Ids are stored as they are: most blocks need not be unfolded.
        const bool candidate = bytes.find(id) != std::string_view::npos;
        if (!candidate && !first_block) return {};
        ASSIGN_OR_RETURN(const PredictionRecord record, decode_record(bytes));
        if (first_block && !record.request.times.empty()) search.reach.oldest = record.request.times.front();
        first_block = false;
        const auto found = std::ranges::find(record.ids, id);
        if (found == record.ids.end()) return {};
        search.record = slice(record, static_cast<std::size_t>(found - record.ids.begin()), 1);
        return enough();
      }));
  return search;
}

Result<std::vector<LabelBatch>> find_labels(storage::Files& files, const storage::Path& folder, const LabelKey& key) {
  std::vector<LabelBatch> labels;
  std::vector<LabelBatch> of_segment;
  const auto keep = [&] {
    labels.insert(labels.begin(), std::make_move_iterator(of_segment.begin()),
                  std::make_move_iterator(of_segment.end()));
    of_segment.clear();
  };
  TRY(newest_first(
      files, folder,
      [&](bool older) {
        keep();
        return !older;
      },
      [&](std::string_view bytes) -> Status {
        if (bytes.find(key.id) == std::string_view::npos &&
            (key.entity.empty() || bytes.find(key.entity) == std::string_view::npos))
          return {};
        ASSIGN_OR_RETURN(const LabelBatch batch, decode_labels(bytes));
        for (std::size_t row = 0; row < batch.rows(); ++row)
          if (names(batch.keys[row], key)) of_segment.push_back(one_label(batch, row));
        return {};
      }));
  keep();
  return labels;
}

}  // namespace perennial::feedback
