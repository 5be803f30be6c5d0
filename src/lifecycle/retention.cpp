#include "lifecycle/retention.hpp"

#include <algorithm>

#include "lifecycle/fleet.hpp"
#include "lifecycle/prediction_account.hpp"

namespace perennial::lifecycle {
namespace {

struct Named {
  std::string_view what;
  std::string digest;
};

std::vector<Named> blobs_of(const ModelState& state, const ModelVersion& version) {
  std::vector<Named> named = {{"graph", version.artifact_digest}};
  const std::string number = version.number.text();
  if (const auto found = state.references.find(number); found != state.references.end() && !found->second.empty())
    named.push_back({"reference rows", found->second});
  if (const auto found = state.held_out.find(number); found != state.held_out.end())
    named.push_back({"held-out answers", found->second});
  return named;
}

}  // namespace

std::uint64_t Retention::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& blob : blobs) sum += blob.bytes;
  return sum;
}

Retention plan_retention(const ControlState& state, const std::vector<storage::BlobStore::Entry>& stored,
                         const std::string& model, std::size_t keep) {
  const auto& registry = state.registry();
  std::set<std::string> judged;  // graphs that wait for their judgement
  for (const auto& job : state.jobs().list())
    if (!job.graph.empty() && !job.ended_at) judged.insert(job.graph);
  std::vector<VersionNumber> free = registry.collectable(model, keep);
  std::erase_if(free,
                [&](VersionNumber number) { return judged.contains(registry.find(model, number)->artifact_digest); });

  std::set<std::string> in_use = judged;
  for (const auto& name : registry.models())
    for (const auto& [number, version] : registry.versions(name)) {
      const bool goes = name == model ? std::ranges::binary_search(free, number) : registry.is_collected(name, number);
      if (goes) continue;
      for (const auto& blob : blobs_of(state.model(name), version)) in_use.insert(blob.digest);
    }

  std::map<std::string, std::uint64_t> sizes;
  for (const auto& entry : stored) sizes[entry.digest] = entry.bytes;
  Retention retention;
  for (const auto number : free) {
    if (!registry.is_collected(model, number)) retention.collected.push_back(number);
    for (const auto& blob : blobs_of(state.model(model), *registry.find(model, number))) {
      const auto size = sizes.find(blob.digest);
      if (size == sizes.end() || in_use.contains(blob.digest)) continue;
      retention.blobs.push_back({number, std::string(blob.what), blob.digest, size->second});
      sizes.erase(size);  // two versions may share one
    }
  }
  std::set<std::string> named = in_use;
  for (const auto& name : registry.models())
    for (const auto& [number, version] : registry.versions(name)) named.insert(version.artifact_digest);
  for (const auto& job : state.jobs().list()) {
    if (job.model != model || job.graph.empty() || named.contains(job.graph)) continue;
    const auto size = sizes.find(job.graph);
    if (size == sizes.end()) continue;
    retention.blobs.push_back({std::nullopt, "graph", job.graph, size->second});
    sizes.erase(size);
  }
  return retention;
}

Json to_json(const Retention& retention, const std::string& model, std::size_t keep, bool dry_run) {
  Json blobs = Json::array();
  std::set<VersionNumber> numbers(retention.collected.begin(), retention.collected.end());
  for (const auto& blob : retention.blobs) {
    if (blob.version) numbers.insert(*blob.version);
    blobs.push_back({{"version", blob.version ? Json(blob.version->text()) : Json(nullptr)},
                     {"what", blob.what},
                     {"digest", blob.digest},
                     {"bytes", blob.bytes}});
  }
  Json versions = Json::array();
  for (const auto number : numbers) versions.push_back(number.text());
  return {{"model", model},
          {"dry_run", dry_run},
          {"keep", keep},
          {"versions", versions},
          {"blobs", blobs},
          {"bytes", retention.bytes()},
          {"labels", {{"segments", retention.labels.segments}, {"bytes", retention.labels.bytes}}}};
}

Result<feedback::LabelsTrimmed> label_retention(storage::Files& files, const std::string& folder) {
  return feedback::LabelLog::would_trim(files, folder + "/labels", folder + "/predictions");
}

Result<feedback::LabelsTrimmed> ModelLoop::trim_labels() {
  if (label_log_ == nullptr) return feedback::LabelsTrimmed{};
  return label_log_->trim(*prediction_log_);
}

void ModelLoop::keep_labels(TimePoint now) {
  const auto trimmed = trim_labels();
  if (!trimmed && !labels_in_trouble_) {
    Event event;
    event.at = now;
    event.type = event_type::warning_raised;
    alert(event, "old labels could not be removed", trimmed.error().message());
  }
  labels_in_trouble_ = !trimmed;
}

Result<Json> Fleet::prune(const std::string& name, bool dry_run, const api::CommandContext& context, TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  // The registry does not know yet which version serves.
  if (overrides_.contains(name)) return fail(ErrorCode::conflict, "nothing is removed now: " + trouble(), name);
  const auto keep = static_cast<std::size_t>(loop->config().rollout.keep);
  ASSIGN_OR_RETURN(const auto stored, blobs_->list());
  Retention retention = plan_retention(state_, stored, name, keep);
  if (dry_run) {
    ASSIGN_OR_RETURN(retention.labels, label_retention(*files_, feedback_folder(options_.data_dir, name)));
    return to_json(retention, name, keep, true);
  }
  // The record first: a version that is said to be there always is.
  if (!retention.collected.empty()) {
    Json numbers = Json::array();
    for (const auto number : retention.collected) numbers.push_back(number.text());
    NewEvent event{name,
                   std::string(event_type::artifacts_collected),
                   {{"versions", numbers},
                    {"bytes", retention.bytes()},
                    {"keep", keep},
                    {"actor", context.actor},
                    {"row", loop->rows_seen()}}};
    if (!context.reason.empty()) event.body["asked_because"] = context.reason;
    if (const auto written = events_->write(now, std::move(event)); !written) return std::unexpected(written.error());
    TRY(apply(now));
  }
  for (const auto& blob : retention.blobs) TRY(blobs_->remove(blob.digest));
  // All at once, unlike at a turn: somebody waits for the room.
  for (;;) {
    ASSIGN_OR_RETURN(const auto gone, loop->trim_labels());
    if (gone.segments == 0) break;
    retention.labels.segments += gone.segments;
    retention.labels.bytes += gone.bytes;
  }
  return to_json(retention, name, keep, false);
}

void Fleet::keep_house(TimePoint now) {
  if (to_prune_.empty()) return;
  for (const auto& name : std::exchange(to_prune_, {}))
    if (const auto pruned = prune(name, false, {std::nullopt, "retention", ""}, now); !pruned) {
      Event event;
      event.at = now;
      event.type = event_type::artifacts_collected;
      loops_.at(name)->alert(event, "old artifacts could not be removed", pruned.error().message());
    }
  announce();
}

}  // namespace perennial::lifecycle
