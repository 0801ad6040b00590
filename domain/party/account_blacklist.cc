// Accounts with which no business is done. An entry counts until its end or until it is lifted;
// with its subtree it counts for everything below the account, whenever that was put there.

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/account.h"
#include "domain/party/blacklist.h"
#include "domain/record/dated.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

absl::string_view ScopeName(pb::BlacklistScope scope) {
  return ShortName(pb::BlacklistScope_Name(scope), "BLACKLIST_SCOPE_");
}

// FOUR_EYES_REQUIRED when the entry was made by the actor and asks for somebody else.
absl::Status CheckFourEyes(const pb::Account& account, const Context& context) {
  const pb::Blacklisting& entry = account.blacklisting();
  if (!entry.four_eyes() || entry.set_by() != context.actor) return absl::OkStatus();
  return Reject(Reason::REASON_FOUR_EYES_REQUIRED,
                "The account was blacklisted by the same person under four eyes; somebody else "
                "has to lift or change it.",
                {{"set_by", entry.set_by()}});
}

}  // namespace

bool Forbids(const pb::Account& account, bool own, pb::BlacklistScope action, absl::CivilDay day) {
  if (!account.has_blacklisting()) return false;
  const pb::Blacklisting& entry = account.blacklisting();
  if (!own && !entry.subtree()) return false;
  if (entry.has_effective_until() && day >= DayOf(entry.effective_until())) return false;
  return entry.scope() == pb::BLACKLIST_SCOPE_ALL || action == pb::BLACKLIST_SCOPE_ALL ||
         entry.scope() == action;
}

absl::Status LoadForBlacklist(absl::string_view account_id, FactLoader& loader) {
  return LoadAncestors(Account::kName, account_id, loader);
}

absl::Status CheckNotBlacklisted(const Context& context, absl::string_view field,
                                 absl::string_view account_id, pb::BlacklistScope action) {
  std::string at(account_id);
  for (int level = 0; level <= kTreeDepthMax && !at.empty(); ++level) {
    const auto* account = context.facts->Get<pb::Account>(Account::kName, at);
    if (account == nullptr) break;
    if (Forbids(*account, level == 0, action, context.EffectiveDay())) {
      return Reject(Reason::REASON_BLACKLISTED,
                    absl::StrCat(field, ": the account ", account_id, " is blacklisted",
                                 level == 0 ? "" : absl::StrCat(" with all below ", at),
                                 "; lift that first or name another account."),
                    {{"field", field},
                     {"account", at},
                     {"scope", ScopeName(account->blacklisting().scope())}});
    }
    at = account->parent_id();
  }
  return absl::OkStatus();
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD: no scope, blank reason, an end that is not after
// today. FOUR_EYES_REQUIRED. Nothing when it is blacklisted in the same way.
Account::Result Account::Decide(const State& state, const pb::BlacklistAccountRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  if (request.scope() == pb::BLACKLIST_SCOPE_UNSPECIFIED) {
    return InvalidField("scope", "is required");
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText("reason", request.reason()));
  pb::Blacklisting entry;
  entry.set_scope(request.scope());
  entry.set_reason(request.reason());
  if (request.has_effective_until()) {
    const absl::CivilDay until = DayOf(request.effective_until());
    if (until <= context.EffectiveDay()) {
      return InvalidField("effective_until", absl::StrCat(FormatDay(until), " is not after today"));
    }
    *entry.mutable_effective_until() = request.effective_until();
  }
  entry.set_subtree(request.subtree());
  entry.set_four_eyes(request.four_eyes());
  pb::Blacklisting stands = state.record.blacklisting();
  stands.clear_set_by();
  stands.clear_set_at();
  if (state.record.has_blacklisting() && stands.SerializeAsString() == entry.SerializeAsString()) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(CheckFourEyes(state.record, context));
  entry.set_set_by(context.actor);
  *entry.mutable_set_at() = ToProto(context.effective_at);
  Decision<Event> decision;
  *decision.Add().mutable_blacklisted()->mutable_blacklisting() = std::move(entry);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD: blank reason. Nothing when it is not blacklisted.
// FOUR_EYES_REQUIRED.
Account::Result Account::Decide(const State& state, const pb::LiftBlacklistRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  DAYBOOK_RETURN_IF_ERROR(RequireText("reason", request.reason()));
  if (!state.record.has_blacklisting()) return Nothing<Event>();
  DAYBOOK_RETURN_IF_ERROR(CheckFourEyes(state.record, context));
  Decision<Event> decision;
  decision.Add().mutable_blacklist_lifted()->set_reason(request.reason());
  return decision;
}

}  // namespace daybook::domain
