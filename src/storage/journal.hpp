#pragma once
// The truth of the control plane: an append-only chain of events in a Database.
//
// hash = SHA-256 over the compact JSON array [seq, at (µs), model, type, schema, null, previous] and then the body's
// text as stored. The first `previous` is 64 zeros. Last seq and head hash are also kept in a meta row, written in the
// same transaction, so that a cut tail is seen. Order is seq; `at` may stand still or go back (clocks jump).
// Measured times and the like, which differ from run to run, go into a side table outside of the chain.
//
// Threads: all calls may come from any thread. Listeners of read() must not append.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/result.hpp"
#include "storage/database.hpp"

namespace perennial::storage {

/// Lifts the body of an older schema to the next one: {type, schema} → body of schema + 1.
using Upcaster = std::function<Result<Json>(const Json& body)>;
using Upcasters = std::map<std::pair<std::string, int>, Upcaster>;

/// The body schema that is written today, for every type.
inline constexpr int event_schema = 1;
/// Bytes of one event's body.
inline constexpr std::size_t event_body_bytes = 4u << 20;
/// Events of one append().
inline constexpr std::size_t events_per_append = 4096;

class Journal {
 public:
  /// Creates the tables where they are missing; on a read-only database they must be there (not_found).
  /// `database` must outlive the journal. Checks that the newest record and the meta row agree; verify() checks all.
  static Result<Journal> open(Database& database, Upcasters upcasters = {});

  /// All or none, in one durable transaction (a part of the caller's, where one is open on this thread). Returns the
  /// events as stored. Errors: disk_full (nothing was written, try again when there is space), io (latched), too_large.
  Result<std::vector<Event>> append(TimePoint at, std::span<const NewEvent> events);

  /// Every event with seq > after_seq, oldest first, upcast; pages, so memory stays bounded. Ends at the first error
  /// of `each`. A body that needs an upcaster which is not there is corrupt.
  Status read(std::uint64_t after_seq, const std::function<Status(const Event&)>& each);
  /// At most `most` of them; `model` empty means all.
  Result<std::vector<Event>> range(std::uint64_t after_seq, std::size_t most, const std::string& model = {});

  /// Hash of the newest event; 64 zeros when there is none.
  std::string digest();
  std::uint64_t last_seq();

  /// Recomputes the whole chain from the stored bytes. Error: corrupt, naming the first bad record.
  Status verify();

  /// Adds to the side table: the newest value per seq counts. Not part of the digest.
  Status measure(std::uint64_t seq, const Json& values);
  /// null where nothing was measured.
  Result<Json> read_measurements(std::uint64_t seq);

 private:
  Journal(Database& database, Upcasters upcasters);
  struct Head {
    std::uint64_t seq = 0;
    std::string hash;
  };
  Status load_head();
  Status refresh_head();
  Result<Event> lift(Event event) const;
  Result<std::vector<Event>> page(std::uint64_t after_seq, std::size_t most, const std::string& model, bool lifted);

  Database* database_;
  Upcasters upcasters_;
  Head head_;
  std::uint64_t rollbacks_seen_ = 0;
};

}  // namespace perennial::storage
