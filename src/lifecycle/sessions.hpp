#pragma once
// Loaded versions by artifact digest. Keeps champions, challengers and rollback targets warm; forgets the rest.

#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/result.hpp"
#include "core/version.hpp"
#include "inference/child_scorer.hpp"
#include "inference/session.hpp"
#include "storage/blob_store.hpp"

namespace perennial::lifecycle {

/// Owned by the loop; not thread-safe. What it hands out is shared and thread-safe.
class Sessions {
 public:
  /// `scorer` is the path of perennial-scorer.
  Sessions(storage::BlobStore& blobs, std::string scorer) : blobs_(&blobs), scorer_(std::move(scorer)) {}

  /// A version of our own trainer is loaded in this process, where it is not loaded yet. A foreign one is given to a
  /// process of its own, and is loading when this returns. Errors: not_found, corrupt (the digest is verified),
  /// invalid; they are remembered as the version's problem().
  Result<std::shared_ptr<const inference::Scorer>> get(const ModelVersion& version);
  /// Puts new bytes of our own trainer durably into the blob store and loads them.
  Status add(const std::string& bytes);
  /// Why a version that get() was asked for does not answer; empty where it does, or was not asked for.
  std::string problem(const std::string& digest) const;
  /// Forgets all but these.
  void keep_only(const std::set<std::string>& digests);
  std::size_t loaded() const { return scorers_.size(); }

 private:
  Result<std::shared_ptr<const inference::Scorer>> load(const ModelVersion& version);

  storage::BlobStore* blobs_;
  std::string scorer_;
  std::map<std::string, std::shared_ptr<const inference::Scorer>> scorers_;
  std::map<std::string, std::string> not_loaded_;  ///< digest → why
};

}  // namespace perennial::lifecycle
