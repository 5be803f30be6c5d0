#pragma once
// A disk that can be made full, or slow to sync.

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "storage/files.hpp"

namespace perennial::feedback::testing {

class FailingFiles : public storage::Files {
 public:
  void set_full(bool full) { full_ = full; }
  void fail_syncs(bool fail) { fail_syncs_ = fail; }
  void hold_syncs() {
    const std::lock_guard lock(mutex_);
    hold_ = true;
  }
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_; });
  }
  void release_syncs() {
    const std::lock_guard lock(mutex_);
    hold_ = false;
    changed_.notify_all();
  }
  int syncs() const { return syncs_; }

  Result<std::string> read_all(const storage::Path& path, std::uint64_t most) override {
    return real_.read_all(path, most);
  }
  Status write_atomic(const storage::Path& path, std::string_view bytes) override {
    return real_.write_atomic(path, bytes);
  }
  Result<std::unique_ptr<storage::AppendFile>> open_append(const storage::Path& path) override {
    ASSIGN_OR_RETURN(auto file, real_.open_append(path));
    return std::make_unique<File>(*this, std::move(file), path);
  }
  Status overwrite_in_place(const storage::Path& path, std::uint64_t offset, std::string_view bytes) override {
    return real_.overwrite_in_place(path, offset, bytes);
  }
  Result<std::vector<storage::DirectoryEntry>> list(const storage::Path& directory) override {
    return real_.list(directory);
  }
  Status remove(const storage::Path& path) override { return real_.remove(path); }
  Status make_dirs(const storage::Path& directory) override { return real_.make_dirs(directory); }
  Result<bool> exists(const storage::Path& path) override { return real_.exists(path); }
  Result<std::unique_ptr<storage::DirectoryLock>> lock(const storage::Path& directory) override {
    return real_.lock(directory);
  }

 private:
  class File final : public storage::AppendFile {
   public:
    File(FailingFiles& all, std::unique_ptr<storage::AppendFile> file, storage::Path path)
        : all_(all), file_(std::move(file)), path_(std::move(path)) {}
    Status append(std::string_view bytes) override {
      if (!all_.full_) return file_->append(bytes);
      // A real disk takes a part before it is full.
      (void)file_->append(bytes.substr(0, bytes.size() / 2));
      return std::unexpected(storage::disk_error(ENOSPC, "write", path_));
    }
    Status sync() override {
      {
        std::unique_lock lock(all_.mutex_);
        all_.held_ = all_.hold_;
        all_.changed_.notify_all();
        all_.changed_.wait(lock, [&] { return !all_.hold_; });
        all_.held_ = false;
      }
      ++all_.syncs_;
      if (all_.fail_syncs_) return std::unexpected(storage::disk_error(EIO, "sync", path_));
      return file_->sync();
    }
    std::uint64_t size() const override { return file_->size(); }
    Status truncate(std::uint64_t size) override { return file_->truncate(size); }

   private:
    FailingFiles& all_;
    std::unique_ptr<storage::AppendFile> file_;
    storage::Path path_;
  };

  storage::RealFiles real_;
  std::atomic<bool> full_{false};
  std::atomic<bool> fail_syncs_{false};
  std::atomic<int> syncs_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hold_ = false;
  bool held_ = false;
};

}  // namespace perennial::feedback::testing
