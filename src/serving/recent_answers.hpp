#pragma once
// The newest answers by prediction id, so that a call that is sent again gets what it got before.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feedback/record.hpp"

namespace perennial::serving {

/// Answers remembered per model, and the most memory for their outputs.
inline constexpr std::size_t kAnswersRemembered = 65536;
inline constexpr std::size_t kAnswerBytesRemembered = 16u << 20;

/// Thread-safe. Found by a 64-bit fingerprint and compared by the id's text.
class RecentAnswers {
 public:
  struct Answer {
    std::string version;
    std::string digest;
    feedback::Arm arm = feedback::Arm::champion;
    std::vector<float> outputs;
  };

  /// `most` = 0 remembers nothing.
  explicit RecentAnswers(std::size_t most = kAnswersRemembered);
  ~RecentAnswers();

  std::optional<Answer> find(std::string_view id) const;
  /// The first answer of an id stays; later ones are ignored.
  void remember(std::string_view id, const std::string& version, const std::string& digest, feedback::Arm arm,
                std::span<const float> outputs);
  bool enabled() const { return most_ > 0; }

 private:
  struct State;
  std::size_t most_;
  std::unique_ptr<State> state_;
};

}  // namespace perennial::serving
