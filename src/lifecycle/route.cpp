// The split that should exist, read off the state. Doing it is serving's business.

#include "lifecycle/model_loop.hpp"
#include "rollout/split.hpp"
#include "serving/paired_scorer.hpp"

namespace perennial::lifecycle {

Result<serving::ModelRoute> ModelLoop::route() const {
  const auto& registry = services_.state->registry();
  const auto servable = [&](const ModelVersion& version) -> Result<serving::Servable> {
    ASSIGN_OR_RETURN(auto scorer, services_.sessions->get(version));
    return serving::Servable{version.number.text(), version.artifact_digest,
                             serving::paired_where(services_.virtual_time, std::move(scorer))};
  };
  serving::ModelRoute route;
  route.model = config_.name;
  route.runtime = runtime_;
  route.phase = state().phase;
  route.signature = std::make_shared<const Signature>(*base_);
  const auto* champion = registry.champion(config_.name);
  if (champion == nullptr) return route;
  ASSIGN_OR_RETURN(route.champion, servable(*champion));

  if (const auto& rollout = state().rollout) {
    const bool promoted = rollout->phase == rollout::Phase::watch;
    ASSIGN_OR_RETURN(const VersionNumber number, parse_version(promoted ? rollout->champion : rollout->challenger));
    if (const auto* other = registry.find(config_.name, number);
        other != nullptr && other->number != champion->number) {
      // One that cannot be loaded answers nobody, and the next turn ends its rollout (Evidence::unusable). One that is
      // still loading comes in when it is ready.
      auto loaded = servable(*other);
      if (loaded && promoted) route.shadows.push_back(std::move(*loaded));
      else if (loaded && loaded->scorer->readiness() != inference::Readiness::loading)
        route.challenger =
            serving::ChallengerRoute{std::move(*loaded), rollout->weight, rollout::split_seed(rollout->salt),
                                     config_.rollout.use_paired || rollout->weight == 0};
    }
  }
  // Earlier champions stay loaded, so that going back needs nothing but a pointer.
  const auto& deployments = registry.deployments(config_.name);
  for (auto it = deployments.rbegin();
       it != deployments.rend() && route.warm.size() < static_cast<std::size_t>(config_.rollout.keep); ++it) {
    const auto* version = registry.find(config_.name, it->version);
    if (version == nullptr || version->status != VersionStatus::archived ||
        registry.is_collected(config_.name, it->version) || route.find(version->number.text()) != nullptr)
      continue;
    if (auto loaded = servable(*version)) route.warm.push_back(std::move(*loaded));
  }
  return route;
}

}  // namespace perennial::lifecycle
