#include "daybook/party/v1/brand_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/time.h"
#include "domain/record/dated.h"
#include "projections/account_assignments.h"
#include "services/party/party_reads.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::party::v1;

absl::Status ListAccounts(const Query& query, const pb::ListAccountsOfBrandRequest& request,
                          pb::ListAccountsOfBrandResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, "account"));
  DAYBOOK_RETURN_IF_ERROR(ReadRecord(query, "brand", request.brand_id(), {}).status());
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day,
                           DayOrToday(query, request.has_day(), request.day()));
  DAYBOOK_ASSIGN_OR_RETURN(const auto assignments, projections::ReadAssignments(
                                                       query.snapshot, projections::kBrandOfAccount,
                                                       request.brand_id(), day));
  for (const auto& assignment : assignments) {
    pb::BrandAccount* account = response->add_accounts();
    account->set_account_id(assignment.account_id);
    *account->mutable_effective_from() = ToProto(assignment.from);
    if (assignment.until.has_value()) {
      *account->mutable_effective_until() = ToProto(*assignment.until);
    }
  }
  return absl::OkStatus();
}

absl::Status ListUnmanaged(const Query& query, const pb::ListBrandsWithoutManagerRequest& request,
                           pb::ListBrandsWithoutManagerResponse* response) {
  DAYBOOK_ASSIGN_OR_RETURN(const absl::CivilDay day,
                           DayOrToday(query, request.has_day(), request.day()));
  ListArguments list;
  list.aggregate = "brand";
  list.order_by = "name";
  list.page_size = projections::kPageSizeMax;
  std::string token;
  do {
    list.page_token = token;
    DAYBOOK_ASSIGN_OR_RETURN(const auto page, ReadList(query, list));
    for (const std::string& bytes : page.serialized) {
      pb::Brand brand;
      if (!brand.ParseFromString(bytes)) {
        return Reject(rpc::v1::REASON_DATA_LOSS, "the row of a brand cannot be read");
      }
      if (domain::StandingOn(brand.managers(), day) == nullptr) {
        *response->add_brands() = std::move(brand);
      }
    }
    token = page.next_page_token;
  } while (!token.empty());
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
    return ServeQuery(rpc, deps_, *request, response, QueryCost::kLight,
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
