#include "serving/routing_table.hpp"

#include <algorithm>
#include <set>

namespace perennial::serving {
namespace {

std::unexpected<Error> wrong(const std::string& model, std::string what) {
  return fail(ErrorCode::internal, "the routing table is not consistent: " + std::move(what), model);
}

Status check_route(const ModelRoute& route) {
  if (!route.runtime) return wrong(route.model, "no runtime");
  if (route.champion.loaded() && !route.signature) return wrong(route.model, "no signature");
  std::set<std::string> versions;
  const auto is_new = [&](const Servable& servable) { return versions.insert(servable.version).second; };
  if (route.champion.loaded()) is_new(route.champion);
  if (route.challenger) {
    const ChallengerRoute& challenger = *route.challenger;
    if (!challenger.servable.loaded()) return wrong(route.model, "the challenger is not loaded");
    if (!(challenger.weight >= 0 && challenger.weight <= 1)) return wrong(route.model, "weight outside 0..1");
    if (!is_new(challenger.servable)) return wrong(route.model, "the challenger is the champion");
    if (challenger.weight > 0 && route.champion.loaded() &&
        challenger.servable.scorer->signature().targets != route.signature->targets)
      return wrong(route.model, "the challenger has other targets than the champion");
  }
  for (const auto& shadow : route.shadows) {
    if (!shadow.loaded()) return wrong(route.model, "a shadow is not loaded");
    if (!is_new(shadow)) return wrong(route.model, "version " + shadow.version + " would score twice");
  }
  return {};
}

}  // namespace

const Servable* ModelRoute::find(std::string_view version) const {
  const auto is_it = [&](const Servable& servable) { return servable.loaded() && servable.version == version; };
  if (is_it(champion)) return &champion;
  if (challenger && is_it(challenger->servable)) return &challenger->servable;
  for (const auto* list : {&shadows, &warm})
    for (const auto& servable : *list)
      if (is_it(servable)) return &servable;
  return nullptr;
}

const ModelRoute* RoutingTable::find(std::string_view model) const {
  const auto at = std::lower_bound(models.begin(), models.end(), model,
                                   [](const ModelRoute& route, std::string_view name) { return route.model < name; });
  return at != models.end() && at->model == model ? &*at : nullptr;
}

Status RoutingTable::check() const {
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (i > 0 && !(models[i - 1].model < models[i].model))
      return wrong(models[i].model, "models are not sorted by name");
    TRY(check_route(models[i]));
  }
  return {};
}

}  // namespace perennial::serving
