// How an account is rated and what is agreed with it: class, renewal, billing, brand.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daybook/setup/v1/class_scheme.pb.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/account.h"
#include "domain/party/payment_terms.h"
#include "domain/record/dated.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/record/tree.h"
#include "domain/setup/class_scheme.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;

// The scheme named, or the only one.
absl::StatusOr<const setup::v1::ClassScheme*> ChooseScheme(absl::string_view id,
                                                           const Context& context) {
  if (!id.empty()) {
    const auto* scheme = context.facts->Get<setup::v1::ClassScheme>("class_scheme", id);
    if (scheme == nullptr) return ReferenceNotFound("class_scheme_id", "class_scheme", id);
    return scheme;
  }
  const auto schemes = context.facts->All("class_scheme");
  if (schemes.size() == 1) return static_cast<const setup::v1::ClassScheme*>(schemes.front());
  return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                absl::StrCat("class_scheme_id: there are ", schemes.size(), " class schemes; ",
                             schemes.empty() ? "define one first." : "name one of them."),
                {{"field", "class_scheme_id"}});
}

// The top of the tree that an account of the facts is in.
std::string TopOf(absl::string_view id, const Facts& facts) {
  std::string top(id);
  for (int level = 0; level <= kTreeDepthMax; ++level) {
    const auto* account = facts.Get<pb::Account>(Account::kName, top);
    if (account == nullptr || account->parent_id().empty()) break;
    top = account->parent_id();
  }
  return top;
}

absl::Status CheckInvoicingPoint(const pb::Account& account, absl::string_view point,
                                 const Context& context) {
  if (point.empty() || point == account.id()) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "invoicing_point_id", point));
  const std::string top =
      account.parent_id().empty() ? account.id() : TopOf(account.parent_id(), *context.facts);
  // The account itself is no fact of its own command, so a path up may end below it.
  const std::string point_top = TopOf(point, *context.facts);
  if (point_top == top || point_top == account.id()) return absl::OkStatus();
  return InvalidField("invoicing_point_id",
                      absl::StrCat(point,
                                   " is not in the tree of the account; name an account "
                                   "below ",
                                   top));
}

}  // namespace

absl::Status Account::Gather(const State&, const pb::SetAccountClassRequest& request,
                             FactLoader& loader) {
  if (!request.class_scheme_id().empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto schemes, loader.Ids("class_scheme"));
  for (const auto& id : schemes) {
    DAYBOOK_RETURN_IF_ERROR(loader.Load("class_scheme", id).status());
  }
  return absl::OkStatus();
}

absl::Status Account::Gather(const State& state, const pb::SetBillingProfileRequest& request,
                             FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadAncestors(kName, state.record.parent_id(), loader));
  return LoadAncestors(kName, request.invoicing_point_id(), loader);
}

// NOT_FOUND. RECORD_ARCHIVED. REFERENCE_NOT_FOUND, MISSING_REQUIRED_FOR_STATE: the scheme.
// INVALID_FIELD: blank reason, a class that the version in force does not have. Nothing when it is
// in that class of that version.
Account::Result Account::Decide(const State& state, const pb::SetAccountClassRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  DAYBOOK_RETURN_IF_ERROR(RequireText("reason", request.reason()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* scheme, ChooseScheme(request.class_scheme_id(), context));
  const auto& version = scheme->versions(scheme->versions_size() - 1);
  if (FindClass(version, request.account_class()) == nullptr) {
    return InvalidField("account_class",
                        absl::StrCat("version ", version.number(), " has no class '",
                                     request.account_class(), "'; it has ", ClassIds(version)));
  }
  const pb::Account& account = state.record;
  if (account.account_class() == request.account_class() &&
      account.class_scheme_id() == scheme->id() &&
      account.class_scheme_version() == version.number()) {
    return Nothing<Event>();
  }
  Decision<Event> decision;
  auto& changed = *decision.Add().mutable_class_changed();
  changed.set_from(account.account_class());
  changed.set_to(request.account_class());
  changed.set_class_scheme_id(scheme->id());
  changed.set_class_scheme_version(version.number());
  changed.set_reason(request.reason());
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD: a day in the past, a value without a day.
Account::Result Account::Decide(const State& state, const pb::SetRenewalRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  pb::AccountRenewalSet renewal;
  if (request.has_renewal_date()) {
    const absl::CivilDay day = DayOf(request.renewal_date());
    if (day < context.EffectiveDay()) {
      return InvalidField("renewal_date", absl::StrCat(FormatDay(day), " is in the past"));
    }
    *renewal.mutable_renewal_date() = request.renewal_date();
  }
  if (request.has_renewal_value()) {
    if (!request.has_renewal_date()) {
      return InvalidField("renewal_value", "needs a renewal_date");
    }
    *renewal.mutable_renewal_value() = request.renewal_value();
  }
  pb::AccountRenewalSet stands;
  if (state.record.has_renewal_date()) {
    *stands.mutable_renewal_date() = state.record.renewal_date();
  }
  if (state.record.has_renewal_value()) {
    *stands.mutable_renewal_value() = state.record.renewal_value();
  }
  if (stands.SerializeAsString() == renewal.SerializeAsString()) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_renewal_set() = std::move(renewal);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. INVALID_FIELD, LIMIT_EXCEEDED: payment terms. INVALID_FIELD:
// currency. REFERENCE_NOT_FOUND, RECORD_ARCHIVED, INVALID_FIELD (another tree): the invoicing
// point. INTERVAL_OVERLAP, INVALID_FIELD: days.
Account::Result Account::Decide(const State& state, const pb::SetBillingProfileRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  DAYBOOK_RETURN_IF_ERROR(CheckPaymentTerms("payment_terms", request.payment_terms()));
  pb::BillingProfile profile;
  profile.set_currency(request.currency().empty() ? context.currency : request.currency());
  if (!CurrencyDecimals(profile.currency()).has_value()) {
    return InvalidField("currency", "is not an ISO 4217 code of three capitals, like USD");
  }
  *profile.mutable_payment_terms() = request.payment_terms();
  FillPaymentTerms(profile.mutable_payment_terms());
  DAYBOOK_RETURN_IF_ERROR(CheckInvoicingPoint(state.record, request.invoicing_point_id(), context));
  profile.set_invoicing_point_id(request.invoicing_point_id());
  profile.set_allow_po_sharing(request.allow_po_sharing());
  profile.set_invoicing_mode(request.invoicing_mode());
  profile.set_auto_send(request.auto_send());
  if (request.has_effective_from()) {
    *profile.mutable_effective_from() = request.effective_from();
  }
  if (request.has_effective_until()) {
    *profile.mutable_effective_until() = request.effective_until();
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      const bool stands, FitDated(state.record.billing_profiles(), context, kOneSeries, &profile));
  if (stands) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_billing_profile_set()->mutable_profile() = std::move(profile);
  return decision;
}

// NOT_FOUND. RECORD_ARCHIVED. REFERENCE_NOT_FOUND: the brand. INTERVAL_OVERLAP, INVALID_FIELD:
// days.
Account::Result Account::Decide(const State& state, const pb::AssignAccountToBrandRequest& request,
                                const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckWritableAccount(state.record, context));
  if (context.facts->Find("brand", request.brand_id()) == nullptr) {
    return ReferenceNotFound("brand_id", "brand", request.brand_id());
  }
  pb::BrandAssignment assignment;
  assignment.set_brand_id(request.brand_id());
  if (request.has_effective_from()) {
    *assignment.mutable_effective_from() = request.effective_from();
  }
  if (request.has_effective_until()) {
    *assignment.mutable_effective_until() = request.effective_until();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const bool stands, FitDated(state.record.brand_assignments(), context,
                                                       kOneSeries, &assignment));
  if (stands) return Nothing<Event>();
  Decision<Event> decision;
  *decision.Add().mutable_brand_assigned()->mutable_assignment() = std::move(assignment);
  return decision;
}

}  // namespace daybook::domain
