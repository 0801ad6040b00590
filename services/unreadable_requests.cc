#include "services/unreadable_requests.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/server_interceptor.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "services/grpc_status.h"
#include "services/rpc.h"
#include "services/rpc_call.h"

namespace daybook::services {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::Interceptor;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;

// "/daybook.party.v1.AccountService/CreateAccount". Null for what is not in the pool.
const google::protobuf::Descriptor* RequestOf(absl::string_view path) {
  const std::vector<std::string> parts = absl::StrSplit(path, '/', absl::SkipEmpty());
  if (parts.size() != 2) return nullptr;
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrCat(parts[0], ".", parts[1]));
  return method == nullptr ? nullptr : method->input_type();
}

class Interception final : public Interceptor {
 public:
  Interception(const Deps& deps, ServerRpcInfo* info) : deps_(deps), info_(info) {}

  void Intercept(InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE)) {
      unreadable_ = methods->GetRecvMessage() == nullptr;
    }
    if (unreadable_ &&
        methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      methods->ModifySendStatus(ToGrpc(Refusal()));
    }
    methods->Proceed();
  }

 private:
  absl::Status Refusal() const {
    const google::protobuf::Descriptor* request = RequestOf(info_->method());
    const std::string name = request == nullptr ? "request" : request->full_name();
    if (request != nullptr && absl::StartsWith(name, "daybook.")) {
      DAYBOOK_ASSIGN_OR_RETURN(const Principal principal,
                               AuthenticateCall(*info_->server_context(), deps_));
      DAYBOOK_RETURN_IF_ERROR(CheckAccess(principal, deps_, *request));
    }
    return InvalidField(
        "request", absl::StrCat("the bytes are not a ", name, ", or hold text that is not UTF-8"));
  }

  const Deps& deps_;
  ServerRpcInfo* info_;
  bool unreadable_ = false;
};

// The rest of a call with many requests is read by its own code, and sees nothing of this.
class Uninvolved final : public Interceptor {
 public:
  void Intercept(InterceptorBatchMethods* methods) override { methods->Proceed(); }
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(const Deps& deps) : deps_(deps) {}
  Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    const bool one_request = info->type() == ServerRpcInfo::Type::UNARY ||
                             info->type() == ServerRpcInfo::Type::SERVER_STREAMING;
    if (!one_request) return new Uninvolved();
    return new Interception(deps_, info);
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> NewUnreadableRequests(
    const Deps& deps) {
  return std::make_unique<Factory>(deps);
}

}  // namespace daybook::services
