#include "domain/setup/scoring_policy.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/record/presence.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;

absl::Status CheckRule(const pb::ScoringRule& rule, absl::string_view at, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireText(absl::StrCat(at, ".condition"), rule.condition()));
  DAYBOOK_RETURN_IF_ERROR(
      ParseLeadCondition(absl::StrCat(at, ".condition"), rule.condition(), context).status());
  if (rule.points() != 0 && rule.points() >= -kPointsMax && rule.points() <= kPointsMax) {
    return absl::OkStatus();
  }
  return InvalidField(absl::StrCat(at, ".points"),
                      absl::StrCat(rule.points(), " must be between -", kPointsMax, " and ",
                                   kPointsMax, " and not 0"));
}

template <class Rules>
absl::Status CheckRules(const Rules& rules, const Context& context) {
  if (rules.empty()) return InvalidField("rules", "a policy needs at least one rule");
  if (rules.size() > kPolicyRulesMax) return LimitExceeded("rules", kPolicyRulesMax, rules.size());
  std::set<std::string> ids;
  for (int i = 0; i < rules.size(); ++i) {
    const std::string at = absl::StrCat("rules[", i, "]");
    DAYBOOK_RETURN_IF_ERROR(AddRuleId(at, rules[i].id(), &ids));
    DAYBOOK_RETURN_IF_ERROR(CheckRule(rules[i], at, context));
  }
  return absl::OkStatus();
}

}  // namespace

void ScoringPolicy::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kDefined:
      state.record = event.defined().scoring_policy();
      DAYBOOK_ZERO_IF_ABSENT(published_version, &state.record);
      return;
    case Event::kDraftRevised:
      *state.record.mutable_draft() = event.draft_revised().draft();
      return;
    case Event::kPublished:
      PublishVersion(event.published().version(), &state.record);
      return;
    case Event::kRetired:
      state.record.set_state(pb::POLICY_STATE_RETIRED);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> ScoringPolicy::Claims(const State& state) {
  return PolicyClaims(kName, state.record);
}

// DUPLICATE_KEY: the id (the name by its claim). INVALID_FIELD: blank name, rules, external key.
// INVALID_FILTER, FIELD_NOT_FILTERABLE: conditions. LIMIT_EXCEEDED.
ScoringPolicy::Result ScoringPolicy::Decide(const State& state,
                                            const pb::DefineScoringPolicyRequest& request,
                                            const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckRules(request.rules(), context));
  DAYBOOK_ASSIGN_OR_RETURN(auto policy, BeginPolicy<pb::ScoringPolicy>(request, context));
  *policy.mutable_draft()->mutable_rules() = request.rules();
  Decision<Event> decision;
  *decision.Add().mutable_defined()->mutable_scoring_policy() = std::move(policy);
  return decision;
}

// NOT_FOUND. INVALID_FIELD, INVALID_FILTER, FIELD_NOT_FILTERABLE, LIMIT_EXCEEDED: rules. Nothing
// when the draft, or without one the latest version, has these rules.
ScoringPolicy::Result ScoringPolicy::Decide(const State& state,
                                            const pb::ReviseScoringPolicyRequest& request,
                                            const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckRules(request.rules(), context));
  pb::ScoringVersion wanted;
  *wanted.mutable_rules() = request.rules();
  pb::ScoringVersion draft;
  if (!NextDraft(state.record, std::move(wanted), &draft)) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_draft_revised()->mutable_draft() = std::move(draft);
  return decision;
}

// NOT_FOUND. LIMIT_EXCEEDED: versions. Nothing when in force without a draft. The claim refuses a
// second policy in force.
ScoringPolicy::Result ScoringPolicy::Decide(const State& state,
                                            const pb::PublishScoringPolicyRequest&,
                                            const Context& context) {
  return DecidePublish<ScoringPolicy>(state, context);
}

// NOT_FOUND. Nothing when not in force.
ScoringPolicy::Result ScoringPolicy::Decide(const State& state,
                                            const pb::RetireScoringPolicyRequest&,
                                            const Context& context) {
  return DecideRetire<ScoringPolicy>(state, context);
}

std::optional<LeadScore> ScoreOf(const sales::v1::Lead& lead, const Context& context) {
  const auto* policy = PolicyInForce<pb::ScoringPolicy>(ScoringPolicy::kName, context);
  if (policy == nullptr) return std::nullopt;
  const pb::ScoringVersion& version = *LatestVersion(*policy);
  LeadScore score;
  score.policy_id = policy->id();
  score.version = version.number();
  for (const pb::ScoringRule& rule : version.rules()) {
    if (!FitsLeadCondition(rule.condition(), lead, context)) continue;
    sales::v1::LeadScorePart part;
    part.set_rule(rule.id());
    part.set_points(rule.points());
    score.score += rule.points();
    score.parts.push_back(std::move(part));
  }
  return score;
}

}  // namespace daybook::domain
