#pragma once
// What stands in `--policies`: names on their way to entries of `retrain.when`.

#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "triggers/config.hpp"

namespace perennial::app {

/// Compared where the command line names none: those of this list that the build has.
inline constexpr std::string_view default_policies =
    "never,scheduled:300rows,scheduled:1000rows,scheduled:3000rows,drift,decay,cara,upf,cost";

struct PolicyChoice {
  enum class Kind {
    loop,    ///< the whole loop runs, with the policy's entries
    oracle,  ///< hindsight over the grid
  };
  std::string name;  ///< as it was written: "scheduled:1000rows"
  Kind kind = Kind::loop;
  Json when = Json::array();  ///< entries of `retrain.when`; price, unit and metric are still to be filled in
  bool priced = false;        ///< its entry takes `price` (and `unit`), so it runs once per price
};

/// Reads a comma-separated list. Known are
///   never            no policy
///   scheduled:SPAN   {every: SPAN}
///   volume:SPAN      {volume: SPAN}
///   config           the model's own `retrain.when`, as it stands
///   oracle           the bound
///   drift, decay     the model's own entry of that kind, else {drift: {share: 30%}}, {decay: {metric: PRIMARY,
///                    drop: 5%}}
///   NAME             any other policy of the catalog whose entry may be empty or takes `price`: the model's own entry,
///                    else {NAME: {}}
/// An empty text means default_policies. A name that stands twice counts once. `retrain`: the model's node.
/// Errors: usage (unknown name, with all known ones; a bad span).
Result<std::vector<PolicyChoice>> parse_policies(std::string_view text, const Json& retrain);

/// The entries with everything filled in: `price` (of one retrain) and `unit` (of the loss) where the policy takes
/// them, `metric` of a decay entry where it has none.
Json filled_in(const PolicyChoice& choice, const std::string& primary, double price, double unit);

/// The entries as the loop takes them. Error: config.
Result<std::vector<std::shared_ptr<const triggers::Policy>>> make_policies(const Json& when);

}  // namespace perennial::app
