#include "domain/setup/assignment_rule.h"

#include <set>
#include <tuple>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/user.pb.h"
#include "domain/base/check.h"
#include "domain/base/status_macros.h"
#include "domain/record/presence.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::setup::v1;

uint32_t WeightOf(const pb::AssignmentMember& member) {
  return member.weight() == 0 ? 1 : member.weight();
}

absl::Status CheckMembers(const pb::AssignmentStep& step, absl::string_view at,
                          const Context& context) {
  if (step.members().empty()) {
    return InvalidField(absl::StrCat(at, ".members"), "a rule needs at least one member");
  }
  std::set<std::string> users;
  for (int i = 0; i < step.members_size(); ++i) {
    const std::string member = absl::StrCat(at, ".members[", i, "]");
    const std::string& user = step.members(i).user_id();
    DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, absl::StrCat(member, ".user_id"), user));
    if (!users.insert(user).second) {
      return InvalidField(absl::StrCat(member, ".user_id"), "stands in the rule twice");
    }
    if (step.members(i).weight() > kAssignmentWeightMax) {
      return InvalidField(
          absl::StrCat(member, ".weight"),
          absl::StrCat(step.members(i).weight(), " is above ", kAssignmentWeightMax));
    }
  }
  return absl::OkStatus();
}

template <class Steps>
absl::Status CheckSteps(const Steps& steps, const Context& context) {
  if (steps.empty()) return InvalidField("steps", "at least one rule is needed");
  if (steps.size() > kPolicyRulesMax) return LimitExceeded("steps", kPolicyRulesMax, steps.size());
  std::set<std::string> ids;
  int members = 0;
  for (int i = 0; i < steps.size(); ++i) {
    const std::string at = absl::StrCat("steps[", i, "]");
    DAYBOOK_RETURN_IF_ERROR(AddRuleId(at, steps[i].id(), &ids));
    DAYBOOK_RETURN_IF_ERROR(
        ParseLeadCondition(absl::StrCat(at, ".condition"), steps[i].condition(), context).status());
    DAYBOOK_RETURN_IF_ERROR(CheckMembers(steps[i], at, context));
    members += steps[i].members_size();
  }
  if (members > kAssignmentMembersMax) {
    return LimitExceeded("steps.members", kAssignmentMembersMax, members);
  }
  return absl::OkStatus();
}

template <class Steps>
absl::Status LoadMembers(const Steps& steps, FactLoader& loader) {
  for (const auto& step : steps) {
    for (const auto& member : step.members()) {
      DAYBOOK_RETURN_IF_ERROR(loader.Load("user", member.user_id()).status());
    }
  }
  return absl::OkStatus();
}

pb::AssignmentCount* FindCount(absl::string_view step, absl::string_view user,
                               pb::AssignmentRule* rules) {
  for (auto& count : *rules->mutable_counts()) {
    if (absl::string_view(count.step()) == step && absl::string_view(count.user_id()) == user) {
      return &count;
    }
  }
  return nullptr;
}

void OnLeadAssigned(const pb::AssignmentRuleLeadAssigned& event, pb::AssignmentRule* rules) {
  auto* count = FindCount(event.step(), event.user_id(), rules);
  if (count == nullptr) {
    count = rules->add_counts();
    count->set_step(event.step());
    count->set_user_id(event.user_id());
  }
  count->set_assigned(count->assigned() + 1);
  rules->set_turns(event.turn());
}

bool IsActive(absl::string_view user_id, const Context& context) {
  const auto* user = context.facts->Get<admin::v1::User>("user", user_id);
  return user != nullptr && user->state() == admin::v1::USER_STATE_ACTIVE;
}

// Empty: nobody of the step is active.
std::string ChooseMember(const pb::AssignmentRule& rules, const pb::AssignmentStep& step,
                         const Context& context) {
  std::vector<Turn> turns;
  for (const auto& member : step.members()) {
    if (!IsActive(member.user_id(), context)) continue;
    Turn turn{member.user_id(), WeightOf(member), 0};
    for (const auto& count : rules.counts()) {
      if (count.step() == step.id() && count.user_id() == member.user_id()) {
        turn.assigned = count.assigned();
      }
    }
    turns.push_back(turn);
  }
  return turns.empty() ? std::string() : std::string(turns[NextTurn(turns)].member);
}

}  // namespace

size_t NextTurn(const std::vector<Turn>& turns) {
  DAYBOOK_CHECK(!turns.empty(), "somebody takes turns");
  absl::int128 weights = 0;
  absl::int128 total = 0;
  for (const Turn& turn : turns) {
    weights += turn.weight;
    total += turn.assigned;
  }
  // Of the lead with this number, counted from 1, share × number is everybody's due. In order of:
  // not yet due, when it is overdue, deficit, id.
  const auto rank = [&](const Turn& turn) {
    const absl::int128 assigned = turn.assigned;
    const bool waits = assigned * weights >= (total + 1) * turn.weight;
    const absl::int128 latest = ((assigned + 1) * weights + turn.weight - 1) / turn.weight;
    const absl::int128 surplus = assigned * weights - total * turn.weight;
    return std::tuple(waits, latest, surplus, turn.member);
  };
  size_t next = 0;
  for (size_t i = 1; i < turns.size(); ++i) {
    if (rank(turns[i]) < rank(turns[next])) next = i;
  }
  return next;
}

void AssignmentRule::Evolve(State& state, const Event& event) {
  switch (event.kind_case()) {
    case Event::kDefined:
      state.record = event.defined().assignment_rule();
      DAYBOOK_ZERO_IF_ABSENT(published_version, &state.record);
      DAYBOOK_ZERO_IF_ABSENT(turns, &state.record);
      return;
    case Event::kDraftRevised:
      *state.record.mutable_draft() = event.draft_revised().draft();
      return;
    case Event::kPublished:
      PublishVersion(event.published().version(), &state.record);
      state.record.clear_counts();
      return;
    case Event::kRetired:
      state.record.set_state(pb::POLICY_STATE_RETIRED);
      return;
    case Event::kLeadAssigned:
      OnLeadAssigned(event.lead_assigned(), &state.record);
      return;
    case Event::KIND_NOT_SET:
      ImpossibleEvent(kName);
  }
}

std::vector<Claim> AssignmentRule::Claims(const State& state) {
  return PolicyClaims(kName, state.record);
}

absl::Status AssignmentRule::Gather(const State&, const DefineRequest& request,
                                    FactLoader& loader) {
  return LoadMembers(request.steps(), loader);
}

absl::Status AssignmentRule::Gather(const State&, const ReviseRequest& request,
                                    FactLoader& loader) {
  return LoadMembers(request.steps(), loader);
}

// DUPLICATE_KEY: the id (the name by its claim). INVALID_FIELD: blank name, steps, members,
// external key. INVALID_FILTER, FIELD_NOT_FILTERABLE: conditions. REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED: members. LIMIT_EXCEEDED.
AssignmentRule::Result AssignmentRule::Decide(const State& state, const DefineRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("name", request.name()));
  DAYBOOK_RETURN_IF_ERROR(CheckSteps(request.steps(), context));
  DAYBOOK_ASSIGN_OR_RETURN(auto rules, BeginPolicy<pb::AssignmentRule>(request, context));
  *rules.mutable_draft()->mutable_steps() = request.steps();
  Decision<Event> decision;
  *decision.Add().mutable_defined()->mutable_assignment_rule() = std::move(rules);
  return decision;
}

// NOT_FOUND. As DefineAssignmentRule for the steps. Nothing when the draft, or without one the
// latest version, has these steps.
AssignmentRule::Result AssignmentRule::Decide(const State& state, const ReviseRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  DAYBOOK_RETURN_IF_ERROR(CheckSteps(request.steps(), context));
  pb::AssignmentVersion wanted;
  *wanted.mutable_steps() = request.steps();
  pb::AssignmentVersion draft;
  if (!NextDraft(state.record, std::move(wanted), &draft)) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_draft_revised()->mutable_draft() = std::move(draft);
  return decision;
}

// NOT_FOUND. LIMIT_EXCEEDED: versions. Nothing when in force without a draft. The claim refuses a
// second record in force.
AssignmentRule::Result AssignmentRule::Decide(const State& state, const PublishRequest&,
                                              const Context& context) {
  return DecidePublish<AssignmentRule>(state, context);
}

// NOT_FOUND. Nothing when not in force.
AssignmentRule::Result AssignmentRule::Decide(const State& state, const RetireRequest&,
                                              const Context& context) {
  return DecideRetire<AssignmentRule>(state, context);
}

// NOT_FOUND. REFERENCE_NOT_FOUND: the lead. Nothing unless the lead was given away by these rules
// just now: its turn is the next.
AssignmentRule::Result AssignmentRule::Decide(const State& state, const RecordRequest& request,
                                              const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(kName, state.record.id(), context));
  const auto* lead = context.facts->Get<sales::v1::Lead>("lead", request.lead_id());
  if (lead == nullptr) return ReferenceNotFound("lead_id", "lead", request.lead_id());
  if (lead->assignment_rule_id() != state.record.id() ||
      lead->assignment_turn() != state.record.turns() + 1) {
    return Nothing<Event>();
  }
  Decision<Event> decision;
  auto& assigned = *decision.Add().mutable_lead_assigned();
  assigned.set_lead_id(lead->id());
  assigned.set_version(lead->assignment_version());
  assigned.set_step(lead->assignment_rule());
  assigned.set_user_id(lead->owner_id());
  assigned.set_turn(lead->assignment_turn());
  return decision;
}

absl::Status LoadAssignmentRules(FactLoader& loader) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> ids, loader.Ids(AssignmentRule::kName));
  for (const std::string& id : ids) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto* message, loader.Load(AssignmentRule::kName, id));
    if (message == nullptr) continue;
    const auto& rules = static_cast<const pb::AssignmentRule&>(*message);
    if (rules.state() != pb::POLICY_STATE_IN_FORCE) continue;
    DAYBOOK_RETURN_IF_ERROR(LoadMembers(LatestVersion(rules)->steps(), loader));
  }
  return absl::OkStatus();
}

std::optional<AssignmentChoice> ChooseOwner(const sales::v1::Lead& lead, const Context& context) {
  const auto* rules = PolicyInForce<pb::AssignmentRule>(AssignmentRule::kName, context);
  if (rules == nullptr) return std::nullopt;
  const pb::AssignmentVersion& version = *LatestVersion(*rules);
  for (const pb::AssignmentStep& step : version.steps()) {
    if (!FitsLeadCondition(step.condition(), lead, context)) continue;
    std::string user = ChooseMember(*rules, step, context);
    if (user.empty()) continue;
    return AssignmentChoice{std::move(user), rules->id(), version.number(), step.id(),
                            rules->turns() + 1};
  }
  return std::nullopt;
}

}  // namespace daybook::domain
