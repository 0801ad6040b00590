#include "daybook/party/v1/account_profile_service.grpc.pb.h"
#include "daybook/setup/v1/class_scheme.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/party/payment_terms.h"
#include "domain/record/dated.h"
#include "domain/record/tree.h"
#include "domain/setup/class_scheme.h"
#include "projections/account_classes.h"
#include "services/figure_rows.h"
#include "services/party/party_reads.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

// The account that is billed for `account` on a day: up the tree until a profile names one.
absl::Status FindInvoicingPoint(const Query& query, const pb::Account& account, absl::CivilDay day,
                                pb::GetBillingTermsResponse* response) {
  response->set_invoicing_point_id(account.id());
  pb::Account at = account;
  for (int level = 0; level <= domain::kTreeDepthMax; ++level) {
    const auto* profile = domain::StandingOn(at.billing_profiles(), day);
    if (profile != nullptr && !profile->invoicing_point_id().empty()) {
      response->set_invoicing_point_id(profile->invoicing_point_id());
      response->set_invoicing_point_from_id(at.id());
      return absl::OkStatus();
    }
    if (at.parent_id().empty()) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(at, ReadAs<pb::Account>(query, "account", at.parent_id()));
  }
  return absl::OkStatus();
}

absl::Status ReadBillingTerms(const Query& query, const pb::GetBillingTermsRequest& request,
                              pb::GetBillingTermsResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto account,
                           ReadAs<pb::Account>(query, "account", request.account_id()));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day,
                           DayOrToday(query, request.has_day(), request.day()));
  response->set_due_date_rules(domain::kDueDateRules);
  const auto* profile = domain::StandingOn(account.billing_profiles(), day);
  if (profile != nullptr) {
    *response->mutable_profile() = *profile;
    for (const domain::DuePart& part : domain::DueParts(profile->payment_terms(), day)) {
      pb::DuePart* due = response->add_due();
      *due->mutable_due_date() = ToProto(part.due);
      due->set_share(part.share);
    }
  }
  return FindInvoicingPoint(query, account, day, response);
}

absl::Status CountByClass(const Query& query, const pb::CountAccountsByClassRequest& request,
                          pb::CountAccountsByClassResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "account"));
  DAYBOOK_ASSIGN_OR_RETURN(const auto counts, projections::ReadAccountClasses(
                                                  query.snapshot, request.class_scheme_id()));
  DAYBOOK_RETURN_IF_ERROR(CheckFigureRows(query, counts.size()));
  for (const auto& count : counts) {
    pb::AccountClassCount* out = response->add_classes();
    out->set_class_scheme_id(count.class_scheme_id);
    out->set_account_class(count.account_class);
    out->set_count(count.count);
  }
  return absl::OkStatus();
}

absl::Status ProposeClass(const Query& query, const pb::ProposeAccountClassRequest& request,
                          pb::ProposeAccountClassResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto account,
                           ReadAs<pb::Account>(query, "account", request.account_id()));
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto scheme,
      ReadAs<setup::v1::ClassScheme>(query, "class_scheme", request.class_scheme_id()));
  const auto& version = scheme.versions(scheme.versions_size() - 1);
  const auto* proposed = domain::ClassForRevenue(version, account.annual_revenue());
  if (proposed != nullptr) response->set_account_class(proposed->id());
  response->set_class_scheme_version(version.number());
  response->set_current_class(account.account_class());
  return absl::OkStatus();
}

class Service final : public pb::AccountProfileService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* SetAccountClass(Rpc* rpc, const pb::SetAccountClassRequest* request,
                           pb::SetAccountClassResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetRenewal(Rpc* rpc, const pb::SetRenewalRequest* request,
                      pb::SetRenewalResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* SetBillingProfile(Rpc* rpc, const pb::SetBillingProfileRequest* request,
                             pb::SetBillingProfileResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AssignAccountToBrand(Rpc* rpc, const pb::AssignAccountToBrandRequest* request,
                                pb::AssignAccountToBrandResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetBillingTerms(Rpc* rpc, const pb::GetBillingTermsRequest* request,
                           pb::GetBillingTermsResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return ReadBillingTerms(query, *request, response);
                      });
  }
  Reactor* CountAccountsByClass(Rpc* rpc, const pb::CountAccountsByClassRequest* request,
                                pb::CountAccountsByClassResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return CountByClass(query, *request, response);
                      });
  }
  Reactor* ProposeAccountClass(Rpc* rpc, const pb::ProposeAccountClassRequest* request,
                               pb::ProposeAccountClassResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return ProposeClass(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewAccountProfileService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
