#include "storage/blob_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/hash.hpp"
#include "storage/faulty_files.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::FaultyFiles;
using test::TemporaryDirectory;
using ::testing::HasSubstr;

TEST(BlobStore, bytes_come_back_under_the_digest_of_their_content) {
  TemporaryDirectory dir;
  RealFiles files;
  auto store = BlobStore::open(files, dir / "blobs").value();
  const std::string bytes("\0model\xff", 7);
  const auto digest = store.put(bytes).value();
  EXPECT_EQ(digest, sha256_hex(bytes));
  EXPECT_EQ(store.get(digest).value(), bytes);
  EXPECT_EQ(store.put(bytes).value(), digest) << "putting again changes nothing";
  EXPECT_EQ(store.put("").value(), sha256_hex(""));
  ASSERT_EQ(store.list().value().size(), 2u);
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "blobs" / digest.substr(0, 2) / digest));
  ASSERT_TRUE(store.remove(digest));
  ASSERT_TRUE(store.remove(digest));
  EXPECT_FALSE(store.exists(digest).value());
  EXPECT_EQ(store.get(digest).error().code, ErrorCode::not_found);
}

TEST(BlobStore, a_flipped_bit_anywhere_is_found_and_named) {
  TemporaryDirectory dir;
  RealFiles files;
  auto store = BlobStore::open(files, dir.path()).value();
  const std::string bytes = "0123456789abcdef";
  const auto digest = store.put(bytes).value();
  const auto path = store.path_of(digest).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    std::ofstream(path, std::ios::binary) << damaged;
    const auto got = store.get(digest);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::corrupt);
    EXPECT_THAT(got.error().what, HasSubstr(digest));
  }
  std::ofstream(path, std::ios::binary) << "short";
  EXPECT_EQ(store.get(digest).error().code, ErrorCode::corrupt);
  ASSERT_TRUE(store.put(bytes)) << "a damaged blob is replaced by a good one";
  EXPECT_EQ(store.get(digest).value(), bytes);
}

TEST(BlobStore, only_digests_are_names) {
  TemporaryDirectory dir;
  RealFiles files;
  auto store = BlobStore::open(files, dir.path()).value();
  for (const std::string name : {"", "..", "../../etc/passwd", "/etc/passwd", "abc"})
    EXPECT_EQ(store.get(name).error().code, ErrorCode::invalid) << name;
  std::string digest(64, 'a');
  digest[1] = '/';
  EXPECT_FALSE(store.get(digest));
  EXPECT_FALSE(store.remove(std::string(64, 'A'))) << "upper case would give two names to one blob";
  EXPECT_FALSE(store.exists(std::string(65, 'a')));
}

TEST(BlobStore, a_failing_disk_never_leaves_a_wrong_blob) {
  for (const int error : {ENOSPC, EIO})
    for (int n = 1; n < 20; ++n) {
      TemporaryDirectory dir;
      FaultyFiles files;
      auto store = BlobStore::open(files, dir / "blobs").value();
      files.operations = 0;
      files.fail_at = n;
      files.error_number = error;
      const auto digest = store.put("content");
      if (digest) {
        EXPECT_EQ(store.get(*digest).value(), "content");
        break;
      }
      EXPECT_EQ(digest.error().code, error == ENOSPC ? ErrorCode::disk_full : ErrorCode::io);
      EXPECT_TRUE(store.list().value().empty());
      EXPECT_TRUE(store.put("content")) << "it works once the disk does";
    }
}

}  // namespace
}  // namespace perennial::storage
