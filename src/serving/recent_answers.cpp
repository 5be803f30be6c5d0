#include "serving/recent_answers.hpp"

#include <algorithm>
#include <mutex>

#include "core/hash.hpp"
#include "feedback/key_index.hpp"

namespace perennial::serving {

struct RecentAnswers::State {
  struct Entry {
    std::string id;
    std::uint32_t answerer = 0;
    std::vector<float> outputs;
  };
  struct Answerer {
    std::string version;
    std::string digest;
    feedback::Arm arm;
    std::uint64_t entries = 0;
  };

  mutable std::mutex mutex;
  std::vector<Entry> ring;
  std::size_t next = 0;
  std::vector<Answerer> answerers;          // few: slots without entries are used again
  feedback::KeyIndex<std::uint32_t> by_id;  // fingerprint → position in ring

  const Entry* entry_of(std::string_view id, std::uint64_t print) const {
    const std::uint32_t* at = by_id.find(print);
    return at != nullptr && ring[*at].id == id ? &ring[*at] : nullptr;
  }

  std::uint32_t answerer_of(const std::string& version, const std::string& digest, feedback::Arm arm) {
    std::size_t free = answerers.size();
    for (std::size_t i = 0; i < answerers.size(); ++i) {
      const Answerer& known = answerers[i];
      if (known.arm == arm && known.version == version && known.digest == digest) return static_cast<std::uint32_t>(i);
      if (known.entries == 0) free = i;
    }
    if (free == answerers.size()) answerers.emplace_back();
    answerers[free] = {version, digest, arm, 0};
    return static_cast<std::uint32_t>(free);
  }
};

RecentAnswers::RecentAnswers(std::size_t most) : most_(most), state_(std::make_unique<State>()) {}
RecentAnswers::~RecentAnswers() = default;

std::optional<RecentAnswers::Answer> RecentAnswers::find(std::string_view id) const {
  if (!enabled()) return std::nullopt;
  const std::uint64_t print = hash64(id);
  const std::lock_guard lock(state_->mutex);
  const auto* entry = state_->entry_of(id, print);
  if (entry == nullptr) return std::nullopt;
  const auto& by = state_->answerers[entry->answerer];
  return Answer{by.version, by.digest, by.arm, entry->outputs};
}

void RecentAnswers::remember(std::string_view id, const std::string& version, const std::string& digest,
                             feedback::Arm arm, std::span<const float> outputs) {
  if (!enabled()) return;
  const std::uint64_t print = hash64(id);
  const std::size_t entries =
      std::clamp<std::size_t>(kAnswerBytesRemembered / (sizeof(State::Entry) + outputs.size_bytes()), 1, most_);
  const std::lock_guard lock(state_->mutex);
  State& state = *state_;
  if (state.entry_of(id, print) != nullptr) return;
  if (state.next >= entries) state.next = 0;
  if (state.next == state.ring.size()) {
    state.ring.emplace_back();
  } else {
    State::Entry& old = state.ring[state.next];
    const std::uint64_t old_print = hash64(old.id);
    if (const auto* at = state.by_id.find(old_print); at != nullptr && *at == state.next) state.by_id.erase(old_print);
    --state.answerers[old.answerer].entries;
  }
  State::Entry& entry = state.ring[state.next];
  entry.id = id;
  entry.answerer = state.answerer_of(version, digest, arm);
  entry.outputs.assign(outputs.begin(), outputs.end());
  ++state.answerers[entry.answerer].entries;
  state.by_id.put(print, static_cast<std::uint32_t>(state.next));
  ++state.next;
}

}  // namespace perennial::serving
