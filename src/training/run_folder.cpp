#include "training/run_folder.hpp"

#include <algorithm>

namespace perennial::training {
namespace {

/// Keys become file names, so nothing but a digest may be one.
bool is_digest(const std::string& key) {
  return key.size() == 64 &&
         std::all_of(key.begin(), key.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<std::unique_ptr<RunFolder>> RunFolder::open(storage::Files& files, const storage::Path& folder,
                                                   std::uint64_t most_bytes) {
  TRY(files.make_dirs(folder));
  ASSIGN_OR_RETURN(const auto entries, files.list(folder));
  std::uint64_t bytes = 0;
  for (const auto& entry : entries) bytes += entry.bytes;
  return std::unique_ptr<RunFolder>(new RunFolder(files, folder, most_bytes, bytes));
}

std::optional<std::string> RunFolder::get(const std::string& key) {
  if (!is_digest(key)) return std::nullopt;
  auto bytes = files_->read_all(folder_ / key, most_bytes_);
  if (!bytes) return std::nullopt;
  const std::lock_guard lock(mutex_);
  ++found_;
  return std::move(*bytes);
}

void RunFolder::put(const std::string& key, const std::string& bytes) {
  if (!is_digest(key)) return;
  {
    const std::lock_guard lock(mutex_);
    if (bytes.size() > most_bytes_ || bytes_ > most_bytes_ - bytes.size()) return;
    bytes_ += bytes.size();
  }
  const bool written = files_->write_atomic(folder_ / key, bytes).has_value();
  const std::lock_guard lock(mutex_);
  if (written) ++made_;
  else bytes_ -= bytes.size();
}

std::uint64_t RunFolder::found() const {
  const std::lock_guard lock(mutex_);
  return found_;
}

std::uint64_t RunFolder::made() const {
  const std::lock_guard lock(mutex_);
  return made_;
}

}  // namespace perennial::training
