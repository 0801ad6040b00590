#include <algorithm>

#include "daybook/party/v1/responsibility_service.grpc.pb.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/dated.h"
#include "projections/account_assignments.h"
#include "services/answer_page.h"
#include "services/party/party_reads.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

using Users = google::protobuf::RepeatedPtrField<std::string>;

const pb::Responsibility* InRole(const pb::Account& account, pb::AccountRole role,
                                 absl::CivilDay day) {
  return domain::StandingOn(
      account.responsibilities(), day,
      [role](const pb::Responsibility& entry) { return entry.role() == role; });
}

bool Listed(const Users& users, const std::string& user) {
  return std::find(users.begin(), users.end(), user) != users.end();
}

// The main project manager, else the first of the backups, who is not absent.
void ChooseActing(const Users& absent, pb::GetResponsibleResponse* response) {
  if (!response->main_pm_id().empty() && !Listed(absent, response->main_pm_id())) {
    response->set_acting_pm_id(response->main_pm_id());
    response->set_rule(pb::PM_RULE_MAIN);
    return;
  }
  for (int i = 0; i < response->backup_pm_ids_size(); ++i) {
    if (Listed(absent, response->backup_pm_ids(i))) continue;
    response->set_acting_pm_id(response->backup_pm_ids(i));
    response->set_rule(pb::PM_RULE_BACKUP);
    response->set_backup_number(static_cast<uint32_t>(i + 1));
    return;
  }
  response->set_rule(pb::PM_RULE_NOBODY);
}

absl::Status ReadResponsible(const Query& query, const pb::GetResponsibleRequest& request,
                             pb::GetResponsibleResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto account,
                           ReadAs<pb::Account>(query, "account", request.account_id()));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day,
                           DayOrToday(query, request.has_day(), request.day()));
  if (const auto* manager = InRole(account, pb::ACCOUNT_ROLE_ACCOUNT_MANAGER, day)) {
    response->set_account_manager_id(manager->user_ids(0));
  }
  if (const auto* main = InRole(account, pb::ACCOUNT_ROLE_MAIN_PM, day)) {
    response->set_main_pm_id(main->user_ids(0));
  }
  if (const auto* backups = InRole(account, pb::ACCOUNT_ROLE_BACKUP_PM, day)) {
    *response->mutable_backup_pm_ids() = backups->user_ids();
  }
  ChooseActing(request.absent_user_ids(), response);
  return absl::OkStatus();
}

absl::Status ListRoles(const Query& query, const pb::ListAccountsOfRequest& request,
                       pb::ListAccountsOfResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "account"));
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page, AnswerPage::Open(query, "accounts-of", request));
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(page.at(), "user", request.user_id(), {}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, page.DayOf(request.has_day(), request.day()));
  std::vector<std::pair<pb::AccountRole, projections::Assignment>> roles;
  for (const auto role :
       {pb::ACCOUNT_ROLE_ACCOUNT_MANAGER, pb::ACCOUNT_ROLE_MAIN_PM, pb::ACCOUNT_ROLE_BACKUP_PM}) {
    if (request.role() != pb::ACCOUNT_ROLE_UNSPECIFIED && request.role() != role) continue;
    DAYBOOK_ASSIGN_OR_RETURN(auto assignments,
                             projections::ReadAssignments(
                                 page.at().snapshot, static_cast<projections::AssignmentKind>(role),
                                 request.user_id(), day));
    for (auto& assignment : assignments) roles.emplace_back(role, std::move(assignment));
  }
  const auto [first, end] = page.Part(roles.size());
  for (size_t i = first; i < end; ++i) {
    const auto& [role, assignment] = roles[i];
    pb::HeldRole* held = response->add_roles();
    held->set_account_id(assignment.account_id);
    held->set_role(role);
    *held->mutable_effective_from() = ToProto(assignment.from);
    if (assignment.until.has_value()) {
      *held->mutable_effective_until() = ToProto(*assignment.until);
    }
  }
  page.Finish(roles.size(), response);
  return absl::OkStatus();
}

class Service final : public pb::ResponsibilityService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* AssignResponsibility(Rpc* rpc, const pb::AssignResponsibilityRequest* request,
                                pb::AssignResponsibilityResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* HandOverAccount(Rpc* rpc, const pb::HandOverAccountRequest* request,
                           pb::HandOverAccountResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetResponsible(Rpc* rpc, const pb::GetResponsibleRequest* request,
                          pb::GetResponsibleResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
                      [request, response](const Query& query) {
                        return ReadResponsible(query, *request, response);
                      });
  }
  Reactor* ListAccountsOf(Rpc* rpc, const pb::ListAccountsOfRequest* request,
                          pb::ListAccountsOfResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return ListRoles(query, *request, response); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewResponsibilityService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
