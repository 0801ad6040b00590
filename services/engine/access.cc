#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/strings.h"
#include "services/engine/engine.h"

namespace daybook::services {
namespace {

using Role = Principal::Role;

// Two roles: readers read everything, administrators do everything; some commands are the server's
// own.
class RolePolicy final : public AccessPolicy {
 public:
  absl::Status CheckCommand(const Principal& principal, const domain::CommandRef& command,
                            const google::protobuf::Message& request,
                            const google::protobuf::Message*) const override {
    const auto name = ToAbsl(request.GetDescriptor()->name());
    const bool internal =
        name == "IntroduceSchemaSetRequest" || name == "CreateOrganisationRequest";
    if (principal.role == Role::kSystem) return absl::OkStatus();
    if (principal.role == Role::kAdmin && !internal) return absl::OkStatus();
    return Denied(name);
  }
  absl::Status CheckRead(const Principal&, absl::string_view) const override {
    return absl::OkStatus();
  }
  absl::Status CheckOperate(const Principal& principal,
                            absl::string_view operation) const override {
    if (principal.role != Role::kReader) return absl::OkStatus();
    return Denied(operation);
  }

 private:
  static absl::Status Denied(absl::string_view what) {
    return Reject(rpc::v1::REASON_ACCESS_DENIED,
                  absl::StrCat("the role of this key does not allow ", what),
                  {{"operation", what}});
  }
};

}  // namespace

std::unique_ptr<AccessPolicy> NewRolePolicy() { return std::make_unique<RolePolicy>(); }

}  // namespace daybook::services
