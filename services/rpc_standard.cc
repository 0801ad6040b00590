#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "google/protobuf/field_mask.pb.h"
#include "services/rpc.h"

namespace daybook::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const FieldDescriptor* Named(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  DAYBOOK_CHECK(field != nullptr, "a standard method without a standard field");
  return field;
}

std::string TextOf(const Message& message, const char* name) {
  return message.GetReflection()->GetString(message, Named(message, name));
}

std::vector<std::string> MaskOf(const Message& message) {
  const auto& mask = static_cast<const google::protobuf::FieldMask&>(
      message.GetReflection()->GetMessage(message, Named(message, "field_mask")));
  return {mask.paths().begin(), mask.paths().end()};
}

const domain::ObjectType& TypeOf(const google::protobuf::Descriptor* resource) {
  const domain::ObjectType* type = domain::Registry::Get().FindByDescriptor(resource);
  DAYBOOK_CHECK(type != nullptr, "a standard method of an unknown resource");
  return *type;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> ReadRecord(const Query& query, absl::string_view aggregate,
                                                    absl::string_view id,
                                                    const std::vector<std::string>& field_mask) {
  const domain::ObjectType* type = domain::Registry::Get().Find(aggregate);
  if (type == nullptr) {
    return InvalidField("aggregate", absl::StrCat("there is no record type '", aggregate, "'"));
  }
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(auto record, query.snapshot.GetRecord(*type, id));
  if (record == nullptr) {
    absl::Status status =
        Reject(rpc::v1::REASON_NOT_FOUND, absl::StrCat("there is no ", aggregate, " ", id),
               {{"aggregate", aggregate}, {"id", id}});
    rpc::v1::ResourceInfo info;
    info.set_resource_type(std::string(aggregate));
    info.set_resource_name(std::string(id));
    AddErrorDetail(&status, "google.rpc.ResourceInfo", info);
    return status;
  }
  DAYBOOK_RETURN_IF_ERROR(domain::KeepFields(*type, field_mask, record.get()));
  return record;
}

absl::StatusOr<projections::ListPage> ReadList(const Query& query, const ListArguments& arguments) {
  projections::ListQuery list;
  list.type = domain::Registry::Get().Find(arguments.aggregate);
  if (list.type == nullptr) {
    return InvalidField("aggregate",
                        absl::StrCat("there is no record type '", arguments.aggregate, "'"));
  }
  DAYBOOK_RETURN_IF_ERROR(query.deps.access.CheckRead(query.principal, arguments.aggregate));
  if (arguments.page_size < 0 || arguments.page_size > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax,
                                                  ", or 0 for ", projections::kPageSizeDefault));
  }
  list.page_size = arguments.page_size == 0 ? projections::kPageSizeDefault : arguments.page_size;
  domain::BindOptions options;
  options.currency = query.deps.engine.GetSettings().currency;
  DAYBOOK_ASSIGN_OR_RETURN(list.filter, domain::ParseFilter(*list.type, arguments.filter, options));
  DAYBOOK_ASSIGN_OR_RETURN(list.order, domain::ParseOrder(*list.type, arguments.order_by));
  list.page_token = std::string(arguments.page_token);
  DAYBOOK_ASSIGN_OR_RETURN(auto page, query.snapshot.List(list));
  query.stands_at = {page.position, page.recorded_at};
  for (auto& record : page.records) {
    DAYBOOK_RETURN_IF_ERROR(domain::KeepFields(*list.type, arguments.field_mask, record.get()));
  }
  return page;
}

Reactor* ServeGet(Rpc* rpc, const Deps& deps, const Message& request, Message* response) {
  return ServeQuery(
      rpc, deps, request, response, QueryCost::kLight,
      [&request, response](const Query& query) -> absl::Status {
        const auto* field = response->GetDescriptor()->FindFieldByNumber(2);
        const domain::ObjectType& type = TypeOf(field->message_type());
        DAYBOOK_ASSIGN_OR_RETURN(auto record, ReadRecord(query, type.aggregate(),
                                                         TextOf(request, "id"), MaskOf(request)));
        response->GetReflection()->SetAllocatedMessage(response, record.release(), field);
        return absl::OkStatus();
      });
}

Reactor* ServeList(Rpc* rpc, const Deps& deps, const Message& request, Message* response) {
  return ServeQuery(rpc, deps, request, response, QueryCost::kHeavy,
                    [&request, response](const Query& query) -> absl::Status {
                      const auto* field = response->GetDescriptor()->FindFieldByNumber(2);
                      const std::string filter = TextOf(request, "filter");
                      const std::string order_by = TextOf(request, "order_by");
                      const std::string page_token = TextOf(request, "page_token");
                      ListArguments arguments;
                      arguments.aggregate = TypeOf(field->message_type()).aggregate();
                      arguments.filter = filter;
                      arguments.order_by = order_by;
                      arguments.page_token = page_token;
                      arguments.page_size =
                          request.GetReflection()->GetInt32(request, Named(request, "page_size"));
                      arguments.field_mask = MaskOf(request);
                      DAYBOOK_ASSIGN_OR_RETURN(auto page, ReadList(query, arguments));
                      const auto* reflection = response->GetReflection();
                      for (auto& record : page.records) {
                        reflection->AddAllocatedMessage(response, field, record.release());
                      }
                      reflection->SetString(response, Named(*response, "next_page_token"),
                                            page.next_page_token);
                      return absl::OkStatus();
                    });
}

}  // namespace daybook::services
