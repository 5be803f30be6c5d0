#include "app/scratch.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>

namespace perennial::app {

Result<std::unique_ptr<ScratchDirectory>> ScratchDirectory::make(const std::string& purpose) {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  std::string path = (error ? std::filesystem::path("/tmp") : base) / ("perennial-" + purpose + "-XXXXXX");
  if (mkdtemp(path.data()) == nullptr)
    return fail(ErrorCode::io, std::string("a temporary directory could not be made: ") + std::strerror(errno), path,
                "set TMPDIR to a folder with space");
  return std::unique_ptr<ScratchDirectory>(new ScratchDirectory(std::move(path)));
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::string> trainer_path() {
  if (const char* set = std::getenv("PERENNIAL_TRAINER")) return std::string(set);
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = self.parent_path() / "perennial-trainer";
  if (!error && std::filesystem::exists(beside)) return beside.string();
  return fail(ErrorCode::not_found, "the executable perennial-trainer is not there", beside.string(),
              "install it beside perennial, or name it in PERENNIAL_TRAINER");
}

Result<std::string> scorer_path() {
  ASSIGN_OR_RETURN(const std::string trainer, trainer_path());
  const auto beside = std::filesystem::path(trainer).parent_path() / "perennial-scorer";
  if (std::filesystem::exists(beside)) return beside.string();
  return fail(ErrorCode::not_found, "the executable perennial-scorer is not there", beside.string(),
              "install it beside perennial-trainer");
}

}  // namespace perennial::app
