// How a deal is opened: what it refers to, what it is worth, and the process it enters.

#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/blacklist.h"
#include "domain/record/references.h"
#include "domain/record/rules.h"
#include "domain/sales/opportunity.h"
#include "domain/sales/opportunity_rules.h"
#include "domain/setup/sales_process.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

// The process named, or the only one that is published.
absl::StatusOr<const setup::v1::SalesProcess*> ChooseProcess(absl::string_view id,
                                                             const Context& context) {
  const auto unpublished = [](absl::string_view what) {
    return Reject(Reason::REASON_MISSING_REQUIRED_FOR_STATE, what, {{"field", "process_id"}});
  };
  if (!id.empty()) {
    const auto* process = context.facts->Get<setup::v1::SalesProcess>("sales_process", id);
    if (process == nullptr) return ReferenceNotFound("process_id", "sales_process", id);
    if (process->published_version() == 0) {
      return unpublished(
          absl::StrCat("The sales process ", id, " has no published version; publish it first."));
    }
    return process;
  }
  const setup::v1::SalesProcess* chosen = nullptr;
  int published = 0;
  for (const auto* message : context.facts->All("sales_process")) {
    const auto* process = static_cast<const setup::v1::SalesProcess*>(message);
    if (process->published_version() == 0) continue;
    ++published;
    chosen = process;
  }
  if (published == 1) return chosen;
  return unpublished(absl::StrCat("process_id: ", published, " sales processes are published; ",
                                  published == 0 ? "publish one first." : "name one of them."));
}

// Pins the deal to the version in force and puts it into the stage named, or the first.
absl::Status EnterProcess(const pb::CreateOpportunityRequest& request, const Context& context,
                          pb::Opportunity* deal) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string process_id,
                           ProcessForDeal(request.crm_project_id(), request.process_id(), context));
  DAYBOOK_ASSIGN_OR_RETURN(const auto* process, ChooseProcess(process_id, context));
  deal->set_process_id(process->id());
  deal->set_process_version(process->published_version());
  if (!deal->imported()) DAYBOOK_RETURN_IF_ERROR(CheckFixedLabels(*process, *deal));
  const auto& version = *FindVersion(*process, process->published_version());
  const auto* stage =
      request.stage().empty() ? &version.stages(0) : FindStage(version, request.stage());
  if (stage == nullptr) {
    return InvalidField("stage", absl::StrCat("version ", version.number(), " has no stage '",
                                              request.stage(), "'; it has ", StageIds(version)));
  }
  deal->set_stage(stage->id());
  deal->set_stage_probability(stage->probability());
  return CheckMandatory(*stage, *deal);
}

absl::Status AddJobRequests(const pb::CreateOpportunityRequest& request, const Context& context,
                            pb::Opportunity* deal) {
  if (request.job_requests_size() > kJobRequestsMax) {
    return LimitExceeded("job_requests", kJobRequestsMax, request.job_requests_size());
  }
  std::set<std::string> ids;
  for (int i = 0; i < request.job_requests_size(); ++i) {
    const std::string at = absl::StrCat("job_requests[", i, "]");
    DAYBOOK_ASSIGN_OR_RETURN(*deal->add_job_requests(), NewJobRequest(request.job_requests(i), at,
                                                                      request.imported(), context));
    if (!ids.insert(deal->job_requests(i).id()).second) {
      return InvalidField(absl::StrCat(at, ".id"), "two job requests have the same id");
    }
  }
  return absl::OkStatus();
}

absl::Status AddLines(const pb::CreateOpportunityRequest& request, const Context& context,
                      pb::Opportunity* deal) {
  if (request.lines_size() > kOpportunityLinesMax) {
    return LimitExceeded("lines", kOpportunityLinesMax, request.lines_size());
  }
  std::set<std::string> ids;
  for (int i = 0; i < request.lines_size(); ++i) {
    const std::string at = absl::StrCat("lines[", i, "]");
    DAYBOOK_ASSIGN_OR_RETURN(auto made, NewLine(request.lines(i), at, request.imported(), context));
    if (!ids.insert(made.id()).second) {
      return InvalidField(absl::StrCat(at, ".id"), "two lines have the same id");
    }
    *deal->add_lines() = std::move(made);
  }
  return absl::OkStatus();
}

// The mode said, or the one that follows from whether there is a value. A sum and a value said
// beside it could contradict each other.
absl::StatusOr<pb::OpportunityValueMode> ChooseValueMode(
    const pb::CreateOpportunityRequest& request) {
  if (request.value_mode() == pb::OPPORTUNITY_VALUE_MODE_UNSPECIFIED) {
    return request.has_value() ? pb::OPPORTUNITY_VALUE_MODE_MANUAL
                               : pb::OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS;
  }
  if (request.has_value() && request.value_mode() != pb::OPPORTUNITY_VALUE_MODE_MANUAL) {
    return InvalidField("value", "is the sum that value_mode names; leave it out",
                        Reason::REASON_FIELD_NOT_WRITABLE);
  }
  return request.value_mode();
}

// The amounts: one currency, the sum that the value follows, the gross profit within it.
absl::Status SetAmounts(const pb::CreateOpportunityRequest& request, pb::Opportunity* deal) {
  DAYBOOK_ASSIGN_OR_RETURN(const pb::OpportunityValueMode mode, ChooseValueMode(request));
  if (request.has_value()) *deal->mutable_value() = request.value();
  if (request.has_gross_profit()) *deal->mutable_gross_profit() = request.gross_profit();
  DAYBOOK_RETURN_IF_ERROR(CheckOneCurrency(*deal));
  deal->set_value_from_lines(mode == pb::OPPORTUNITY_VALUE_MODE_SUM_OF_LINES);
  deal->set_value_from_job_requests(mode == pb::OPPORTUNITY_VALUE_MODE_SUM_OF_JOB_REQUESTS);
  DAYBOOK_RETURN_IF_ERROR(FollowParts(deal));
  return CheckGrossProfit(*deal);
}

absl::Status CheckCreateReferences(const pb::CreateOpportunityRequest& request,
                                   const Context& context) {
  if (request.account_id().empty() && !request.imported()) {
    return InvalidField("account_id", "a deal needs an account; only imported deals may lack it");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckUsableAccount(context, "account_id", request.account_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckNotBlacklisted(context, "account_id", request.account_id(),
                                              party::v1::BLACKLIST_SCOPE_ORDERS));
  DAYBOOK_RETURN_IF_ERROR(CheckActiveUser(context, "owner_id", request.owner_id()));
  if (request.imported()) return absl::OkStatus();
  return CheckSellableProduct(context, "product_id", request.product_id());
}

}  // namespace

absl::Status Opportunity::Gather(const State&, const CreateRequest& request, FactLoader& loader) {
  DAYBOOK_RETURN_IF_ERROR(LoadForBlacklist(request.account_id(), loader));
  DAYBOOK_RETURN_IF_ERROR(LoadDealProject(request.crm_project_id(), loader));
  std::vector<std::string> processes;
  if (request.process_id().empty() && request.crm_project_id().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(processes, loader.Ids("sales_process"));
  }
  for (const auto& id : processes) {
    DAYBOOK_RETURN_IF_ERROR(loader.Load("sales_process", id).status());
  }
  for (const auto& job_request : request.job_requests()) {
    if (job_request.product_id().empty()) continue;
    DAYBOOK_RETURN_IF_ERROR(loader.Load("product", job_request.product_id()).status());
  }
  for (const auto& line : request.lines()) {
    DAYBOOK_RETURN_IF_ERROR(LoadCustomFacts(kOpportunityLine, line.custom(), loader));
    if (line.product_id().empty()) continue;
    DAYBOOK_RETURN_IF_ERROR(loader.Load("product", line.product_id()).status());
  }
  return absl::OkStatus();
}

// DUPLICATE_KEY. INVALID_FIELD: blank subject, external key, no account. RECORD_ARCHIVED,
// REFERENCE_NOT_FOUND, BLACKLISTED, ILLEGAL_TRANSITION (a draft product): references. Job requests,
// lines (as when they are added): LIMIT_EXCEEDED, FIELD_NOT_WRITABLE, INVALID_FIELD.
// FIELD_NOT_WRITABLE: a value beside a sum. CURRENCY_MISMATCH, OUT_OF_RANGE, INVALID_FIELD:
// amounts, expected close. MISSING_REQUIRED_FOR_STATE: process, mandatory fields. INVALID_FIELD:
// none of the fixed labels (imported deals keep theirs), stage.
Opportunity::Result Opportunity::Decide(const State& state, const CreateRequest& request,
                                        const Context& context) {
  DAYBOOK_RETURN_IF_ERROR(RequireNew(kName, state.record.id()));
  DAYBOOK_RETURN_IF_ERROR(RequireText("subject", request.subject()));
  DAYBOOK_RETURN_IF_ERROR(CheckExternalKey(request.external_key()));
  DAYBOOK_RETURN_IF_ERROR(CheckCreateReferences(request, context));
  pb::Opportunity deal;
  deal.set_id(context.target_id);
  deal.set_subject(request.subject());
  deal.set_account_id(request.account_id());
  deal.set_owner_id(request.owner_id());
  deal.set_product_id(request.product_id());
  deal.set_state(pb::OPPORTUNITY_STATE_OPEN);
  deal.set_imported(request.imported());
  deal.set_note(request.note());
  deal.set_weight(request.weight());
  deal.set_external_key(request.external_key());
  deal.set_crm_project_id(request.crm_project_id());
  *deal.mutable_open_time() = ToProto(context.effective_at);
  if (request.has_expected_close_date()) {
    *deal.mutable_expected_close_date() = request.expected_close_date();
  }
  DAYBOOK_RETURN_IF_ERROR(AddJobRequests(request, context, &deal));
  DAYBOOK_RETURN_IF_ERROR(AddLines(request, context, &deal));
  DAYBOOK_RETURN_IF_ERROR(SetAmounts(request, &deal));
  DAYBOOK_RETURN_IF_ERROR(CheckExpectedClose(deal, context));
  DAYBOOK_RETURN_IF_ERROR(EnterProcess(request, context, &deal));
  Decision<Event> decision;
  *decision.Add().mutable_created()->mutable_opportunity() = std::move(deal);
  return decision;
}

}  // namespace daybook::domain
