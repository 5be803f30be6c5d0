#pragma once
// What of a model's versions need not be kept: their graphs, their reference rows, and their answers to the rows that
// judged them. The journal keeps every version's record for ever; only the blobs go.

#include <cstdint>
#include <string>
#include <vector>

#include "lifecycle/control_state.hpp"
#include "storage/blob_store.hpp"

namespace perennial::lifecycle {

struct Retention {
  struct Blob {
    VersionNumber version;
    std::string what;  ///< "graph", "reference rows" or "held-out answers"
    std::string digest;
    std::uint64_t bytes = 0;
  };
  std::vector<Blob> blobs;               ///< that are there and may go; by version
  std::vector<VersionNumber> collected;  ///< whose collection the journal does not know of yet
  std::uint64_t bytes() const;
};

/// Pure. `stored` is what the blob store holds. Goes by Registry::collectable; a blob stays where a kept version,
/// another model's version, or a graph that waits to be judged has the same bytes. Blobs that no version names are left
/// alone: they may belong to one that is being registered.
Retention plan_retention(const ControlState& state, const std::vector<storage::BlobStore::Entry>& stored,
                         const std::string& model, std::size_t keep);

/// {"model", "dry_run", "keep", "versions": [those whose blobs go], "blobs": [{"version", "what", "digest", "bytes"}],
///  "bytes"}
Json to_json(const Retention& retention, const std::string& model, std::size_t keep, bool dry_run);

}  // namespace perennial::lifecycle
