#include "storage/blob_store.hpp"

#include <algorithm>

#include "core/hash.hpp"

namespace perennial::storage {

bool is_digest(std::string_view text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<BlobStore> BlobStore::open(Files& files, Path directory) {
  TRY(files.make_dirs(directory));
  return BlobStore(files, std::move(directory));
}

Result<Path> BlobStore::path_of(std::string_view digest) const {
  if (!is_digest(digest))
    return fail(ErrorCode::invalid, "not the digest of an artifact", {}, "64 lower-case hexadecimal digits");
  return directory_ / std::string(digest.substr(0, 2)) / std::string(digest);
}

Result<std::string> BlobStore::put(std::string_view bytes) {
  std::string digest = sha256_hex(bytes);
  ASSIGN_OR_RETURN(const Path path, path_of(digest));
  ASSIGN_OR_RETURN(const bool there, files_->exists(path));
  if (there) {
    auto stored = files_->read_all(path);
    if (stored && *stored == bytes) return digest;
  }
  TRY(files_->make_dirs(path.parent_path()));
  TRY(files_->write_atomic(path, bytes));
  return digest;
}

Result<std::string> BlobStore::get(std::string_view digest) const {
  ASSIGN_OR_RETURN(const Path path, path_of(digest));
  auto bytes = files_->read_all(path);
  if (!bytes && bytes.error().code == ErrorCode::not_found)
    return fail(ErrorCode::not_found, "the artifact " + std::string(digest) + " is not stored");
  if (!bytes) return bytes;
  if (const auto actual = sha256_hex(*bytes); actual != digest)
    return fail(ErrorCode::corrupt,
                "the artifact " + std::string(digest) + " is damaged: its bytes have the digest " + actual,
                path.string(), "restore it from a backup or train again; it is not served");
  return bytes;
}

Result<bool> BlobStore::exists(std::string_view digest) const {
  ASSIGN_OR_RETURN(const Path path, path_of(digest));
  return files_->exists(path);
}

Status BlobStore::remove(std::string_view digest) {
  ASSIGN_OR_RETURN(const Path path, path_of(digest));
  ASSIGN_OR_RETURN(const bool there, files_->exists(path));
  return there ? files_->remove(path) : Status{};
}

Result<std::vector<BlobStore::Entry>> BlobStore::list() const {
  std::vector<Entry> blobs;
  ASSIGN_OR_RETURN(const auto shelves, files_->list(directory_));
  for (const auto& shelf : shelves) {
    if (!shelf.is_directory) continue;
    ASSIGN_OR_RETURN(const auto entries, files_->list(directory_ / shelf.name));
    for (const auto& entry : entries)
      if (!entry.is_directory && is_digest(entry.name) && entry.name.starts_with(shelf.name))
        blobs.push_back({entry.name, entry.bytes});
  }
  return blobs;
}

}  // namespace perennial::storage
