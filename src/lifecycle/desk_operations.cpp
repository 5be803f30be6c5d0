#include "lifecycle/desk.hpp"

namespace perennial::lifecycle {

Result<api::TriggerAnswer> Desk::trigger(const std::string& model, const api::TriggerEvent& event,
                                         const api::CommandContext& context) {
  const auto lock = fleet_->lock();
  return fleet_->trigger(model, event, context, clock_->now());
}

Result<Json> Desk::rollback(const std::string& model, std::optional<std::string> to,
                            const api::CommandContext& context) {
  const auto lock = fleet_->lock();
  return fleet_->rollback(model, std::move(to), context, clock_->now());
}

Result<Json> Desk::promote(const std::string& model, const std::string& version, bool override_evidence,
                           const api::CommandContext& context) {
  const auto lock = fleet_->lock();
  return fleet_->promote(model, version, override_evidence, context, clock_->now());
}

Result<Json> Desk::pin(const std::string& model, const std::string& version, bool release,
                       const api::CommandContext& context) {
  const auto lock = fleet_->lock();
  return fleet_->pin(model, version, release, context, clock_->now());
}

Result<Json> Desk::approve(const std::string& model, const std::string& version, const std::string& digest,
                           const api::CommandContext& context) {
  const auto lock = fleet_->lock();
  return fleet_->approve(model, version, digest, context, clock_->now());
}

Result<Json> Desk::prune(const std::string& model, bool dry_run, const api::CommandContext& context) {
  const auto lock = fleet_->lock();
  return fleet_->prune(model, dry_run, context, clock_->now());
}

}  // namespace perennial::lifecycle
