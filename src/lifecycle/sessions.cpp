#include "lifecycle/sessions.hpp"

#include "core/signature.hpp"
#include "serving/scorer.hpp"

namespace perennial::lifecycle {

Result<std::shared_ptr<const inference::Scorer>> Sessions::get(const ModelVersion& version) {
  const std::string& digest = version.artifact_digest;
  if (const auto found = scorers_.find(digest); found != scorers_.end()) return found->second;
  auto loaded = load(version);
  if (!loaded) {
    not_loaded_[digest] = loaded.error().message();
    return loaded;
  }
  not_loaded_.erase(digest);
  scorers_[digest] = *loaded;
  return loaded;
}

Result<std::shared_ptr<const inference::Scorer>> Sessions::load(const ModelVersion& version) {
  ASSIGN_OR_RETURN(std::string bytes, blobs_->get(version.artifact_digest));
  if (version.foreign) {
    ASSIGN_OR_RETURN(auto signature, signature_from_json(version.signature));
    inference::ChildScorerOptions options;
    options.executable = scorer_;
    return inference::ChildScorer::start(std::move(bytes), std::move(signature), std::move(options));
  }
  ASSIGN_OR_RETURN(auto session, inference::Session::load(bytes));
  return std::make_shared<const serving::SessionScorer>(std::move(session));
}

Status Sessions::add(const std::string& bytes) {
  ASSIGN_OR_RETURN(auto session, inference::Session::load(bytes));
  ASSIGN_OR_RETURN(const std::string digest, blobs_->put(bytes));
  scorers_[digest] = std::make_shared<const serving::SessionScorer>(std::move(session));
  return {};
}

std::string Sessions::problem(const std::string& digest) const {
  if (const auto found = not_loaded_.find(digest); found != not_loaded_.end()) return found->second;
  const auto found = scorers_.find(digest);
  return found == scorers_.end() ? std::string{} : found->second->problem();
}

void Sessions::keep_only(const std::set<std::string>& digests) {
  std::erase_if(scorers_, [&](const auto& entry) { return !digests.contains(entry.first); });
  std::erase_if(not_loaded_, [&](const auto& entry) { return !digests.contains(entry.first); });
}

}  // namespace perennial::lifecycle
