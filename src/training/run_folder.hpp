#pragma once
// Trained models in a folder, named by what they were trained from, so that several loops share them.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "storage/files.hpp"
#include "training/run.hpp"

namespace perennial::training {

/// Trained models that loops share in one folder.
inline constexpr std::uint64_t run_folder_bytes = 4ull << 30;

/// One file per run, named by its key (a digest). Thread-safe; several processes may use one folder. What cannot be
/// read or written only costs a training; run() checks the digest of what it is given back.
class RunFolder final : public RunCache {
 public:
  /// Makes the folder where it is not there. `most_bytes`: nothing is added beyond it. Errors: io, disk_full.
  static Result<std::unique_ptr<RunFolder>> open(storage::Files& files, const storage::Path& folder,
                                                 std::uint64_t most_bytes = run_folder_bytes);

  std::optional<std::string> get(const std::string& key) override;
  void put(const std::string& key, const std::string& bytes) override;

  std::uint64_t found() const;  ///< get() calls that gave something
  std::uint64_t made() const;   ///< put() calls that stored something

 private:
  RunFolder(storage::Files& files, storage::Path folder, std::uint64_t most_bytes, std::uint64_t bytes)
      : files_(&files), folder_(std::move(folder)), most_bytes_(most_bytes), bytes_(bytes) {}

  storage::Files* files_;
  storage::Path folder_;
  std::uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_;  // guarded by mutex_, as the next two
  std::uint64_t found_ = 0;
  std::uint64_t made_ = 0;
};

}  // namespace perennial::training
