// record create, record update: fields written by name, native and custom ones alike.

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/custom_text.h"
#include "cli/receipts.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "google/protobuf/field_mask.pb.h"

namespace daybook::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct Options {
  std::string aggregate;
  std::string id;
  std::vector<std::string> fields;
  std::string reason;
  bool correction = false;
};

// A command that makes or edits records.
struct Method {
  std::string path;
  std::unique_ptr<Message> request;
  std::unique_ptr<Message> response;
};

enum class Purpose { kCreate, kUpdate };

bool HasPart(const Descriptor& request, const Descriptor* part) {
  for (int i = 0; i < request.field_count(); ++i) {
    if (request.field(i)->message_type() == part) return true;
  }
  return false;
}

// By its shape: updates hold a record and a mask; what makes records takes custom values.
bool Serves(const Descriptor& request, Purpose purpose, const Descriptor& record) {
  const bool masked = request.FindFieldByName("update_mask") != nullptr;
  if (purpose == Purpose::kUpdate) return masked && HasPart(request, &record);
  return !masked && domain::CustomValuesOf(&request) != nullptr;
}

// CreateX or UpdateX; otherwise the first command of the type's service that does the same, such as
// AddRelation and CorrectRelation.
absl::StatusOr<Method> FindMethod(const domain::ObjectType& type, Purpose purpose) {
  const Descriptor& record = *type.descriptor();
  const std::string service_name =
      absl::StrCat(record.file()->package(), ".", record.name(), "Service");
  const auto* service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service_name);
  const std::string verb = purpose == Purpose::kCreate ? "Create" : "Update";
  const google::protobuf::MethodDescriptor* found = nullptr;
  if (service != nullptr) found = service->FindMethodByName(verb + record.name());
  for (int i = 0; service != nullptr && found == nullptr && i < service->method_count(); ++i) {
    if (Serves(*service->method(i)->input_type(), purpose, record)) found = service->method(i);
  }
  if (found == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("records of type ", type.aggregate(),
                                                   " have commands of their own, no ", verb,
                                                   ToAbsl(record.name())));
  }
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  Method method;
  method.path = absl::StrCat(service_name, "/", ToAbsl(found->name()));
  method.request.reset(factory->GetPrototype(found->input_type())->New());
  method.response.reset(factory->GetPrototype(found->output_type())->New());
  return method;
}

void SetHeader(const std::string& reason, Message* request) {
  auto* header = static_cast<rpc::v1::CommandHeader*>(request->GetReflection()->MutableMessage(
      request, request->GetDescriptor()->FindFieldByNumber(1)));
  SetNewHeader(header);
  header->set_reason(reason);
}

// Sets "name=value" in the message that holds the record's fields.
absl::Status SetField(App& app, const setup::v1::FieldCatalog& catalog, absl::string_view path,
                      const std::string& text, Message* message) {
  const absl::string_view custom = domain::CustomName(path);
  if (custom.empty()) {
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(std::string(path));
    if (field == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("there is no field ", path));
    }
    return text.empty() ? absl::OkStatus() : SetText(app, field, text, message);
  }
  if (text.empty()) return absl::OkStatus();
  if (domain::CustomValuesOf(message->GetDescriptor()) == nullptr) {
    return absl::InvalidArgumentError("records of this type take no custom fields");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const auto value, ParseCustomValue(app, catalog, custom, text));
  domain::PutCustomValue(value, domain::MutableCustomValues(message));
  return absl::OkStatus();
}

absl::Status SetFields(App& app, const Options& options, const setup::v1::FieldCatalog& catalog,
                       google::protobuf::FieldMask* mask, Message* message) {
  for (const std::string& assignment : options.fields) {
    DAYBOOK_ASSIGN_OR_RETURN(const auto parts, SplitAssignment(assignment));
    const auto& [path, text] = parts;
    DAYBOOK_RETURN_IF_ERROR(SetField(app, catalog, path, text, message));
    if (mask != nullptr) mask->add_paths(path);
  }
  return absl::OkStatus();
}

absl::Status Show(App& app, const Message& response) {
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  const auto* reflection = response.GetReflection();
  const auto& receipt = static_cast<const rpc::v1::Receipt&>(
      reflection->GetMessage(response, response.GetDescriptor()->FindFieldByNumber(1)));
  const Message& record =
      reflection->GetMessage(response, response.GetDescriptor()->FindFieldByNumber(2));
  const auto* id = record.GetDescriptor()->FindFieldByName("id");
  Print(absl::StrCat(record.GetReflection()->GetString(record, id), "  ",
                     Unchanged(receipt) ? "nothing to change" : "written", ", position ",
                     receipt.position(), ", revision ", receipt.revision(), "\n"));
  return absl::OkStatus();
}

absl::Status Create(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Method method, FindMethod(*type, Purpose::kCreate));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(*client, options.aggregate));
  SetHeader(options.reason, method.request.get());
  DAYBOOK_RETURN_IF_ERROR(SetFields(app, options, catalog, nullptr, method.request.get()));
  DAYBOOK_RETURN_IF_ERROR(client->Call(method.path, *method.request, method.response.get()));
  return Show(app, *method.response);
}

absl::Status Update(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Method method, FindMethod(*type, Purpose::kUpdate));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(*client, options.aggregate));
  Message& request = *method.request;
  const auto* reflection = request.GetReflection();
  SetHeader(options.reason, &request);
  DAYBOOK_ASSIGN_OR_RETURN(std::string id, ResolveByTitle(*client, *type, options.id));
  reflection->SetString(&request, request.GetDescriptor()->FindFieldByName("id"), std::move(id));
  Message* record = nullptr;
  for (int i = 0; i < request.GetDescriptor()->field_count(); ++i) {
    const auto* field = request.GetDescriptor()->field(i);
    if (field->message_type() == type->descriptor()) {
      record = reflection->MutableMessage(&request, field);
    }
  }
  const auto* mask_field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (record == nullptr || mask_field == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("records of type ", options.aggregate, " have no update of this shape"));
  }
  auto* mask =
      static_cast<google::protobuf::FieldMask*>(reflection->MutableMessage(&request, mask_field));
  DAYBOOK_RETURN_IF_ERROR(SetFields(app, options, catalog, mask, record));
  if (options.correction) {
    const auto* correction = request.GetDescriptor()->FindFieldByName("correction");
    if (correction == nullptr) {
      return absl::InvalidArgumentError("records of this type are not corrected, but changed");
    }
    reflection->SetBool(&request, correction, true);
  }
  DAYBOOK_RETURN_IF_ERROR(client->Call(method.path, request, method.response.get()));
  return Show(app, *method.response);
}

}  // namespace

void AddRecordWrite(Command& root, App& app) {
  auto create = std::make_shared<Options>();
  Command* verb = Noun(root, "record")->AddCommand("create", "A new record from its fields");
  verb->AddOption("type", &create->aggregate, "Type of record, for example account").Required();
  verb->AddOption("fields", &create->fields,
                  "FIELD=VALUE, also custom.NAME=VALUE; amounts as '1000.50 USD'")
      .Required();
  verb->AddOption("--reason", &create->reason, "Why; stands in the history");
  SetAction(verb, app, create, &Create);

  auto update = std::make_shared<Options>();
  verb = Noun(root, "record")->AddCommand("update", "Changes fields of a record");
  verb->AddOption("type", &update->aggregate, "Type of record, for example account").Required();
  verb->AddOption("id", &update->id, "Its id, or its name if that is unique").Required();
  verb->AddOption("fields", &update->fields,
                  "FIELD=VALUE, also custom.NAME=VALUE; FIELD= clears it")
      .Required();
  verb->AddOption("--reason", &update->reason, "Why; stands in the history");
  verb->AddFlag("--correction", &update->correction,
                "Corrects what was noted about a deal that is closed");
  SetAction(verb, app, update, &Update);
}

}  // namespace daybook::cli
