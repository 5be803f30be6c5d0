#include "lifecycle/evidence/batches.hpp"

#include <algorithm>

#include "core/batch_events.hpp"

namespace perennial::lifecycle {

Json to_json(const data::FileStamp& stamp) {
  return {{"path", stamp.path}, {"bytes", stamp.bytes}, {"modified_us", stamp.modified_us}};
}

void Batches::apply(const Event& event) {
  const Json& body = event.body;
  const auto file = body.find("file");
  const auto advance = [&] {
    const auto newest = parse_time(body.value("to", Json()).is_string() ? body.at("to").get<std::string>() : "");
    if (newest && (!newest_ || *newest > *newest_)) newest_ = *newest;
  };
  if (event.type == event_type::source_read) {
    source_read_ = body.value("complete", true);
    time_ = body.value("time", time_);
    if (const auto files = body.find("files"); files != body.end() && files->is_array())
      for (const auto& one : *files) remember(one, true);
    advance();
  } else if (event.type == event_type::batch_refused) {
    if (file != body.end()) remember(*file, false);
  } else if (event.type == event_type::batch_arrived) {
    if (file != body.end()) remember(*file, true);
    advance();
    rows_since_training_ += body.value("labelled", std::uint64_t{0});
    const std::string digest = body.value("digest", std::string{});
    if (digest.empty() || !digests_.insert(digest).second) return;
    order_.push_back(digest);
    if (order_.size() <= batches_remembered) return;
    digests_.erase(order_.front());
    order_.pop_front();
  } else if (event.type == event_type::job_started) {
    rows_since_training_ = 0;
  }
}

void Batches::remember(const Json& file, bool has_rows) {
  if (!file.is_object()) return;
  data::FileStamp stamp{file.value("path", std::string{}), file.value("bytes", std::uint64_t{0}),
                        file.value("modified_us", std::int64_t{0})};
  if (stamp.path.empty()) return;
  const std::string path = stamp.path;
  const auto [known, added] = files_.try_emplace(path);
  known->second.stamp = std::move(stamp);
  known->second.has_rows = known->second.has_rows || has_rows;
  if (!added) return;
  paths_.push_back(path);
  if (paths_.size() <= files_remembered) return;
  files_.erase(paths_.front());
  paths_.pop_front();
}

bool Batches::knows(const data::FileStamp& stamp) const {
  const auto found = files_.find(stamp.path);
  return found != files_.end() && found->second.stamp == stamp;
}

std::size_t Batches::files_with_rows() const {
  return static_cast<std::size_t>(std::ranges::count_if(files_, [](const auto& file) { return file.second.has_rows; }));
}

bool Batches::has_rows_of(const std::string& path) const {
  const auto found = files_.find(path);
  return found != files_.end() && found->second.has_rows;
}

}  // namespace perennial::lifecycle
