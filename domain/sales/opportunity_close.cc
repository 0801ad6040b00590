// How a deal ends, and how it begins again.

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/money.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/blacklist.h"
#include "domain/record/rules.h"
#include "domain/sales/loss_review.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"
#include "google/protobuf/util/message_differencer.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
namespace setup_pb = ::daybook::setup::v1;
using google::protobuf::util::MessageDifferencer;
using type::v1::Money;

// The day the deal closed: as asked, else the day of effective_at. INVALID_FIELD before the
// opening, in the future (unless imported), or with an effective_at before the opening.
template <class Request>
absl::StatusOr<type::v1::Date> CloseDate(const pb::Opportunity& deal, const Request& request,
                                         const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(CheckAfterOpening(deal, context));
  if (!request.has_close_date()) return ToProto(context.EffectiveDay());
  DAYBOOK_ASSIGN_OR_RETURN(const auto day, FromProto(request.close_date()));
  if (deal.has_open_time()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto opened, FromProto(deal.open_time()));
    const absl::CivilDay open_day = absl::ToCivilDay(opened, context.zone);
    if (day < open_day) {
      return InvalidField("close_date", absl::StrCat(FormatDay(day), " lies before ",
                                                     FormatDay(open_day), ", the day it opened"));
    }
  }
  if (day > context.Today() && !deal.imported()) {
    return InvalidField("close_date", absl::StrCat(FormatDay(day), " lies in the future; today is ",
                                                   FormatDay(context.Today())));
  }
  return request.close_date();
}

// Whether a closed deal already is what the request asks for, as far as the request says.
template <class Request>
bool SameClose(const pb::Opportunity& deal, const Request& request, pb::OpportunityState outcome) {
  return deal.state() == outcome &&
         (!request.has_close_date() ||
          MessageDifferencer::Equals(deal.close_date(), request.close_date())) &&
         (request.note().empty() || request.note() == deal.note());
}

template <class Event>
void SetReason(const setup_pb::CloseReason* reason, Event* event) {
  if (reason == nullptr) return;
  event->set_close_reason_id(reason->id());
  event->set_close_reason_code(reason->code());
}

// The job requests of one partial win: which are accepted, and why the others are not.
struct Lines {
  std::set<std::string> accepted;
  std::map<std::string, std::string> declined;  // id -> reason
};

absl::Status CheckKnownOnce(const pb::Opportunity& deal, const Lines& lines,
                            absl::string_view field, const std::string& id) {
  if (lines.accepted.count(id) + lines.declined.count(id) > 0) {
    return InvalidField(field, absl::StrCat("the job request ", id, " is named twice"));
  }
  for (const auto& job_request : deal.job_requests()) {
    if (job_request.id() == id) return absl::OkStatus();
  }
  return InvalidField(field, absl::StrCat("the deal has no job request ", id));
}

absl::StatusOr<Lines> ReadLines(const pb::Opportunity& deal,
                                const pb::PartiallyWinOpportunityRequest& request) {
  if (request.accepted_job_request_ids().empty()) {
    return InvalidField("accepted_job_request_ids", "needs at least one; lose the deal otherwise");
  }
  if (request.declined().empty()) {
    return InvalidField("declined", "needs at least one; win the deal otherwise");
  }
  Lines lines;
  for (int i = 0; i < request.accepted_job_request_ids_size(); ++i) {
    const auto& id = request.accepted_job_request_ids(i);
    DAYBOOK_RETURN_IF_ERROR(
        CheckKnownOnce(deal, lines, absl::StrCat("accepted_job_request_ids[", i, "]"), id));
    lines.accepted.insert(id);
  }
  for (int i = 0; i < request.declined_size(); ++i) {
    const auto& line = request.declined(i);
    const std::string at = absl::StrCat("declined[", i, "]");
    DAYBOOK_RETURN_IF_ERROR(
        CheckKnownOnce(deal, lines, absl::StrCat(at, ".job_request_id"), line.job_request_id()));
    if (line.close_reason_id().empty()) {
      return InvalidField(absl::StrCat(at, ".close_reason_id"), "every declined line has a reason");
    }
    lines.declined[line.job_request_id()] = line.close_reason_id();
  }
  for (const auto& job_request : deal.job_requests()) {
    if (lines.accepted.count(job_request.id()) + lines.declined.count(job_request.id()) == 0) {
      return InvalidField("declined", absl::StrCat("the job request ", job_request.id(),
                                                   " is neither accepted nor declined"));
    }
  }
  return lines;
}

bool SameLines(const pb::Opportunity& deal, const Lines& lines) {
  for (const auto& job_request : deal.job_requests()) {
    const auto declined = lines.declined.find(job_request.id());
    const bool same = declined == lines.declined.end()
                          ? job_request.state() == pb::JOB_REQUEST_STATE_ACCEPTED
                          : job_request.state() == pb::JOB_REQUEST_STATE_DECLINED &&
                                job_request.close_reason_id() == declined->second;
    if (!same) return false;
  }
  return true;
}

absl::StatusOr<Money> SumOf(const pb::Opportunity& deal, pb::JobRequestState state,
                            const Lines& lines) {
  Money sum;
  for (const auto& job_request : deal.job_requests()) {
    const bool accepted = lines.accepted.count(job_request.id()) > 0;
    if (accepted != (state == pb::JOB_REQUEST_STATE_ACCEPTED)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(sum, AddMoney(sum, job_request.value()));
  }
  return sum;
}

// LIMIT_EXCEEDED.
absl::Status CheckReasons(const Lines& lines) {
  std::set<std::string> reasons;
  for (const auto& [id, reason] : lines.declined) reasons.insert(reason);
  if (reasons.size() <= static_cast<size_t>(kLossReasonsMax)) return absl::OkStatus();
  return LimitExceeded("declined", kLossReasonsMax, static_cast<int>(reasons.size()));
}

absl::Status CheckMayOrder(const pb::Opportunity& deal, const Context& context) {
  return CheckNotBlacklisted(context, "account_id", deal.account_id(),
                             party::v1::BLACKLIST_SCOPE_ORDERS);
}

}  // namespace

absl::Status Opportunity::Gather(const State& state, const WinRequest&, FactLoader& loader) {
  return LoadForBlacklist(state.record.account_id(), loader);
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed otherwise. BLACKLISTED: the account. INVALID_FIELD: no
// actual value, close date, reason of another kind. CURRENCY_MISMATCH. REFERENCE_NOT_FOUND,
// RECORD_ARCHIVED: the reason. The projected value stays as it was.
Opportunity::Result Opportunity::Decide(const State& state, const WinRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  if (SameClose(deal, request, pb::OPPORTUNITY_STATE_WON) &&
      MessageDifferencer::Equals(deal.actual_value(), request.actual_value()) &&
      request.close_reason_id() == deal.close_reason_id()) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  DAYBOOK_RETURN_IF_ERROR(CheckMayOrder(deal, context));
  if (!HasAmount(request.actual_value())) {
    return InvalidField("actual_value", "a won deal needs the value as ordered");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckCurrency(deal, "actual_value", request.actual_value()));
  DAYBOOK_ASSIGN_OR_RETURN(auto close_date, CloseDate(deal, request, context));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* reason,
                           UsableReason(context, "close_reason_id", request.close_reason_id(),
                                        setup_pb::CLOSE_REASON_KIND_WON));
  Decision<Event> decision;
  auto& won = *decision.Add().mutable_won();
  *won.mutable_actual_value() = request.actual_value();
  *won.mutable_close_date() = close_date;
  *won.mutable_close_time() = ToProto(context.effective_at);
  SetReason(reason, &won);
  won.set_note(request.note());
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const PartiallyWinRequest& request,
                                 FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadForBlacklist(state.record.account_id(), loader));
  DAYBOOK_RETURN_IF_ERROR(LoadLossReviewSwitch(loader));
  for (const auto& line : request.declined()) {
    if (line.close_reason_id().empty()) continue;
    DAYBOOK_RETURN_IF_ERROR(loader.Load("close_reason", line.close_reason_id()).status());
  }
  return absl::OkStatus();
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed otherwise. BLACKLISTED: the account. INVALID_FIELD: nothing
// accepted, nothing declined, a job request unknown, twice or left out, close date, reason of
// another kind. LIMIT_EXCEEDED: reasons. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: a reason.
Opportunity::Result Opportunity::Decide(const State& state, const PartiallyWinRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  auto lines = ReadLines(deal, request);
  if (lines.ok() && SameClose(deal, request, pb::OPPORTUNITY_STATE_PARTIALLY_WON) &&
      SameLines(deal, *lines)) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  DAYBOOK_RETURN_IF_ERROR(CheckMayOrder(deal, context));
  DAYBOOK_RETURN_IF_ERROR(lines.status());
  DAYBOOK_RETURN_IF_ERROR(CheckReasons(*lines));
  for (int i = 0; i < request.declined_size(); ++i) {
    DAYBOOK_RETURN_IF_ERROR(UsableReason(context, absl::StrCat("declined[", i, "].close_reason_id"),
                                         request.declined(i).close_reason_id(),
                                         setup_pb::CLOSE_REASON_KIND_LOST)
                                .status());
  }
  DAYBOOK_ASSIGN_OR_RETURN(auto close_date, CloseDate(deal, request, context));
  Decision<Event> decision;
  auto& won = *decision.Add().mutable_partially_won();
  DAYBOOK_ASSIGN_OR_RETURN(*won.mutable_actual_value(),
                           SumOf(deal, pb::JOB_REQUEST_STATE_ACCEPTED, *lines));
  DAYBOOK_ASSIGN_OR_RETURN(*won.mutable_lost_value(),
                           SumOf(deal, pb::JOB_REQUEST_STATE_DECLINED, *lines));
  *won.mutable_close_date() = close_date;
  *won.mutable_close_time() = ToProto(context.effective_at);
  *won.mutable_accepted_job_request_ids() = request.accepted_job_request_ids();
  *won.mutable_declined() = request.declined();
  won.set_note(request.note());
  std::vector<std::string> reasons;
  for (const auto& line : request.declined()) reasons.push_back(line.close_reason_id());
  *won.mutable_loss_reviews() = NewLossReviews(deal, reasons, context);
  return decision;
}

// The process has the labels that a competitor may be named by.
absl::Status Opportunity::Gather(const State& state, const LoseRequest& request,
                                 FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadLossReviewSwitch(loader));
  return request.competitor().empty() ? absl::OkStatus() : LoadProcess(state.record, loader);
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed otherwise. INVALID_FIELD: no reason, one of another kind,
// close date, none of the fixed labels. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the reason.
Opportunity::Result Opportunity::Decide(const State& state, const LoseRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  if (SameClose(deal, request, pb::OPPORTUNITY_STATE_LOST) &&
      request.close_reason_id() == deal.close_reason_id() &&
      (request.competitor().empty() || request.competitor() == deal.competitor())) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  if (request.close_reason_id().empty()) {
    return InvalidField("close_reason_id", "a lost deal needs a reason");
  }
  if (!request.competitor().empty() && request.competitor() != deal.competitor()) {
    pb::Opportunity named;
    named.set_competitor(request.competitor());
    DAYBOOK_RETURN_IF_ERROR(CheckChangedLabels(deal, named, context));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto* reason,
                           UsableReason(context, "close_reason_id", request.close_reason_id(),
                                        setup_pb::CLOSE_REASON_KIND_LOST));
  DAYBOOK_ASSIGN_OR_RETURN(auto close_date, CloseDate(deal, request, context));
  Decision<Event> decision;
  auto& lost = *decision.Add().mutable_lost();
  if (deal.has_value()) *lost.mutable_lost_value() = deal.value();
  *lost.mutable_close_date() = close_date;
  *lost.mutable_close_time() = ToProto(context.effective_at);
  SetReason(reason, &lost);
  *lost.mutable_loss_reviews() = NewLossReviews(deal, {reason->id()}, context);
  lost.set_competitor(request.competitor());
  lost.set_note(request.note());
  return decision;
}

// NOT_FOUND. ILLEGAL_TRANSITION: closed otherwise. INVALID_FIELD: reason of another kind, close
// date. REFERENCE_NOT_FOUND, RECORD_ARCHIVED: the reason.
Opportunity::Result Opportunity::Decide(const State& state, const AbandonRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  if (SameClose(deal, request, pb::OPPORTUNITY_STATE_ABANDONED) &&
      request.close_reason_id() == deal.close_reason_id()) {
    return Nothing<Event>();
  }
  DAYBOOK_RETURN_IF_ERROR(CheckOpen(deal, context));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* reason,
                           UsableReason(context, "close_reason_id", request.close_reason_id(),
                                        setup_pb::CLOSE_REASON_KIND_ABANDONED));
  DAYBOOK_ASSIGN_OR_RETURN(auto close_date, CloseDate(deal, request, context));
  Decision<Event> decision;
  auto& abandoned = *decision.Add().mutable_abandoned();
  if (deal.has_value()) *abandoned.mutable_lost_value() = deal.value();
  *abandoned.mutable_close_date() = close_date;
  *abandoned.mutable_close_time() = ToProto(context.effective_at);
  SetReason(reason, &abandoned);
  abandoned.set_note(request.note());
  return decision;
}

absl::Status Opportunity::Gather(const State& state, const ReopenRequest&, FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadDealProject(state.record.crm_project_id(), loader));
  if (state.record.project_request_id().empty()) return absl::OkStatus();
  return loader.Load("project_request", state.record.project_request_id()).status();
}

// NOT_FOUND. ILLEGAL_TRANSITION: open. INVALID_FIELD: no header.reason, before the close, expected
// close. MISSING_REQUIRED_FOR_STATE: its project takes no deals.
Opportunity::Result Opportunity::Decide(const State& state, const ReopenRequest& request,
                                        const Context& context) {
  const pb::Opportunity& deal = state.record;
  DAYBOOK_RETURN_IF_ERROR(CheckDealInUse(deal, context));
  if (deal.state() == pb::OPPORTUNITY_STATE_OPEN) {
    return IllegalTransition(kName, "OPEN", "WON,PARTIALLY_WON,LOST,ABANDONED",
                             "only a closed deal can be reopened");
  }
  DAYBOOK_RETURN_IF_ERROR(RequireText("header.reason", request.header().reason()));
  if (deal.has_close_time()) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto closed, FromProto(deal.close_time()));
    if (context.effective_at < closed) {
      return InvalidField("header.effective_at",
                          absl::StrCat(FormatInstant(context.effective_at), " lies before ",
                                       FormatInstant(closed), ", when the deal was closed"));
    }
  }
  DAYBOOK_RETURN_IF_ERROR(CheckProjectTakesDeal(deal, context));
  Decision<Event> decision;
  auto& reopened = *decision.Add().mutable_reopened();
  reopened.set_stage(deal.stage());
  reopened.set_stage_probability(deal.stage_probability());
  if (request.has_expected_close_date()) {
    *reopened.mutable_expected_close_date() = request.expected_close_date();
  }
  State next = state;
  Evolve(next, decision.events.front());
  DAYBOOK_RETURN_IF_ERROR(CheckExpectedClose(next.record, context));
  return decision;
}

}  // namespace daybook::domain
