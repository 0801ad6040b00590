#include "domain/sales/opportunity_rules.h"

#include "absl/strings/str_cat.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity.h"
#include "domain/setup/sales_process.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
using type::v1::Money;

// The currency of the first amount; empty for a deal without any.
std::string CurrencyOf(const pb::Opportunity& deal) {
  if (HasAmount(deal.value())) return deal.value().currency();
  if (!deal.job_requests().empty()) return deal.job_requests(0).value().currency();
  if (!deal.lines().empty()) return deal.lines(0).total().currency();
  return deal.gross_profit().currency();
}

// Sums what `value_of` gives of each part; absent when there is none.
template <class Parts, class ValueOf>
absl::Status SetSum(const Parts& parts, ValueOf value_of, pb::Opportunity* deal) {
  if (parts.empty()) {
    deal->clear_value();
    return absl::OkStatus();
  }
  Money sum;
  for (const auto& part : parts) {
    DAYBOOK_ASSIGN_OR_RETURN(sum, AddMoney(sum, value_of(part)));
  }
  *deal->mutable_value() = sum;
  return absl::OkStatus();
}

}  // namespace

absl::Status CurrencyMismatch(absl::string_view field, absl::string_view expected,
                              absl::string_view actual) {
  return Reject(Reason::REASON_CURRENCY_MISMATCH,
                absl::StrCat(field, ": ", actual, " where the deal is in ", expected,
                             "; a deal has one currency."),
                {{"field", field}, {"expected", expected}, {"actual", actual}});
}

std::string OpportunityStateName(pb::OpportunityState state) {
  return std::string(ShortName(pb::OpportunityState_Name(state), "OPPORTUNITY_STATE_"));
}

absl::Status CheckDealInUse(const pb::Opportunity& deal, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireExisting(Opportunity::kName, deal.id(), context));
  if (!deal.archived()) return absl::OkStatus();
  return OutOfUse(Opportunity::kName, deal.id(), "archived", "restore it first");
}

absl::Status CheckOpen(const pb::Opportunity& deal, const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  if (deal.state() == pb::OPPORTUNITY_STATE_OPEN) return absl::OkStatus();
  return IllegalTransition(Opportunity::kName, OpportunityStateName(deal.state()), "OPEN",
                           "reopen it with ReopenOpportunity first");
}

bool HasAmount(const Money& money) { return !money.currency().empty(); }

absl::Status CheckOneCurrency(const pb::Opportunity& deal) {
  if (HasAmount(deal.gross_profit())) {
    DAYBOOK_RETURN_IF_ERROR(CheckCurrency(deal, "gross_profit", deal.gross_profit()));
  }
  for (int i = 0; i < deal.job_requests_size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(CheckCurrency(deal, absl::StrCat("job_requests[", i, "].value"),
                                          deal.job_requests(i).value()));
  }
  for (int i = 0; i < deal.lines_size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckCurrency(deal, absl::StrCat("lines[", i, "].currency"), deal.lines(i).total()));
  }
  return absl::OkStatus();
}

absl::Status CheckCurrency(const pb::Opportunity& deal, absl::string_view field,
                           const Money& amount) {
  const std::string currency = CurrencyOf(deal);
  if (currency.empty() || amount.currency() == currency) return absl::OkStatus();
  return CurrencyMismatch(field, currency, amount.currency());
}

absl::Status CheckGrossProfit(const pb::Opportunity& deal) {
  if (!HasAmount(deal.gross_profit())) return absl::OkStatus();
  if (!HasAmount(deal.value())) {
    return InvalidField("gross_profit", "a gross profit needs a value; set the value too");
  }
  if (deal.gross_profit().minor() <= deal.value().minor()) return absl::OkStatus();
  return InvalidField("gross_profit",
                      absl::StrCat(FormatMoney(deal.gross_profit()), " is above the value, ",
                                   FormatMoney(deal.value()), "; lower it"));
}

absl::Status SumJobRequests(pb::Opportunity* deal) {
  return SetSum(
      deal->job_requests(), [](const auto& request) { return request.value(); }, deal);
}

absl::Status FollowParts(pb::Opportunity* deal) {
  if (deal->value_from_job_requests()) return SumJobRequests(deal);
  if (!deal->value_from_lines()) return absl::OkStatus();
  return SetSum(
      deal->lines(), [](const auto& line) { return line.total(); }, deal);
}

void RecordValue(const pb::Opportunity& deal, const pb::Opportunity& next, ValueOrigin origin,
                 Decision<pb::OpportunityEvent>* decision) {
  using google::protobuf::util::MessageDifferencer;
  if (MessageDifferencer::Equals(deal.value(), next.value()) &&
      MessageDifferencer::Equals(deal.gross_profit(), next.gross_profit())) {
    return;
  }
  auto& set = *decision->Add().mutable_value_set();
  if (deal.has_value()) *set.mutable_from() = deal.value();
  if (next.has_value()) *set.mutable_to() = next.value();
  if (next.has_gross_profit()) *set.mutable_gross_profit() = next.gross_profit();
  set.set_from_job_requests(next.value_from_job_requests());
  set.set_derived(origin == ValueOrigin::kDerived);
}

absl::StatusOr<pb::JobRequest> NewJobRequest(const pb::JobRequest& wanted, absl::string_view at,
                                             bool imported, const Context& context) {
  if (wanted.state() != pb::JOB_REQUEST_STATE_UNSPECIFIED || !wanted.close_reason_id().empty()) {
    return InvalidField(
        absl::StrCat(at, wanted.close_reason_id().empty() ? ".state" : ".close_reason_id"),
        "is set when the deal closes; leave it out", Reason::REASON_FIELD_NOT_WRITABLE);
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText(absl::StrCat(at, ".service"), wanted.service()));
  if (!HasAmount(wanted.value())) {
    return InvalidField(absl::StrCat(at, ".value"), "a job request needs a value");
  }
  if (!imported) {
    DAYBOOK_RETURN_IF_ERROR(
        CheckSellableProduct(context, absl::StrCat(at, ".product_id"), wanted.product_id()));
  }
  pb::JobRequest made = wanted;
  if (made.id().empty()) made.set_id(context.new_id());
  made.set_state(pb::JOB_REQUEST_STATE_OPEN);
  return made;
}

absl::Status CheckExpectedClose(const pb::Opportunity& deal, const Context& context) {
  if (!deal.has_expected_close_date() || deal.imported()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto day, FromProto(deal.expected_close_date()));
  if (day >= context.EffectiveDay()) return absl::OkStatus();
  return InvalidField("expected_close_date",
                      absl::StrCat(FormatDay(day), " lies before ",
                                   FormatDay(context.EffectiveDay()), ", the day of the change"));
}

absl::Status CheckAfterOpening(const pb::Opportunity& deal, const Context& context) {
  if (!deal.has_open_time()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const auto opened, FromProto(deal.open_time()));
  if (context.effective_at >= opened) return absl::OkStatus();
  return InvalidField("header.effective_at",
                      absl::StrCat(FormatInstant(context.effective_at), " lies before ",
                                   FormatInstant(opened), ", when the deal was opened"));
}

absl::Status LoadProcess(const pb::Opportunity& deal, FactLoader& loader) {
  if (deal.id().empty()) return absl::OkStatus();
  return loader.Load("sales_process", deal.process_id()).status();
}

absl::StatusOr<const setup::v1::ProcessVersion*> VersionOf(const pb::Opportunity& deal,
                                                           const Context& context) {
  const auto* process =
      context.facts->Get<setup::v1::SalesProcess>("sales_process", deal.process_id());
  const auto* version =
      process == nullptr ? nullptr : FindVersion(*process, deal.process_version());
  if (version == nullptr)
    return ReferenceNotFound("process_id", "sales_process", deal.process_id());
  return version;
}

absl::Status CheckStillSet(const pb::Opportunity& before, const pb::Opportunity& after,
                           const Context& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* version, VersionOf(before, context));
  const auto* stage = FindStage(*version, after.stage());
  if (stage == nullptr) return absl::OkStatus();
  for (const auto& path : stage->mandatory_field()) {
    if (!IsSet(before, path) || IsSet(after, path)) continue;
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE,
                  absl::StrCat("Stage ", stage->id(), " needs ", path,
                               "; keep it, or move the deal to another stage first."),
                  {{"field", path}, {"state", stage->id()}});
  }
  return absl::OkStatus();
}

absl::Status CheckChangedLabels(const pb::Opportunity& deal, const pb::Opportunity& changed,
                                const Context& context) {
  const auto* process =
      context.facts->Get<setup::v1::SalesProcess>("sales_process", deal.process_id());
  if (process == nullptr) {
    return ReferenceNotFound("process_id", "sales_process", deal.process_id());
  }
  return CheckFixedLabels(*process, changed);
}

absl::StatusOr<const setup::v1::CloseReason*> UsableReason(const Context& context,
                                                           absl::string_view field,
                                                           absl::string_view id,
                                                           setup::v1::CloseReasonKind kind) {
  if (id.empty()) return nullptr;
  const auto* reason = context.facts->Get<setup::v1::CloseReason>("close_reason", id);
  if (reason == nullptr) return ReferenceNotFound(field, "close_reason", id);
  if (reason->kind() != kind) {
    const auto short_name = [](setup::v1::CloseReasonKind k) {
      return ShortName(setup::v1::CloseReasonKind_Name(k), "CLOSE_REASON_KIND_");
    };
    return InvalidField(
        field, absl::StrCat("'", reason->code(), "' is a reason for ", short_name(reason->kind()),
                            "; name one for ", short_name(kind)));
  }
  if (!reason->active()) {
    return OutOfUse("close_reason", id, "retired",
                    absl::StrCat("name an active reason in ", field));
  }
  return reason;
}

}  // namespace daybook::domain
