#include "daybook/catalog/v1/product_category_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::catalog::v1;

class Service final : public pb::ProductCategoryService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateProductCategory(Rpc* rpc, const pb::CreateProductCategoryRequest* request,
                                 pb::CreateProductCategoryResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateProductCategory(Rpc* rpc, const pb::UpdateProductCategoryRequest* request,
                                 pb::UpdateProductCategoryResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* MoveProductCategory(Rpc* rpc, const pb::MoveProductCategoryRequest* request,
                               pb::MoveProductCategoryResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetProductCategory(Rpc* rpc, const pb::GetProductCategoryRequest* request,
                              pb::GetProductCategoryResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListProductCategories(Rpc* rpc, const pb::ListProductCategoriesRequest* request,
                                 pb::ListProductCategoriesResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProductCategoryService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
