#include "absl/strings/strip.h"
#include "daybook/setup/v1/field_catalog_service.grpc.pb.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "services/computed_fields.h"
#include "services/custom_fields.h"
#include "services/registry.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr int kSourcesShown = 1000;

absl::StatusOr<const pb::FieldDefinition*> FindComputed(const ReadType& read,
                                                        const pb::ExplainFieldRequest& request) {
  absl::string_view name = request.name();
  absl::ConsumePrefix(&name, domain::kCustomPrefix);
  if (read.catalog != nullptr) {
    for (const pb::FieldDefinition& definition : read.catalog->fields()) {
      if (ToAbsl(definition.name()) != name || definition.retired()) continue;
      if (definition.computed_case() != pb::FieldDefinition::COMPUTED_NOT_SET) return &definition;
      return InvalidField("name", "is stored, not computed: its history is ListRecordChanges");
    }
  }
  return InvalidField("name", absl::StrCat(request.record_type(), " has no such custom field"));
}

absl::Status Explain(const Query& query, const pb::ExplainFieldRequest& request,
                     pb::ExplainFieldResponse* response) {
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, request.record_type()));
  DAYBOOK_ASSIGN_OR_RETURN(const ReadType read, query.deps.custom_fields.Of(request.record_type()));
  if (read.type == nullptr) {
    return InvalidField("record_type",
                        absl::StrCat("there is no record type '", request.record_type(), "'"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const pb::FieldDefinition* definition, FindComputed(read, request));
  DAYBOOK_ASSIGN_OR_RETURN(const auto record,
                           ReadRecord(query, request.record_type(), request.id(), {"id"}));
  DAYBOOK_ASSIGN_OR_RETURN(const auto whole, query.snapshot.GetRecord(*read.type, request.id()));
  ComputedFields computed(query, read);
  DAYBOOK_ASSIGN_OR_RETURN(const auto result, computed.Compute(*definition, *whole));
  *response->mutable_value() = result.value;
  *response->mutable_definition() = *definition;
  response->set_source_count(result.sources.size());
  for (const auto& source : result.sources) {
    if (response->sources_size() == kSourcesShown) break;
    pb::FieldSource& one = *response->add_sources();
    one.set_record_type(result.source_type->aggregate());
    one.set_id(domain::FormatValue(*source, *result.source_type->Find("id")));
    const auto position = domain::GetValue(*source, *result.source_type->Find("meta.position"));
    one.set_position(static_cast<uint64_t>(position.number));
    if (result.source_field != nullptr) {
      one.set_value(domain::FormatValue(*source, *result.source_field));
    }
  }
  return absl::OkStatus();
}

class Service final : public pb::FieldCatalogService::CallbackService {
 public:
  explicit Service(const Deps& deps) : deps_(deps) {}

  Reactor* DefineField(Rpc* rpc, const pb::DefineFieldRequest* request,
                       pb::DefineFieldResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReviseField(Rpc* rpc, const pb::ReviseFieldRequest* request,
                       pb::ReviseFieldResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* RetireField(Rpc* rpc, const pb::RetireFieldRequest* request,
                       pb::RetireFieldResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* ReactivateField(Rpc* rpc, const pb::ReactivateFieldRequest* request,
                           pb::ReactivateFieldResponse* response) override {
    return ServeCommand(rpc, deps_, *request, response);
  }
  Reactor* GetFieldCatalog(Rpc* rpc, const pb::GetFieldCatalogRequest* request,
                           pb::GetFieldCatalogResponse* response) override {
    return ServeGet(rpc, deps_, *request, response);
  }
  Reactor* ListFieldCatalogs(Rpc* rpc, const pb::ListFieldCatalogsRequest* request,
                             pb::ListFieldCatalogsResponse* response) override {
    return ServeList(rpc, deps_, *request, response);
  }
  Reactor* ExplainField(Rpc* rpc, const pb::ExplainFieldRequest* request,
                        pb::ExplainFieldResponse* response) override {
    return ServeQuery(
        rpc, deps_, *request, response, QueryCost::kHeavy,
        [request, response](const Query& query) { return Explain(query, *request, response); });
  }

 private:
  const Deps& deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewFieldCatalogService(const Deps& deps) {
  return std::make_unique<Service>(deps);
}

}  // namespace daybook::services
