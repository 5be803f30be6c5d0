// Appending to the journal, durable, in multiples of what the disk itself asks for: an fdatasync after 4 KiB written
// to a file that lies beside it, measured in the same run. Usage: journal_benchmark [benchmark flags]; files go to
// $TMPDIR (a RAM disk would make both look free).

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "storage/journal.hpp"

namespace perennial::bench {
namespace {

using Monotonic = std::chrono::steady_clock;

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "perennial-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path = name;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
};

double microseconds(Monotonic::duration span) { return std::chrono::duration<double, std::micro>(span).count(); }

/// One write of 4 KiB and its fdatasync.
double sync_once(int file, std::int64_t& offset) {
  static const std::array<char, 4096> block{};
  const auto begun = Monotonic::now();
  if (::pwrite(file, block.data(), block.size(), offset) < 0 || ::fdatasync(file) != 0) return -1;
  offset += static_cast<std::int64_t>(block.size());
  return microseconds(Monotonic::now() - begun);
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Appends of `events` events and bare syncs take turns, so that a busy disk slows both.
void append(benchmark::State& state) {
  const Folder folder;
  auto database = storage::Database::open(folder.path / "journal.db", storage::Database::Mode::read_write);
  if (!database) return state.SkipWithError(database.error().message().c_str());
  auto journal = storage::Journal::open(*database);
  if (!journal) return state.SkipWithError(journal.error().message().c_str());
  const int file = ::open((folder.path / "bare").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  const std::vector<NewEvent> events(
      static_cast<std::size_t>(state.range(0)),
      NewEvent{"m", "RetrainSkipped", {{"policy", "drift"}, {"reason", "measured"}, {"value", 0.125}, {"row", 12345}}});
  std::vector<double> appends, syncs;
  std::int64_t offset = 0;
  TimePoint at{};
  for (auto _ : state) {
    const auto begun = Monotonic::now();
    const auto written = journal->append(at, events);
    const auto ended = Monotonic::now();
    if (!written) return state.SkipWithError(written.error().message().c_str());
    state.SetIterationTime(std::chrono::duration<double>(ended - begun).count());
    appends.push_back(microseconds(ended - begun));
    syncs.push_back(sync_once(file, offset));
    at += std::chrono::milliseconds(1);
  }
  ::close(file);
  state.counters["append_us_p50"] = median(appends);
  state.counters["fdatasync_us_p50"] = median(syncs);
  state.counters["fdatasyncs"] = median(appends) / median(syncs);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(append)->ArgName("events")->Arg(1)->Arg(100)->UseManualTime()->Iterations(500)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace perennial::bench

BENCHMARK_MAIN();
