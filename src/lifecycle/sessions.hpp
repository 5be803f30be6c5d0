#pragma once
// Loaded versions by artifact digest. Keeps champions, challengers and rollback targets warm; forgets the rest.

#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/result.hpp"
#include "inference/session.hpp"
#include "storage/blob_store.hpp"

namespace perennial::lifecycle {

/// Owned by the loop; not thread-safe. The sessions themselves are shared and thread-safe.
class Sessions {
 public:
  explicit Sessions(storage::BlobStore& blobs) : blobs_(&blobs) {}

  /// Loads from the blob store where it is not loaded yet. Errors: not_found, corrupt (the digest is verified),
  /// invalid.
  Result<std::shared_ptr<const inference::Session>> get(const std::string& digest);
  /// Puts new bytes durably into the blob store and loads them.
  Result<std::shared_ptr<const inference::Session>> add(const std::string& bytes);
  /// Forgets all sessions but these.
  void keep_only(const std::set<std::string>& digests);
  std::size_t loaded() const { return sessions_.size(); }

 private:
  storage::BlobStore* blobs_;
  std::map<std::string, std::shared_ptr<const inference::Session>> sessions_;
};

}  // namespace perennial::lifecycle
