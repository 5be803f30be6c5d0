#pragma once
// Which files a source has at present, and which of them nobody is writing any more.

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace perennial::data {

/// A file as its folder shows it. A file whose stamp is the same twice has not been written to in between.
struct FileStamp {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t modified_us = 0;  ///< since 1970
  friend auto operator<=>(const FileStamp&, const FileStamp&) = default;
};

/// Of the files that paths and globs match now, in the order of expand_files(); a path or glob without a match gives
/// none. Files that are gone before they were looked at are left out, and so are empty ones: somebody has just made
/// them. Error: invalid (a folder).
Result<std::vector<FileStamp>> stamps_of(const std::vector<std::string>& patterns);

/// Finds the files that look the same at two looks in a row. Whoever writes in pieces with longer pauses than there are
/// between looks must write under another name and rename the file when it is complete.
class SettledFiles {
 public:
  std::vector<FileStamp> look(const std::vector<FileStamp>& now);

 private:
  std::vector<FileStamp> last_;  ///< sorted
};

}  // namespace perennial::data
