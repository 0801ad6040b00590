#pragma once

// How leads are scored: rules that give points, in numbered versions. A score is a fact with the
// version that gave it; no state follows from it, and a new version changes no score. Rules for a
// draft: 1 to kPolicyRulesMax rules; ids are stable names, unique; conditions are filters over
// fields of leads that are not personal; points between -kPointsMax and kPointsMax, not 0. Names
// are unique; at most one policy is in force.

#include <optional>
#include <vector>

#include "daybook/setup/v1/scoring_policy_events.pb.h"
#include "daybook/setup/v1/scoring_policy_service.pb.h"
#include "domain/decider.h"
#include "domain/setup/lead_policy.h"

namespace daybook::domain {

inline constexpr int kPointsMax = 1'000;

struct ScoringPolicy {
  static constexpr absl::string_view kName = "scoring_policy";
  using Record = setup::v1::ScoringPolicy;
  struct State {
    Record record;
  };
  using Event = setup::v1::ScoringPolicyEvent;
  using Result = absl::StatusOr<Decision<Event>>;

  static void Evolve(State& state, const Event& event);
  // "scoring_policy-name", "scoring_policy-in-force", "scoring_policy-external-key".
  static std::vector<Claim> Claims(const State& state);

  static Result Decide(const State&, const setup::v1::DefineScoringPolicyRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::ReviseScoringPolicyRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::PublishScoringPolicyRequest&, const Context&);
  static Result Decide(const State&, const setup::v1::RetireScoringPolicyRequest&, const Context&);
};

// What a policy says of a lead.
struct LeadScore {
  std::string policy_id;
  uint32_t version = 0;
  int32_t score = 0;
  std::vector<sales::v1::LeadScorePart> parts;  // of the rules that fit, in their order
};
// By the policy in force among the facts (LoadPolicies); nullopt: there is none.
std::optional<LeadScore> ScoreOf(const sales::v1::Lead& lead, const Context& context);

}  // namespace daybook::domain
