#pragma once
// What has been taken in of a watched data source: a fold over SourceRead, BatchArrived and BatchRefused.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/json.hpp"
#include "data/file_stamps.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t watched_files = 10000;       ///< of one source; where there are more, none is looked at
inline constexpr std::size_t files_remembered = 20000;    ///< per model; then the oldest are forgotten
inline constexpr std::size_t batches_remembered = 20000;  ///< digests per model; then the oldest are forgotten
inline constexpr std::uint64_t batch_rows_most =
    200000;  ///< rows of one new batch: the newest; as many as a store keeps

/// `file` of a batch that a query brought.
inline constexpr std::string_view query_batch = "query";

/// Of one model.
class Batches {
 public:
  void apply(const Event& event);

  /// False until the source has been read as a whole for the first time.
  bool source_read() const { return source_read_; }
  /// Time of the newest row with a label that was taken in; rows of a file that has grown, or of a query, are new where
  /// they are later. Nothing before the first row.
  const std::optional<TimePoint>& newest() const { return newest_; }
  /// Whether the file was dealt with as it is now, taken or refused.
  bool knows(const data::FileStamp& stamp) const;
  /// Whether rows of a file of that name were taken in, whatever it holds now.
  bool has_rows_of(const std::string& path) const;
  /// How many files that is.
  std::size_t files_with_rows() const;
  /// Whether these very rows were taken before, under whatever name.
  bool taken(const std::string& digest) const { return digests_.contains(digest); }
  /// How the source's times are read, as its first reading found; empty before that.
  const std::string& time() const { return time_; }
  /// Digest of the newest batch; empty before the first.
  std::string newest_digest() const { return order_.empty() ? std::string{} : order_.back(); }
  /// Labelled rows of batches that came after the newest training began.
  std::uint64_t rows_since_training() const { return rows_since_training_; }

 private:
  struct Known {
    data::FileStamp stamp;  ///< as it was when it was dealt with
    bool has_rows = false;  ///< some of its rows were taken
  };

  void remember(const Json& file, bool has_rows);

  bool source_read_ = false;
  std::optional<TimePoint> newest_;
  std::string time_;
  std::uint64_t rows_since_training_ = 0;
  std::map<std::string, Known> files_;  ///< by path
  std::deque<std::string> paths_;       ///< of files_, oldest first
  std::set<std::string> digests_;
  std::deque<std::string> order_;  ///< of digests_, oldest first
};

/// {path, bytes, modified_us}
Json to_json(const data::FileStamp& stamp);

}  // namespace perennial::lifecycle
