#pragma once
// Content-addressed artifacts: the name of a blob is the SHA-256 of its bytes, so a blob never changes and no text of
// a user becomes a path. Layout: <directory>/ab/abcdef… (64 hex digits). Thread-safe as far as its Files is.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/files.hpp"

namespace perennial::storage {

/// True for exactly 64 lower-case hex digits.
bool is_digest(std::string_view text);

class BlobStore {
 public:
  struct Entry {
    std::string digest;
    std::uint64_t bytes = 0;
  };

  /// Creates the directory. `files` must outlive the store.
  static Result<BlobStore> open(Files& files, Path directory);

  /// Durable on return: the bytes are synced before they have their name. Putting the same bytes again changes
  /// nothing, unless the stored ones are damaged: then they are replaced. Returns the digest.
  Result<std::string> put(std::string_view bytes);
  /// Errors: invalid (not a digest), not_found, corrupt (the bytes do not have this digest any more).
  Result<std::string> get(std::string_view digest) const;
  Result<bool> exists(std::string_view digest) const;
  /// One that is not there is not an error.
  Status remove(std::string_view digest);
  /// Sorted by digest; files that are not blobs are left out.
  Result<std::vector<Entry>> list() const;
  /// The file of a blob, for those who must hand a name to another process. It may not exist. Error: invalid.
  Result<Path> path_of(std::string_view digest) const;

 private:
  BlobStore(Files& files, Path directory) : files_(&files), directory_(std::move(directory)) {}
  Files* files_;
  Path directory_;
};

}  // namespace perennial::storage
