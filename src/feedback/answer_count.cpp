#include "feedback/answer_count.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "core/hash.hpp"

namespace perennial::feedback {
namespace {

constexpr std::size_t page_bytes = 4096;
constexpr std::uint64_t magic = 0x31544e434e415250;  // "PRANCNT1"

struct Slot {
  std::uint64_t settled;
  std::uint64_t segment;
  std::uint64_t offset;
  std::uint64_t unreported;
};

/// A number of this start of the machine; 0 where the kernel does not tell.
std::uint64_t boot_number() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (!std::getline(in, id) || id.empty()) return 0;
  return hash64(id);
}

}  // namespace

struct AnswerCount::Page {
  std::atomic<std::uint64_t> magic_number;
  std::atomic<std::uint64_t> boot;  ///< 0 after an orderly end
  std::atomic<std::uint64_t> answered;
  std::atomic<std::uint64_t> newest;  ///< which slot counts
  std::array<Slot, 2> slots;
};

Result<std::unique_ptr<AnswerCount>> AnswerCount::open(storage::Files& files, const storage::Path& path) {
  static_assert(sizeof(Page) <= page_bytes && std::atomic<std::uint64_t>::is_always_lock_free);
  TRY(files.make_dirs(path.parent_path()));
  ASSIGN_OR_RETURN(const bool there, files.exists(path));
  if (!there) TRY(files.write_atomic(path, std::string(page_bytes, '\0')));
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return std::unexpected(storage::disk_error(errno, "open", path));
  const off_t size = ::lseek(fd, 0, SEEK_END);
  void* const memory = size == static_cast<off_t>(page_bytes)
                           ? ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
                           : MAP_FAILED;
  const int error = errno;
  ::close(fd);
  if (size != static_cast<off_t>(page_bytes))
    return fail(ErrorCode::corrupt, "the count of answers has another size than it was made with", path.string(),
                "remove the file: what was lost before is not told then");
  if (memory == MAP_FAILED) return std::unexpected(storage::disk_error(error, "map", path));

  std::unique_ptr<AnswerCount> count(new AnswerCount());
  count->page_ = static_cast<Page*>(memory);
  Page& page = *count->page_;
  if (page.magic_number == 0) page.magic_number = magic;
  if (page.magic_number != magic || page.newest > 1)
    return fail(ErrorCode::corrupt, "the count of answers is damaged", path.string(),
                "remove the file: what was lost before is not told then");
  const std::uint64_t boot = boot_number();
  const Slot& slot = page.slots[page.newest];
  count->opened_ = {page.answered,
                    slot.settled,
                    {static_cast<std::uint32_t>(slot.segment), slot.offset},
                    slot.unreported,
                    page.boot == 0 || page.boot == boot};
  page.boot = boot;
  return count;
}

AnswerCount::~AnswerCount() {
  if (page_ != nullptr) ::munmap(page_, page_bytes);
}

void AnswerCount::add(std::uint64_t rows) { page_->answered.fetch_add(rows, std::memory_order_relaxed); }

void AnswerCount::settle(std::uint64_t settled, storage::SegmentPosition position, std::uint64_t unreported) {
  const std::uint64_t next = 1 - page_->newest.load(std::memory_order_relaxed);
  page_->slots[next] = {settled, position.segment, position.offset, unreported};
  page_->newest.store(next, std::memory_order_release);
}

void AnswerCount::close() {
  page_->boot = 0;
  (void)::msync(page_, page_bytes, MS_SYNC);  // where it fails the next start only doubts more than it must
}

}  // namespace perennial::feedback
