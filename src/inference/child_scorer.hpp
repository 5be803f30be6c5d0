#pragma once
// A graph that was made elsewhere, answered by a process of its own: its crash, its memory and its endless loop are an
// error of that call, never the server's end (docs/decisions/015).

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "inference/scorer.hpp"

namespace perennial::inference {

inline constexpr std::uint64_t scorer_memory_bytes = 1ull << 30;     ///< address space of one scorer child
inline constexpr std::size_t foreign_graph_bytes_most = 256u << 20;  ///< a graph that was made elsewhere
inline constexpr std::size_t kScorerCallsWaiting = 64;               ///< for one child; more are refused at once

struct ChildScorerOptions {
  std::string executable;                            ///< path of perennial-scorer
  std::uint64_t memory_bytes = scorer_memory_bytes;  ///< 0 = not limited
  std::chrono::milliseconds load_limit{30000};       ///< from the start of the process to a loaded graph
  /// From handing over a call to its answer, and as long to wait for a turn; beside `per_row` for every row.
  std::chrono::milliseconds call_limit{1000};
  std::chrono::microseconds per_row{1000};
  /// Between the end of a process and the next start; doubles up to the longest, and begins anew with a process that
  /// lived for a minute.
  std::chrono::milliseconds first_backoff{100};
  std::chrono::milliseconds longest_backoff{30000};
};

/// One process with one graph, one call at a time. It is started at once, without waiting: until it has loaded for the
/// first time it is `loading`, and calls wait for it. A process that ends, or does not answer in time, is ended and
/// started anew after a backoff; meanwhile it is `failed` and calls fail at once. Thread-safe.
class ChildScorer final : public Scorer {
 public:
  static std::shared_ptr<const ChildScorer> start(std::string graph, Signature signature, ChildScorerOptions options);
  ~ChildScorer() override;  ///< ends the process
  ChildScorer(const ChildScorer&) = delete;
  ChildScorer& operator=(const ChildScorer&) = delete;

  const Signature& signature() const override;
  /// Errors: invalid (the batch does not fit the signature), overloaded (kScorerCallsWaiting), timeout, io (the process
  /// has ended or could not be started; says how), internal (the graph gave an error), corrupt (an answer of another
  /// shape).
  Result<Outputs> run(const features::InputBatch& batch) const override;
  Readiness readiness() const override;
  std::string problem() const override;

  /// Returns when the first attempt to load it is over. Error: why it failed.
  Status wait_until_loaded() const;
  std::uint64_t starts() const;  ///< processes that loaded the graph so far

 private:
  struct State;
  explicit ChildScorer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace perennial::inference
