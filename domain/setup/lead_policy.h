#pragma once

// What the policies about leads (assignment rules, scoring) share: conditions, and the life of a
// policy in versions. Draft -> in force -> retired -> in force; at most one record of a kind is in
// force; a version never changes once published.

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead.pb.h"
#include "daybook/setup/v1/assignment_rule.pb.h"
#include "domain/base/strings.h"
#include "domain/decider.h"
#include "domain/fields/filter.h"
#include "domain/record/rules.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {

inline constexpr int kPolicyRulesMax = 50;
inline constexpr int kPolicyVersionsMax = 200;

// The condition of a rule, bound to the fields of leads. INVALID_FILTER, FIELD_NOT_FILTERABLE with
// the `field` of the request; the latter also for personal fields, since rules are stored in clear.
absl::StatusOr<BoundFilter> ParseLeadCondition(absl::string_view field, absl::string_view text,
                                               const Context& context);
// Whether the lead fits a condition that was checked when the rule was drawn up.
bool FitsLeadCondition(const std::string& text, const sales::v1::Lead& lead,
                       const Context& context);

// For Gather: loads all records of a policy's aggregate. They are few.
absl::Status LoadPolicies(absl::string_view aggregate, FactLoader& loader);
// The record in force among the facts; null: none.
template <class Record>
const Record* PolicyInForce(absl::string_view aggregate, const Context& context) {
  for (const auto* message : context.facts->All(aggregate)) {
    const auto* policy = static_cast<const Record*>(message);
    if (policy->state() == setup::v1::POLICY_STATE_IN_FORCE) return policy;
  }
  return nullptr;
}
// The version in force, or the latest that was. Null before the first.
template <class Record>
auto LatestVersion(const Record& policy) -> decltype(&policy.versions(0)) {
  return policy.versions_size() == 0 ? nullptr : &policy.versions(policy.versions_size() - 1);
}

// "<aggregate>-name", "<aggregate>-in-force" and the external key.
template <class Record>
std::vector<Claim> PolicyClaims(absl::string_view aggregate, const Record& policy) {
  if (policy.id().empty()) return {};
  std::vector<Claim> claims = {{absl::StrCat(aggregate, "-name"),
                                absl::AsciiStrToLower(absl::StripAsciiWhitespace(policy.name())),
                                "name"}};
  if (policy.state() == setup::v1::POLICY_STATE_IN_FORCE) {
    claims.push_back({absl::StrCat(aggregate, "-in-force"), "lead", "state"});
  }
  ClaimExternalKey(aggregate, policy.external_key(), &claims);
  return claims;
}

// Fills the draft that follows from wanted content. Returns whether it differs from the draft, or
// without one from the latest version.
template <class Record, class Version>
bool NextDraft(const Record& policy, Version wanted, Version* draft) {
  Version current;
  if (policy.has_draft()) {
    current = policy.draft();
  } else if (const Version* latest = LatestVersion(policy)) {
    current = *latest;
  }
  wanted.set_number(current.number());
  if (google::protobuf::util::MessageDifferencer::Equals(wanted, current)) return false;
  wanted.set_number(policy.published_version() + 1);
  *draft = std::move(wanted);
  return true;
}

// The version that Publish puts in force: the draft's, or the latest of retired policies; 0: the
// policy is in force as it is. LIMIT_EXCEEDED.
template <class Record>
absl::StatusOr<uint32_t> VersionToPublish(const Record& policy) {
  if (policy.has_draft()) {
    if (policy.versions_size() >= kPolicyVersionsMax) {
      return LimitExceeded("versions", kPolicyVersionsMax, policy.versions_size() + 1);
    }
    return policy.draft().number();
  }
  const bool in_force = policy.state() == setup::v1::POLICY_STATE_IN_FORCE;
  return in_force ? 0 : policy.published_version();
}

// Into `ids`; INVALID_FIELD with `at` in the path unless the id of a rule is a stable name that no
// other rule has.
absl::Status AddRuleId(absl::string_view at, const std::string& id, std::set<std::string>* ids);

// The record of a policy that begins, its rules apart. INVALID_FIELD: external key.
template <class Record, class Request>
absl::StatusOr<Record> BeginPolicy(const Request& request, const Context& context) {
  absl::Status status = CheckExternalKey(request.external_key());
  if (!status.ok()) return status;
  Record policy;
  policy.set_id(context.target_id);
  policy.set_name(request.name());
  policy.set_state(setup::v1::POLICY_STATE_DRAFT);
  policy.mutable_draft()->set_number(1);
  policy.set_external_key(request.external_key());
  return policy;
}

// NOT_FOUND. LIMIT_EXCEEDED: versions. Nothing when in force without a draft. The claim refuses a
// second record in force.
template <class D>
absl::StatusOr<Decision<typename D::Event>> DecidePublish(const typename D::State& state,
                                                          const Context& context) {
  absl::Status status = RequireExisting(D::kName, state.record.id(), context);
  if (!status.ok()) return status;
  const absl::StatusOr<uint32_t> version = VersionToPublish(state.record);
  if (!version.ok()) return version.status();
  Decision<typename D::Event> decision;
  if (*version != 0) decision.Add().mutable_published()->set_version(*version);
  return decision;
}

// NOT_FOUND. Nothing when not in force.
template <class D>
absl::StatusOr<Decision<typename D::Event>> DecideRetire(const typename D::State& state,
                                                         const Context& context) {
  absl::Status status = RequireExisting(D::kName, state.record.id(), context);
  if (!status.ok()) return status;
  Decision<typename D::Event> decision;
  if (state.record.state() == setup::v1::POLICY_STATE_IN_FORCE) decision.Add().mutable_retired();
  return decision;
}

// The fold of a publication.
template <class Record>
void PublishVersion(uint32_t number, Record* policy) {
  if (policy->has_draft() && policy->draft().number() == number) {
    *policy->add_versions() = policy->draft();
    policy->clear_draft();
  }
  policy->set_published_version(number);
  policy->set_state(setup::v1::POLICY_STATE_IN_FORCE);
}

}  // namespace daybook::domain
