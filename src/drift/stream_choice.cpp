#include <algorithm>

#include "drift/stream.hpp"

namespace perennial::drift {

Result<StreamChoice> StreamChoice::parse(const ConfigNode& node) {
  StreamChoice choice;
  if (node.is_map()) {
    const auto keys = node.keys();
    if (keys.size() != 1)
      return node.error("expected a stream detector, or one {name: {parameter: value}}",
                        "stream: {adwin: {delta: 0.01}}");
    choice.name = keys.front();
    choice.parameters = node[choice.name];
  } else {
    ASSIGN_OR_RETURN(choice.name, node.text());
  }
  if (choice.name == "auto") {
    if (choice.parameters.defined()) return node.error("auto takes no parameters", "name the detector");
    return choice;
  }
  auto known = stream_detectors().names();
  known.emplace_back("auto");
  if (std::ranges::find(known, choice.name) == known.end())
    return unknown_name("stream detector", choice.name, known, node.place());
  ASSIGN_OR_RETURN(const StreamMember* member, stream_detectors().find(choice.name, node.place()));
  if (const auto made = member->make(choice.parameters); !made) return std::unexpected(made.error());
  return choice;
}

std::string StreamChoice::name_for(Task) const { return name == "auto" ? "self_starting_cusum" : name; }

Result<std::unique_ptr<StreamDetector>> StreamChoice::make(Task task) const {
  ASSIGN_OR_RETURN(const StreamMember* member, stream_detectors().find(name_for(task)));
  return member->make(parameters);
}

}  // namespace perennial::drift
