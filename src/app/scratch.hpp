#pragma once
// A folder that is gone when its owner is.

#include <filesystem>
#include <memory>
#include <string>

#include "core/result.hpp"

namespace perennial::app {

class ScratchDirectory {
 public:
  /// Under TMPDIR (or /tmp), mode 0700. Error: io.
  static Result<std::unique_ptr<ScratchDirectory>> make(const std::string& purpose);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

/// perennial-trainer beside our own executable. Error: not_found.
Result<std::string> trainer_path();
/// perennial-scorer beside the trainer. Error: not_found.
Result<std::string> scorer_path();

}  // namespace perennial::app
