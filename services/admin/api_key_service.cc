#include "daybook/admin/v1/api_key_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::admin::v1;

class Service final : public pb::ApiKeyService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* RevokeApiKey(Rpc* rpc, const pb::RevokeApiKeyRequest* request,
                        pb::RevokeApiKeyResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetApiKey(Rpc* rpc, const pb::GetApiKeyRequest* request,
                     pb::GetApiKeyResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListApiKeys(Rpc* rpc, const pb::ListApiKeysRequest* request,
                       pb::ListApiKeysResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  // The secret is made here and stays here: the log gets its hash prefix, keys/ its hash, the
  // caller the text.
  Reactor* IssueApiKey(Rpc* rpc, const pb::IssueApiKeyRequest* request,
                       pb::IssueApiKeyResponse* response) override {
    const auto text = std::make_shared<std::string>();
    CommandHooks hooks;
    hooks.before = [this, request, text](CommandCall& call) {
      return Prepare(*request, call, text.get());
    };
    hooks.after = [response, text](const CommandAnswer&) { response->set_key(*text); };
    return ServeCommand(rpc, deps_, *request, response, std::move(hooks));
  }

 private:
  absl::Status Prepare(const pb::IssueApiKeyRequest& request, CommandCall& call,
                       std::string* text) {
    DAYBOOK_RETURN_IF_ERROR(deps_.access.CheckOperate(call.principal, "IssueApiKey"));
    NewKey key = GenerateKey(deps_.clock, deps_.random);
    const auto id = IdOf(request);
    DAYBOOK_RETURN_IF_ERROR(id.status());
    key = WithId(std::move(key), *id);
    // A repeated request must not replace the secret of the key that the first one issued.
    DAYBOOK_ASSIGN_OR_RETURN(const auto record, deps_.engine.LoadRecord("api_key", id->ToString()));
    if (record == nullptr && !request.header().validate_only()) {
      DAYBOOK_RETURN_IF_ERROR(
          deps_.keys.PutSecretHash(SecretSlot(key.id, key.prefix), key.secret_hash));
    }
    auto identified = std::make_shared<pb::IssueApiKeyRequest>(request);
    identified->set_id(id->ToString());
    call.request = std::move(identified);
    call.secret_prefix = key.prefix;
    *text = key.text;
    return absl::OkStatus();
  }

  // Made from the request id when the caller brings none, so that a repeat is the same request.
  static absl::StatusOr<Uuid> IdOf(const pb::IssueApiKeyRequest& request) {
    if (!request.id().empty()) {
      const auto id = Uuid::Parse(request.id());
      return id.ok() ? id : InvalidField("id", id.status().message());
    }
    const auto request_id = Uuid::Parse(request.header().request_id());
    if (!request_id.ok()) {
      return InvalidField("header.request_id", "a UUID chosen by the caller is required");
    }
    return Uuid::MakeV5(*request_id, "api_key");
  }

  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewApiKeyService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
