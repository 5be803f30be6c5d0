#pragma once
// A disk that fails on demand: the n-th operation that changes something fails once or for ever, half-way through its
// bytes; and the power can go, which loses what was appended and not synced.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "storage/files.hpp"

namespace perennial::test {

class FaultyFiles final : public storage::Files {
 public:
  using Path = storage::Path;

  int operations = 0;  ///< changing operations so far
  int syncs = 0;
  int fail_at = 0;        ///< fails this one, counted from 1; 0: none
  bool for_ever = false;  ///< and all after it
  int error_number = EIO;
  bool only_syncs = false;      ///< counts syncs of append files only
  std::uint64_t torn_at = 300;  ///< bytes of a failing overwrite that reach the disk

  /// Every append file is cut back to what was synced, plus `kept` bytes of what was not.
  void lose_power(std::uint64_t kept = 0) {
    for (const auto& [path, synced] : synced_) {
      std::error_code error;
      const auto size = std::filesystem::file_size(path, error);
      if (!error && size > synced + kept) std::filesystem::resize_file(path, synced + kept);
    }
  }

  bool fails(bool is_sync = false) {
    ++operations;
    if (is_sync) ++syncs;
    const int count = only_syncs ? syncs : operations;
    if (only_syncs && !is_sync) return false;
    return fail_at > 0 && (for_ever ? count >= fail_at : count == fail_at);
  }
  std::unexpected<Error> error(const Path& path) const {
    return std::unexpected(storage::disk_error(error_number, "work", path));
  }

  Result<std::string> read_all(const Path& path, std::uint64_t most) override { return real_.read_all(path, most); }
  Status write_atomic(const Path& path, std::string_view bytes) override {
    if (fails()) return error(path);
    return real_.write_atomic(path, bytes);
  }
  Result<std::unique_ptr<storage::AppendFile>> open_append(const Path& path) override {
    if (fails()) return error(path);
    std::ofstream(path, std::ios::app | std::ios::binary);
    ASSIGN_OR_RETURN(auto file, real_.open_append(path));
    synced_.try_emplace(path, file->size());
    return std::make_unique<File>(*this, path, std::move(file));
  }
  Status overwrite_in_place(const Path& path, std::uint64_t offset, std::string_view bytes) override {
    if (fails()) {
      TRY(real_.overwrite_in_place(path, offset, bytes.substr(0, torn_at)));
      return error(path);
    }
    return real_.overwrite_in_place(path, offset, bytes);
  }
  Result<std::vector<storage::DirectoryEntry>> list(const Path& directory) override { return real_.list(directory); }
  Status remove(const Path& path) override {
    if (fails()) return error(path);
    synced_.erase(path);
    return real_.remove(path);
  }
  Status make_dirs(const Path& directory) override {
    if (fails()) return error(directory);
    return real_.make_dirs(directory);
  }
  Result<bool> exists(const Path& path) override { return real_.exists(path); }
  Result<std::unique_ptr<storage::DirectoryLock>> lock(const Path& directory) override { return real_.lock(directory); }

 private:
  class File final : public storage::AppendFile {
   public:
    File(FaultyFiles& disk, Path path, std::unique_ptr<AppendFile> real)
        : disk_(disk), path_(std::move(path)), real_(std::move(real)) {}
    Status append(std::string_view bytes) override {
      if (disk_.fails()) {
        TRY(real_->append(bytes.substr(0, bytes.size() / 2)));
        return disk_.error(path_);
      }
      return real_->append(bytes);
    }
    Status sync() override {
      if (disk_.fails(true)) return disk_.error(path_);
      // What is durable is decided by lose_power(): the machine's own disk need not be waited for.
      disk_.synced_[path_] = real_->size();
      return {};
    }
    std::uint64_t size() const override { return real_->size(); }
    Status truncate(std::uint64_t size) override {
      if (disk_.fails()) return disk_.error(path_);
      return real_->truncate(size);
    }

   private:
    FaultyFiles& disk_;
    Path path_;
    std::unique_ptr<AppendFile> real_;
  };

  storage::RealFiles real_;
  std::map<Path, std::uint64_t> synced_;
};

}  // namespace perennial::test
