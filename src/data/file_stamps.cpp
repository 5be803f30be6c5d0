#include "data/file_stamps.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "data/source.hpp"

namespace perennial::data {

Result<std::vector<FileStamp>> stamps_of(const std::vector<std::string>& patterns) {
  std::vector<FileStamp> stamps;
  for (const auto& pattern : patterns) {
    const auto files = expand_files({pattern});
    if (!files && files.error().code == ErrorCode::not_found) continue;
    if (!files) return std::unexpected(files.error());
    for (const auto& path : *files) {
      struct stat found{};
      if (::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_size == 0) continue;
      stamps.push_back({path, static_cast<std::uint64_t>(found.st_size),
                        std::int64_t{found.st_mtim.tv_sec} * 1'000'000 + found.st_mtim.tv_nsec / 1000});
    }
  }
  return stamps;
}

std::vector<FileStamp> SettledFiles::look(const std::vector<FileStamp>& now) {
  std::vector<FileStamp> settled;
  std::ranges::copy_if(now, std::back_inserter(settled),
                       [&](const FileStamp& stamp) { return std::ranges::binary_search(last_, stamp); });
  last_ = now;
  std::ranges::sort(last_);
  return settled;
}

}  // namespace perennial::data
