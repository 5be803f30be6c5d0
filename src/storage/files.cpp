#include "storage/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

namespace perennial::storage {
namespace {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

Descriptor open_file(const Path& path, int flags, mode_t mode = 0600) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

std::unexpected<Error> failed(std::string_view doing, const Path& path) {
  return std::unexpected(disk_error(errno, doing, path));
}

Status write_fully(int fd, std::string_view bytes, const Path& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Status sync_directory(const Path& directory) {
  const auto fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (!fd) return failed("open", directory);
  if (::fsync(fd.get()) != 0) return failed("sync", directory);
  return {};
}

Path parent_of(const Path& path) { return path.has_parent_path() ? path.parent_path() : Path("."); }

class RealAppendFile final : public AppendFile {
 public:
  RealAppendFile(Descriptor fd, Path path, std::uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Status append(std::string_view bytes) override {
    TRY(write_fully(fd_.get(), bytes, path_));
    size_ += bytes.size();
    return {};
  }
  Status sync() override {
    if (::fdatasync(fd_.get()) != 0) return failed("sync", path_);
    return {};
  }
  std::uint64_t size() const override { return size_; }
  Status truncate(std::uint64_t size) override {
    if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return failed("truncate", path_);
    size_ = size;
    return {};
  }

 private:
  Descriptor fd_;
  Path path_;
  std::uint64_t size_;
};

class RealDirectoryLock final : public DirectoryLock {
 public:
  explicit RealDirectoryLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;
};

}  // namespace

Error disk_error(int error_number, std::string_view doing, const Path& path) {
  Error error;
  error.what = fmt::format("cannot {}: {}", doing, std::strerror(error_number));
  error.where = path.string();
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      error.code = ErrorCode::disk_full;
      error.hint = "free some space on this disk or raise the quota, then try again";
      break;
    case ENOENT: error.code = ErrorCode::not_found; break;
    default: error.code = ErrorCode::io; break;
  }
  return error;
}

Result<std::string> RealFiles::read_all(const Path& path, std::uint64_t most) {
  const auto fd = open_file(path, O_RDONLY);
  if (!fd) return failed("open", path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return failed("look at", path);
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid, "not a regular file", path.string());
  const auto too_large = [&] {
    return fail(ErrorCode::too_large, fmt::format("the file has more than {} bytes", most), path.string());
  };
  if (static_cast<std::uint64_t>(info.st_size) > most) return too_large();
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t n = ::read(fd.get(), bytes.data() + have, bytes.size() - have);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("read", path);
    if (n == 0) break;
    have += static_cast<std::size_t>(n);
  }
  bytes.resize(have);
  return bytes;
}

Status RealFiles::write_atomic(const Path& path, std::string_view bytes) {
  static std::atomic<std::uint64_t> counter = 0;
  const Path directory = parent_of(path);
  Path temporary;
  Descriptor fd;
  // A crashed process with our pid may have left a file of this name: O_EXCL refuses it, the next number is free.
  for (int tries = 0; tries < 100; ++tries) {
    temporary = directory / fmt::format(".{}.{}.tmp", ::getpid(), counter.fetch_add(1));
    const int raw = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (raw >= 0) {
      fd = Descriptor(raw);
      break;
    }
    if (errno != EEXIST && errno != EINTR) return failed("create a file in", directory);
  }
  if (!fd) return fail(ErrorCode::io, "cannot find a free temporary name", directory.string());
  const auto give_up = [&](Status status) {
    ::unlink(temporary.c_str());
    return status;
  };
  if (auto status = write_fully(fd.get(), bytes, path); !status) return give_up(std::move(status));
  if (::fsync(fd.get()) != 0) return give_up(failed("sync", path));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(failed("rename to", path));
  return sync_directory(directory);
}

Result<std::unique_ptr<AppendFile>> RealFiles::open_append(const Path& path) {
  auto fd = open_file(path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  if (!fd && errno == ENOENT) {
    fd = open_file(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW);
    if (!fd) return failed("create", path);
    // A file whose name may not last is none: the next try makes it, and syncs its folder, again.
    if (Status synced = sync_directory(parent_of(path)); !synced) {
      (void)::unlink(path.c_str());
      return std::unexpected(std::move(synced).error());
    }
  }
  if (!fd) return failed("open", path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return failed("look at", path);
  return std::make_unique<RealAppendFile>(std::move(fd), path, static_cast<std::uint64_t>(info.st_size));
}

Status RealFiles::overwrite_in_place(const Path& path, std::uint64_t offset, std::string_view bytes) {
  const auto fd = open_file(path, O_WRONLY | O_NOFOLLOW);
  if (!fd) return failed("open", path);
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return failed("look at", path);
  if (offset + bytes.size() > static_cast<std::uint64_t>(info.st_size))
    return fail(ErrorCode::invalid, "overwriting beyond the end of the file", path.string());
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("overwrite", path);
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  if (::fdatasync(fd.get()) != 0) return failed("sync", path);
  return {};
}

Result<std::vector<DirectoryEntry>> RealFiles::list(const Path& directory) {
  std::error_code error;
  std::vector<DirectoryEntry> entries;
  auto it = std::filesystem::directory_iterator(directory, error);
  for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
    struct stat info{};
    // Another thread may remove a temporary file between the listing and this look.
    if (::lstat(it->path().c_str(), &info) != 0) continue;
    entries.push_back(
        {it->path().filename().string(), S_ISDIR(info.st_mode), static_cast<std::uint64_t>(info.st_size)});
  }
  if (error) return std::unexpected(disk_error(error.value(), "list", directory));
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

Status RealFiles::remove(const Path& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return failed("remove", path);
  }
  return sync_directory(parent_of(path));
}

Status RealFiles::make_dirs(const Path& directory) {
  Path made;
  for (const auto& part : directory.lexically_normal()) {
    if (part.empty()) continue;
    const Path parent = made.empty() ? Path(".") : made;
    made /= part;
    if (::mkdir(made.c_str(), 0700) == 0) {
      if (Status synced = sync_directory(parent); !synced) {
        (void)::rmdir(made.c_str());
        return synced;
      }
      continue;
    }
    if (errno != EEXIST) return failed("create the directory", made);
    struct stat info{};
    if (::stat(made.c_str(), &info) != 0) return failed("look at", made);
    if (!S_ISDIR(info.st_mode)) return fail(ErrorCode::io, "is a file, a directory is needed", made.string());
  }
  return {};
}

Result<bool> RealFiles::exists(const Path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return failed("look at", path);
}

Result<std::unique_ptr<DirectoryLock>> RealFiles::lock(const Path& directory) {
  const Path path = directory / "LOCK";
  auto fd = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!fd) return failed("open", path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return failed("lock", path);
    char text[32] = {};
    const ssize_t n = ::pread(fd.get(), text, sizeof text - 1, 0);
    long pid = 0;
    if (n > 0) std::from_chars(text, text + n, pid);
    return fail(ErrorCode::conflict,
                pid > 0 ? fmt::format("the data directory is in use by process {}", pid)
                        : std::string("the data directory is in use by another process"),
                directory.string(), "stop that process, or use another --data-dir");
  }
  // The pid is for people only: the lock is what counts, so that a full disk does not keep the server from starting.
  if (::ftruncate(fd.get(), 0) == 0) {
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::pwrite(fd.get(), pid.data(), pid.size(), 0) < 0 && errno != ENOSPC && errno != EDQUOT)
      return failed("write", path);
  }
  return std::make_unique<RealDirectoryLock>(std::move(fd));
}

}  // namespace perennial::storage
