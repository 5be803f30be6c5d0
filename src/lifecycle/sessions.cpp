#include "lifecycle/sessions.hpp"

namespace perennial::lifecycle {

Result<std::shared_ptr<const inference::Session>> Sessions::get(const std::string& digest) {
  if (const auto found = sessions_.find(digest); found != sessions_.end()) return found->second;
  ASSIGN_OR_RETURN(const std::string bytes, blobs_->get(digest));
  ASSIGN_OR_RETURN(auto session, inference::Session::load(bytes));
  sessions_[digest] = session;
  return session;
}

Result<std::shared_ptr<const inference::Session>> Sessions::add(const std::string& bytes) {
  ASSIGN_OR_RETURN(auto session, inference::Session::load(bytes));
  ASSIGN_OR_RETURN(const std::string digest, blobs_->put(bytes));
  sessions_[digest] = session;
  return session;
}

void Sessions::keep_only(const std::set<std::string>& digests) {
  std::erase_if(sessions_, [&](const auto& entry) { return !digests.contains(entry.first); });
}

}  // namespace perennial::lifecycle
