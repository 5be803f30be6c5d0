#pragma once
// Labels of one call, in columns, and the key by which each finds its prediction.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"

namespace perennial::feedback {

/// Names a prediction: by its id, or (where the id is empty) by entity and time.
struct LabelKey {
  std::string id;
  std::string entity;
  TimePoint at{};

  friend bool operator==(const LabelKey&, const LabelKey&) = default;
};

/// 64-bit fingerprints of a key; ids and entity-time pairs never share one by construction of the hashed text.
std::uint64_t fingerprint_of_id(std::string_view id, std::uint64_t seed = 0);
std::uint64_t fingerprint_of_entity(std::string_view entity, TimePoint at, std::uint64_t seed = 0);
std::uint64_t fingerprint(const LabelKey& key, std::uint64_t seed = 0);

/// The labels of one call. All per-label members have `rows()` entries.
struct LabelBatch {
  std::shared_ptr<const std::vector<Target>> targets;  ///< never null
  std::vector<LabelKey> keys;
  std::vector<Truth> truth;       ///< truth[t][label]: value or class index of (*targets)[t]; NaN = not given
  std::vector<float> confidence;  ///< 0..1 each, or empty: all 1
  TimePoint received_at{};
  std::uint64_t sequence = 0;  ///< given by the LabelLog: 1, 2, 3, … in the order of acceptance

  std::size_t rows() const { return keys.size(); }
  Status check() const;  ///< Error: internal, naming the member whose length does not fit
};

/// Class names travel as text, so that a stored label survives a change of the class list.
std::string encode(const LabelBatch& batch);
/// `targets` of the result hold only the classes that occur. Never trusts a size in `bytes`. Error: corrupt.
Result<LabelBatch> decode_labels(std::string_view bytes);
/// The same labels in terms of other targets, matched by name. Values of targets or classes that `targets` does not
/// have become NaN and are counted in `dropped`.
LabelBatch retarget(LabelBatch batch, std::shared_ptr<const std::vector<Target>> targets,
                    std::size_t* dropped = nullptr);

}  // namespace perennial::feedback
