#pragma once

// Who gets which leads: an ordered list of rules in numbered versions. The first rule whose
// condition the lead fits, and that has an active member, decides; within it members take turns by
// weight (deficit round robin, FORMULAS.md 5.10), so that everybody's share of the leads that the
// rule gave away is off by at most one. Who got what is counted in events of this record, in the
// commit of the lead: turns are deterministic and replayable. A new version starts from nothing.
// Rules for a draft: 1 to kPolicyRulesMax steps; ids are stable names, unique; conditions are
// filters over fields of leads that are not personal; 1 or more members, each once in a step, at
// most kAssignmentMembersMax in all; weights 1 to kAssignmentWeightMax. Names are unique; at most
// one record is in force.

#include <optional>
#include <string>
#include <vector>

#include "daybook/setup/v1/assignment_rule_events.pb.h"
#include "daybook/setup/v1/assignment_rule_service.pb.h"
#include "domain/decider.h"
#include "domain/setup/lead_policy.h"

namespace daybook::domain {

inline constexpr int kAssignmentMembersMax = 200;
inline constexpr uint32_t kAssignmentWeightMax = 1'000;

struct AssignmentRule {
  static constexpr absl::string_view kName = "assignment_rule";
  using Record = setup::v1::AssignmentRule;
  struct State {
    Record record;
  };
  using Event = setup::v1::AssignmentRuleEvent;
  using Result = absl::StatusOr<Decision<Event>>;
  using DefineRequest = setup::v1::DefineAssignmentRuleRequest;
  using ReviseRequest = setup::v1::ReviseAssignmentRuleRequest;
  using PublishRequest = setup::v1::PublishAssignmentRuleRequest;
  using RetireRequest = setup::v1::RetireAssignmentRuleRequest;
  using RecordRequest = setup::v1::RecordLeadAssignmentRequest;

  static void Evolve(State& state, const Event& event);
  // "assignment_rule-name", "assignment_rule-in-force", "assignment_rule-external-key".
  static std::vector<Claim> Claims(const State& state);

  // The members.
  static absl::Status Gather(const State&, const DefineRequest&, FactLoader&);
  static absl::Status Gather(const State&, const ReviseRequest&, FactLoader&);

  static Result Decide(const State&, const DefineRequest&, const Context&);
  static Result Decide(const State&, const ReviseRequest&, const Context&);
  static Result Decide(const State&, const PublishRequest&, const Context&);
  static Result Decide(const State&, const RetireRequest&, const Context&);
  static Result Decide(const State&, const RecordRequest&, const Context&);
};

// Whom the rules choose for a lead, and by what.
struct AssignmentChoice {
  std::string user_id;
  std::string policy_id;
  uint32_t version = 0;
  std::string step;
  uint64_t turn = 0;  // the how-manieth lead the rules give away
};
// For Gather: the rules, and the members of those in force.
absl::Status LoadAssignmentRules(FactLoader& loader);
// Nullopt: no rules are in force, or none of them fits.
std::optional<AssignmentChoice> ChooseOwner(const sales::v1::Lead& lead, const Context& context);

// A member's place in the round.
struct Turn {
  absl::string_view member;
  uint32_t weight = 1;
  uint64_t assigned = 0;  // so far
};
// The index of whose turn it is: of those whose share has come round (assigned < share of the next
// lead, rounded up), whoever must get one soonest; of these the one with the largest deficit
// (share × total − own); of these the least id. Shares stay within one lead of everybody's due.
// REQUIRES: not empty, weights above 0.
size_t NextTurn(const std::vector<Turn>& turns);

}  // namespace daybook::domain
