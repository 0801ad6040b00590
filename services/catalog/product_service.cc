#include "daybook/catalog/v1/product_service.grpc.pb.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::catalog::v1;

class Service final : public pb::ProductService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* CreateProduct(Rpc* rpc, const pb::CreateProductRequest* request,
                         pb::CreateProductResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* UpdateProduct(Rpc* rpc, const pb::UpdateProductRequest* request,
                         pb::UpdateProductResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ActivateProduct(Rpc* rpc, const pb::ActivateProductRequest* request,
                           pb::ActivateProductResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* DiscontinueProduct(Rpc* rpc, const pb::DiscontinueProductRequest* request,
                              pb::DiscontinueProductResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetProduct(Rpc* rpc, const pb::GetProductRequest* request,
                      pb::GetProductResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListProducts(Rpc* rpc, const pb::ListProductsRequest* request,
                        pb::ListProductsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewProductService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
