#include "storage/override_slot.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/limits.hpp"
#include "storage/faulty_files.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::FaultyFiles;
using test::TemporaryDirectory;

PendingOverride pending(const std::string& model, std::uint32_t patch) {
  return {
      model, {1, 2, patch}, parse_time("2026-11-21T12:00:00.000001Z").value(), "latency_ms_p99 210 > 200", 41 + patch};
}

TEST(OverrideSlot, remembers_every_field_over_a_restart) {
  TemporaryDirectory dir;
  RealFiles files;
  {
    auto slot = OverrideSlot::open(files, dir / "override.slot").value();
    EXPECT_TRUE(slot.read().empty());
    ASSERT_TRUE(slot.write(pending("turbofan", 1)));
    ASSERT_TRUE(slot.write(pending("flights", 2)));
    ASSERT_TRUE(slot.write(pending("turbofan", 3)));
  }
  auto slot = OverrideSlot::open(files, dir / "override.slot").value();
  ASSERT_EQ(slot.read().size(), 2u);
  EXPECT_EQ(slot.read()[0].model, "flights");
  const auto& turbofan = slot.read()[1];
  EXPECT_EQ(turbofan.version_to, (VersionNumber{1, 2, 3}));
  EXPECT_EQ(turbofan.at, pending("", 0).at);
  EXPECT_EQ(turbofan.reason, "latency_ms_p99 210 > 200");
  EXPECT_EQ(turbofan.seq, 44u);
  ASSERT_TRUE(slot.clear("turbofan"));
  ASSERT_TRUE(slot.clear("turbofan"));
  EXPECT_EQ(OverrideSlot::open(files, dir / "override.slot").value().read().size(), 1u);
}

TEST(OverrideSlot, the_file_never_changes_its_size) {
  TemporaryDirectory dir;
  RealFiles files;
  auto slot = OverrideSlot::open(files, dir / "s").value();
  EXPECT_EQ(std::filesystem::file_size(dir / "s"), 8192u);
  const std::string longest(limits::name_bytes, 'm');
  auto record = pending(longest, 1);
  record.reason = std::string(500, 'r');
  ASSERT_TRUE(slot.write(record));
  for (std::uint32_t i = 1; i < override_slot_records; ++i)
    ASSERT_TRUE(slot.write(pending("m" + std::to_string(i), i)));
  EXPECT_EQ(slot.write(pending("one too many", 1)).error().code, ErrorCode::too_large);
  ASSERT_TRUE(slot.write(pending("m1", 9))) << "a model that is there already always fits";
  EXPECT_EQ(std::filesystem::file_size(dir / "s"), 8192u);
  const auto again = OverrideSlot::open(files, dir / "s").value();
  ASSERT_EQ(again.read().size(), override_slot_records);
  EXPECT_EQ(again.read().back().model, longest);
  EXPECT_EQ(again.read().back().reason, std::string(90, 'r'));
}

TEST(OverrideSlot, a_torn_write_leaves_the_earlier_state) {
  TemporaryDirectory dir;
  FaultyFiles files;
  auto slot = OverrideSlot::open(files, dir / "s").value();
  ASSERT_TRUE(slot.write(pending("a", 1)));
  files.fail_at = files.operations + 1;
  EXPECT_FALSE(slot.write(pending("a", 2)));
  EXPECT_EQ(slot.read()[0].version_to.patch, 1u);
  EXPECT_EQ(OverrideSlot::open(files, dir / "s").value().read()[0].version_to.patch, 1u);
  ASSERT_TRUE(slot.write(pending("a", 3))) << "the next write repairs the torn copy";
  EXPECT_EQ(OverrideSlot::open(files, dir / "s").value().read()[0].version_to.patch, 3u);
}

TEST(OverrideSlot, a_write_torn_at_any_byte_gives_the_old_state_or_the_new_one) {
  TemporaryDirectory dir;
  RealFiles files;
  auto slot = OverrideSlot::open(files, dir / "s").value();
  ASSERT_TRUE(slot.write(pending("a", 1)));
  const auto before = files.read_all(dir / "s").value();
  ASSERT_TRUE(slot.write(pending("a", 2)));
  const auto after = files.read_all(dir / "s").value();
  const auto first = static_cast<std::size_t>(std::ranges::mismatch(before, after).in1 - before.begin());
  for (std::size_t cut = first & ~4095ul; cut <= (first & ~4095ul) + 4096; cut += 31) {
    std::filesystem::remove(dir / "t");
    std::ofstream(dir / "t", std::ios::binary) << after.substr(0, cut) << before.substr(cut);
    const auto torn = OverrideSlot::open(files, dir / "t");
    ASSERT_TRUE(torn) << cut;
    ASSERT_EQ(torn->read().size(), 1u) << cut;
    EXPECT_TRUE(torn->read()[0].version_to.patch == 1u || torn->read()[0].version_to.patch == 2u);
  }
}

TEST(OverrideSlot, damage_of_both_copies_is_an_error_and_of_one_is_not) {
  TemporaryDirectory dir;
  RealFiles files;
  auto slot = OverrideSlot::open(files, dir / "s").value();
  ASSERT_TRUE(slot.write(pending("a", 1)));
  const auto good = files.read_all(dir / "s").value();
  for (std::size_t i = 0; i < 4096; i += 13) {
    auto one = good;
    one[i] = static_cast<char>(one[i] ^ 0x10);
    std::filesystem::remove(dir / "t");
    std::filesystem::remove(dir / "u");
    std::ofstream(dir / "t", std::ios::binary) << one;
    EXPECT_TRUE(OverrideSlot::open(files, dir / "t")) << i;
    auto both = one;
    both[4096 + i] = static_cast<char>(both[4096 + i] ^ 0x10);
    std::ofstream(dir / "u", std::ios::binary) << both;
    const auto damaged = OverrideSlot::open(files, dir / "u");
    ASSERT_FALSE(damaged) << i;
    EXPECT_EQ(damaged.error().code, ErrorCode::corrupt);
  }
  std::ofstream(dir / "v", std::ios::binary) << good.substr(0, 5000);
  EXPECT_FALSE(OverrideSlot::open(files, dir / "v"));
}

TEST(OverrideSlot, survives_kill_9_right_after_the_write) {
  TemporaryDirectory dir;
  RealFiles files;
  ASSERT_TRUE(OverrideSlot::open(files, dir / "s"));
  const pid_t child = ::fork();
  if (child == 0) {
    auto slot = OverrideSlot::open(files, dir / "s");
    if (slot && slot->write(pending("a", 7))) ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto slot = OverrideSlot::open(files, dir / "s").value();
  ASSERT_EQ(slot.read().size(), 1u);
  EXPECT_EQ(slot.read()[0].version_to.patch, 7u);
}

}  // namespace
}  // namespace perennial::storage
