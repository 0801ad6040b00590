// Who answers for an account: one account manager, one main project manager, and backups of the
// latter in order of preference, each for a time.

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/party/account.h"
#include "domain/record/dated.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

auto OfRole(pb::AccountRole role) {
  return [role](const pb::Responsibility& entry) { return entry.role() == role; };
}

absl::Status CheckUsers(const pb::Responsibility& wanted, const Context& context) {
  const bool list = wanted.role() == pb::ACCOUNT_ROLE_BACKUP_PM;
  if (!list && wanted.user_ids_size() != 1) {
    return InvalidField(
        "user_ids", absl::StrCat("this role has exactly one user, not ", wanted.user_ids_size()));
  }
  std::set<std::string> seen;
  for (int i = 0; i < wanted.user_ids_size(); ++i) {
    const std::string at = absl::StrCat("user_ids[", i, "]");
    if (wanted.user_ids(i).empty()) return InvalidField(at, "is empty");
    DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, at, wanted.user_ids(i)));
    if (!seen.insert(wanted.user_ids(i)).second) {
      return InvalidField(at, "is in the list already");
    }
  }
  return absl::OkStatus();
}

// Nobody stands in for himself on any day.
absl::Status CheckMainAndBackups(const pb::Account& account, const pb::Responsibility& wanted) {
  const bool main = wanted.role() == pb::ACCOUNT_ROLE_MAIN_PM;
  if (!main && wanted.role() != pb::ACCOUNT_ROLE_BACKUP_PM) return absl::OkStatus();
  const pb::AccountRole other = main ? pb::ACCOUNT_ROLE_BACKUP_PM : pb::ACCOUNT_ROLE_MAIN_PM;
  for (const pb::Responsibility& entry : account.responsibilities()) {
    if (entry.role() != other || !Overlap(IntervalOf(entry), IntervalOf(wanted))) continue;
    for (const std::string& user : wanted.user_ids()) {
      if (std::find(entry.user_ids().begin(), entry.user_ids().end(), user) ==
          entry.user_ids().end()) {
        continue;
      }
      return InvalidField(
          "user_ids",
          absl::StrCat(user, " is ", main ? "a backup" : "the main project manager", " ",
                       Describe(IntervalOf(entry)), " and cannot be both; change that first"));
    }
  }
  return absl::OkStatus();
}

// The users of an entry after a hand-over, each once. `leaves`: the successor is no backup any
// more.
google::protobuf::RepeatedPtrField<std::string> Successors(
    const pb::Responsibility& entry, const pb::HandOverAccountRequest& request, bool leaves) {
  google::protobuf::RepeatedPtrField<std::string> users;
  for (const std::string& user : entry.user_ids()) {
    const std::string& next = user == request.from_user_id() ? request.to_user_id() : user;
    if (leaves && next == request.to_user_id()) continue;
    if (std::find(users.begin(), users.end(), next) == users.end()) *users.Add() = next;
  }
  return users;
}

}  // namespace

// NOT_FOUND. RECORD_ARCHIVED: the account, or a user is inactive. INVALID_FIELD: no role, the
// number of users, a user twice, main project manager among the backups. REFERENCE_NOT_FOUND.
// INTERVAL_OVERLAP, INVALID_FIELD: days.
Account::Result Account::Decide(const State& state, const pb::AssignResponsibilityRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  if (request.role() == pb::ACCOUNT_ROLE_UNSPECIFIED) return InvalidField("role", "is required");
  pb::Responsibility wanted;
  wanted.set_role(request.role());
  *wanted.mutable_user_ids() = request.user_ids();
  if (request.has_effective_from()) *wanted.mutable_effective_from() = request.effective_from();
  if (request.has_effective_until()) *wanted.mutable_effective_until() = request.effective_until();
  DAYBOOK_RETURN_IF_ERROR(CheckUsers(wanted, context));
  DAYBOOK_ASSIGN_OR_RETURN(const bool stands, FitDated(state.record.responsibilities(), context,
                                                       OfRole(wanted.role()), &wanted));
  DAYBOOK_RETURN_IF_ERROR(CheckMainAndBackups(state.record, wanted));
  if (stands) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_responsibility_assigned()->mutable_responsibility() = std::move(wanted);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED: the account, or the new user is inactive. INVALID_FIELD: both are the
// same; the new one would be main project manager and backup. REFERENCE_NOT_FOUND. Nothing when the
// user has no role on the day. What is planned for later days stays.
Account::Result Account::Decide(const State& state, const pb::HandOverAccountRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  if (request.from_user_id() == request.to_user_id()) {
    return InvalidField("to_user_id", "is the user who hands over");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "to_user_id", request.to_user_id()));
  const absl::CivilDay day =
      request.has_effective_from() ? DayOf(request.effective_from()) : context.EffectiveDay();
  const auto& entries = state.record.responsibilities();
  const auto* main = StandingOn(entries, day, OfRole(pb::ACCOUNT_ROLE_MAIN_PM));
  const bool main_goes = main != nullptr && main->user_ids(0) == request.from_user_id();
  Decision<Event> decision;
  State after = state;
  // Backups first: one who becomes the main project manager leaves the list for that.
  for (const auto role :
       {pb::ACCOUNT_ROLE_BACKUP_PM, pb::ACCOUNT_ROLE_MAIN_PM, pb::ACCOUNT_ROLE_ACCOUNT_MANAGER}) {
    const auto* stands = StandingOn(entries, day, OfRole(role));
    if (stands == nullptr) continue;
    pb::Responsibility next = *stands;
    *next.mutable_user_ids() =
        Successors(*stands, request, role == pb::ACCOUNT_ROLE_BACKUP_PM && main_goes);
    if (next.SerializeAsString() == stands->SerializeAsString()) continue;
    *next.mutable_effective_from() = ToProto(day);
    DAYBOOK_RETURN_IF_ERROR(CheckMainAndBackups(after.record, next));
    *decision.Add().mutable_responsibility_assigned()->mutable_responsibility() = std::move(next);
    Evolve(after, decision.events.back());
  }
  return decision;
}

}  // namespace daybook::domain
