#include <algorithm>

#include "daybook/party/v1/brand_service.grpc.pb.h"
#include "domain/base/error.h"
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

absl::Status ListAccounts(const Query& query, const pb::ListAccountsOfBrandRequest& request,
                          pb::ListAccountsOfBrandResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "account"));
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "accounts-of-brand", request));
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(page.at(), "brand", request.brand_id(), {}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, page.DayOf(request.has_day(), request.day()));
  DAYBOOK_ASSIGN_OR_RETURN(
      const auto assignments,
      projections::ReadAssignments(page.at().snapshot, projections::kBrandOfAccount,
                                   request.brand_id(), day));
  const auto [first, end] = page.Part(assignments.size());
  for (size_t i = first; i < end; ++i) {
    pb::BrandAccount* account = response->add_accounts();
    account->set_account_id(assignments[i].account_id);
    *account->mutable_effective_from() = ToProto(assignments[i].from);
    if (assignments[i].until.has_value()) {
      *account->mutable_effective_until() = ToProto(*assignments[i].until);
    }
  }
  page.Finish(assignments.size(), response);
  return absl::OkStatus();
}

// By name, then id; at most as many brands as a walk looks at.
absl::Status ListUnmanaged(const Query& query, const pb::ListBrandsWithoutManagerRequest& request,
                           pb::ListBrandsWithoutManagerResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "brand"));
  DAYBOOK_ASSIGN_OR_RETURN(const AnswerPage page,
                           AnswerPage::Open(query, "brands-without-manager", request));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day, page.DayOf(request.has_day(), request.day()));
  const domain::ObjectType& type = *domain::Registry::Get().Find("brand");
  std::vector<std::pair<std::string, std::string>> unmanaged;  // name, id
  DAYBOOK_RETURN_IF_ERROR(page.at().snapshot.VisitRecords(
      type, domain::BoundFilter(), [&](const google::protobuf::Message& record) {
        const auto& brand = static_cast<const pb::Brand&>(record);
        if (domain::StandingOn(brand.managers(), day) == nullptr) {
          unmanaged.emplace_back(brand.name(), brand.id());
        }
        return absl::OkStatus();
      }));
  std::sort(unmanaged.begin(), unmanaged.end());
  const auto [first, end] = page.Part(unmanaged.size());
  for (size_t i = first; i < end; ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string bytes,
                             ReadSerialized(page.at(), "brand", unmanaged[i].second, {}));
    if (!response->add_brands()->ParseFromString(bytes)) {
      return Reject(rpc::v1::REASON_DATA_LOSS, "the row of a brand cannot be read");
    }
  }
  page.Finish(unmanaged.size(), response);
  return absl::OkStatus();
}

class Service final : public pb::BrandService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateBrand(Rpc* rpc, const pb::CreateBrandRequest* request,
                       pb::CreateBrandResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateBrand(Rpc* rpc, const pb::UpdateBrandRequest* request,
                       pb::UpdateBrandResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* AssignBrandManager(Rpc* rpc, const pb::AssignBrandManagerRequest* request,
                              pb::AssignBrandManagerResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetBrand(Rpc* rpc, const pb::GetBrandRequest* request,
                    pb::GetBrandResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListBrands(Rpc* rpc, const pb::ListBrandsRequest* request,
                      pb::ListBrandsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* ListAccountsOfBrand(Rpc* rpc, const pb::ListAccountsOfBrandRequest* request,
                               pb::ListAccountsOfBrandResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ListAccounts(query, *request, response);
                      });
  }
  Reactor* ListBrandsWithoutManager(Rpc* rpc, const pb::ListBrandsWithoutManagerRequest* request,
                                    pb::ListBrandsWithoutManagerResponse* response) override {
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kHeavy,
                      [request, response](const Query& query) {
                        return ListUnmanaged(query, *request, response);
                      });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewBrandService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
