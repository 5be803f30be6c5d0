#pragma once
// The next batches of a file, read and converted beside the loop that takes them.

#include <deque>
#include <future>
#include <memory>

#include "app/replay/source.hpp"
#include "core/worker.hpp"

namespace perennial::app {

/// Batches that are read before they are wanted.
inline constexpr std::size_t kBatchesReadAhead = 4;

/// Nothing is read ahead where a column has words: all batches share their dictionaries, and the next batch could bring
/// new ones. `source` belongs to the reader until it is destroyed. Not thread-safe.
class ReadAhead {
 public:
  ReadAhead(ModelSource& source, std::size_t batch_rows);

  /// The next rows; none at the end. Errors: those of ModelSource::next().
  Result<Rows> next();

 private:
  Result<Rows> read();

  ModelSource& source_;
  std::size_t batch_rows_;
  bool words_;
  bool ended_ = false;  ///< or failed: nothing is read after that. The worker's.
  std::deque<std::future<Result<Rows>>> ahead_;
  Worker worker_;  // last member: it uses the others
};

}  // namespace perennial::app
