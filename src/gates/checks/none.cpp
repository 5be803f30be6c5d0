// The null member: asks for nothing. The evidence must be usable all the same, and the guards of other targets stay.

#include "gates/checks/members.hpp"

namespace perennial::gates {
namespace {

bool claims(const ConfigNode& item) {
  if (item.is_scalar()) return item.text().value_or("") == "none";
  return item.is_map() && item["none"].defined();
}

Result<GateCheck> parse(const ConfigNode& item) {
  if (item.is_map()) {
    TRY(item.check_keys({"none"}));
  }
  GateCheck check;
  check.kind = "none";
  check.gate = "none";
  return check;
}

GateResult judge(const GateCheck& check, const GateEvidence& evidence) {
  GateResult result;
  result.gate = check.gate;
  result.verdict = Verdict::pass;
  result.reason = "nothing is asked for";
  result.rows = evidence.rows();
  return result;
}

}  // namespace

CheckKind none_kind() { return {{"none", "asks for nothing", {}}, false, claims, parse, judge}; }

}  // namespace perennial::gates
