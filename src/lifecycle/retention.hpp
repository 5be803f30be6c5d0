#pragma once
// What of a model's versions need not be kept: their graphs, their reference rows, and their answers to the rows that
// judged them. The journal keeps every version's record for ever; only the blobs go. Beside them: labels of predictions
// that are no longer kept.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "feedback/label_log.hpp"
#include "lifecycle/control_state.hpp"
#include "storage/blob_store.hpp"

namespace perennial::lifecycle {

struct Retention {
  struct Blob {
    std::optional<VersionNumber> version;  ///< nothing: a graph that was made elsewhere and never became one
    std::string what;                      ///< "graph", "reference rows" or "held-out answers"
    std::string digest;
    std::uint64_t bytes = 0;
  };
  std::vector<Blob> blobs;               ///< that are there and may go; by version, then graphs without one
  std::vector<VersionNumber> collected;  ///< whose collection the journal does not know of yet
  feedback::LabelsTrimmed labels;        ///< plan_retention() leaves it empty: see label_retention()
  std::uint64_t bytes() const;           ///< of the blobs
};

/// Pure. `stored` is what the blob store holds. Goes by Registry::collectable; a blob stays where a kept version,
/// another model's version, or a graph that waits to be judged has the same bytes. A graph that was made elsewhere goes
/// when its judgement has ended and no version came of it. Other blobs that no version names are left alone: they may
/// belong to one that is being registered.
Retention plan_retention(const ControlState& state, const std::vector<storage::BlobStore::Entry>& stored,
                         const std::string& model, std::size_t keep);

/// Which segments of the label log would go by themselves at the next turn of a server, by what is on disk. `folder`:
/// the model's feedback_folder().
Result<feedback::LabelsTrimmed> label_retention(storage::Files& files, const std::string& folder);

/// {"model", "dry_run", "keep", "versions": [those whose blobs go], "blobs": [{"version"|null, "what", "digest",
/// "bytes"}], "bytes": of the blobs, "labels": {"segments", "bytes"}}
Json to_json(const Retention& retention, const std::string& model, std::size_t keep, bool dry_run);

}  // namespace perennial::lifecycle
