#pragma once
// The seam for the disk. Everything that the product stores goes through a Files, so that tests can fail the n-th
// operation or lose what was not synced. SQLite is the one exception: it has its own, equally strict, file layer.
//
// Names are chosen by the caller from digests, numbers and constants; text of users never becomes a path.
// Errors: ENOSPC, EDQUOT and EFBIG are disk_full, ENOENT is not_found, all others io. `where` names the file.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace perennial::storage {

using Path = std::filesystem::path;

/// The error of a failed system call; `doing` is a verb phrase such as "write".
Error disk_error(int error_number, std::string_view doing, const Path& path);

/// A file that grows at its end. Not thread-safe. Closing does not sync.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  /// Writes all bytes or fails; after a failure the end of the file is not known: truncate() or give up.
  virtual Status append(std::string_view bytes) = 0;
  /// fdatasync. After a failure the kernel may have dropped the pages: never call again and believe it.
  virtual Status sync() = 0;
  virtual std::uint64_t size() const = 0;
  virtual Status truncate(std::uint64_t size) = 0;
};

/// An exclusive lock on a directory; released by the destructor and by the end of the process.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

struct DirectoryEntry {
  std::string name;  ///< without the directory
  bool is_directory = false;
  std::uint64_t bytes = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  /// The whole file; too_large beyond `most` bytes.
  virtual Result<std::string> read_all(const Path& path, std::uint64_t most = 4ull << 30) = 0;
  /// Replaces or creates a file so that a crash leaves the old bytes or the new ones: a temporary file (O_EXCL, 0600)
  /// beside it, write, fsync, rename, fsync of the directory. Durable on return. No temporary file is left on failure.
  virtual Status write_atomic(const Path& path, std::string_view bytes) = 0;
  /// Opens (creating it with mode 0600, its name synced) a file for appending.
  virtual Result<std::unique_ptr<AppendFile>> open_append(const Path& path) = 0;
  /// Overwrites bytes that exist already and syncs them; it never makes the file longer (invalid).
  virtual Status overwrite_in_place(const Path& path, std::uint64_t offset, std::string_view bytes) = 0;
  /// Sorted by name. not_found where there is no such directory.
  virtual Result<std::vector<DirectoryEntry>> list(const Path& directory) = 0;
  /// A file that is not there is not an error. The removal is synced.
  virtual Status remove(const Path& path) = 0;
  /// Creates the directory and its parents with mode 0700, durably.
  virtual Status make_dirs(const Path& directory) = 0;
  virtual Result<bool> exists(const Path& path) = 0;
  /// Takes `directory`/LOCK by flock and writes our pid into it. conflict, naming the other's pid, where it is taken.
  virtual Result<std::unique_ptr<DirectoryLock>> lock(const Path& directory) = 0;
};

/// The machine's disk. Stateless and thread-safe.
class RealFiles final : public Files {
 public:
  Result<std::string> read_all(const Path& path, std::uint64_t most = 4ull << 30) override;
  Status write_atomic(const Path& path, std::string_view bytes) override;
  Result<std::unique_ptr<AppendFile>> open_append(const Path& path) override;
  Status overwrite_in_place(const Path& path, std::uint64_t offset, std::string_view bytes) override;
  Result<std::vector<DirectoryEntry>> list(const Path& directory) override;
  Status remove(const Path& path) override;
  Status make_dirs(const Path& directory) override;
  Result<bool> exists(const Path& path) override;
  Result<std::unique_ptr<DirectoryLock>> lock(const Path& directory) override;
};

}  // namespace perennial::storage
