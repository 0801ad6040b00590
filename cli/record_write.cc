// record create, record update: fields written by name, native and custom ones alike.

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/app.h"
#include "cli/import/field_value.h"
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
using type::v1::CustomValue;

struct Options {
  std::string aggregate;
  std::string id;
  std::vector<std::string> fields;
  std::string reason;
};

// The message types of a record's standard command, "Create" or "Update".
struct Method {
  std::string path;
  std::unique_ptr<Message> request;
  std::unique_ptr<Message> response;
};

absl::StatusOr<Method> FindMethod(const domain::ObjectType& type, absl::string_view verb) {
  const Descriptor& record = *type.descriptor();
  const std::string package = record.file()->package();
  const std::string name = absl::StrCat(verb, ToAbsl(record.name()));
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const auto* request = pool->FindMessageTypeByName(absl::StrCat(package, ".", name, "Request"));
  const auto* response = pool->FindMessageTypeByName(absl::StrCat(package, ".", name, "Response"));
  if (request == nullptr || response == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("records of type ", type.aggregate(),
                                                   " have commands of their own, no ", name));
  }
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  Method method;
  method.path = absl::StrCat(package, ".", ToAbsl(record.name()), "Service/", name);
  method.request.reset(factory->GetPrototype(request)->New());
  method.response.reset(factory->GetPrototype(response)->New());
  return method;
}

void SetHeader(const std::string& reason, Message* request) {
  auto* header = static_cast<rpc::v1::CommandHeader*>(request->GetReflection()->MutableMessage(
      request, request->GetDescriptor()->FindFieldByNumber(1)));
  SetNewHeader(header);
  header->set_reason(reason);
}

// "1000.50 USD": the currency may stand behind an amount.
absl::Status SetText(App& app, const FieldDescriptor* field, std::string text, Message* message) {
  ValueShape shape;
  DAYBOOK_ASSIGN_OR_RETURN(shape.date.zone, app.Zone());
  DAYBOOK_ASSIGN_OR_RETURN(shape.currency, app.Currency());
  const bool money = field->message_type() != nullptr && field->message_type()->name() == "Money";
  const size_t blank = text.rfind(' ');
  if (money && blank != std::string::npos) {
    shape.currency = text.substr(blank + 1);
    text.resize(blank);
  }
  const absl::Status set = SetFieldText(field, shape, text, message);
  if (set.ok()) return set;
  return absl::Status(set.code(), absl::StrCat(ToAbsl(field->name()), ": ", set.message()));
}

absl::StatusOr<const FieldDescriptor*> MemberOf(const setup::v1::FieldCatalog& catalog,
                                                absl::string_view name) {
  static const auto* const kMembers = new std::map<int, std::string>{
      {setup::v1::CUSTOM_FIELD_KIND_TEXT, "text"},
      {setup::v1::CUSTOM_FIELD_KIND_NOTE, "note"},
      {setup::v1::CUSTOM_FIELD_KIND_BOOLEAN, "boolean"},
      {setup::v1::CUSTOM_FIELD_KIND_INTEGER, "integer"},
      {setup::v1::CUSTOM_FIELD_KIND_DECIMAL, "decimal"},
      {setup::v1::CUSTOM_FIELD_KIND_MONEY, "money"},
      {setup::v1::CUSTOM_FIELD_KIND_DATE, "date"},
      {setup::v1::CUSTOM_FIELD_KIND_INSTANT, "instant"},
      {setup::v1::CUSTOM_FIELD_KIND_REFERENCE, "reference"},
      {setup::v1::CUSTOM_FIELD_KIND_CHOICE, "text"},
  };
  for (const auto& definition : catalog.fields()) {
    if (ToAbsl(definition.name()) != name) continue;
    const auto member = kMembers->find(definition.kind());
    if (member == kMembers->end()) break;
    return CustomValue::descriptor()->FindFieldByName(definition.personal() ? "personal_text"
                                                                            : member->second);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("there is no custom field ", name, " (daybook field list)"));
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
  DAYBOOK_ASSIGN_OR_RETURN(const FieldDescriptor* member, MemberOf(catalog, custom));
  if (domain::CustomValuesOf(message->GetDescriptor()) == nullptr) {
    return absl::InvalidArgumentError("records of this type take no custom fields");
  }
  CustomValue value;
  value.set_name(std::string(custom));
  DAYBOOK_RETURN_IF_ERROR(SetText(app, member, text, &value));
  domain::PutCustomValue(value, domain::MutableCustomValues(message));
  return absl::OkStatus();
}

absl::Status SetFields(App& app, const Options& options, const setup::v1::FieldCatalog& catalog,
                       google::protobuf::FieldMask* mask, Message* message) {
  for (const std::string& assignment : options.fields) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(absl::string_view(assignment), absl::MaxSplits('=', 1));
    if (assignment.find('=') == std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", assignment, "\": write FIELD=VALUE; FIELD= clears it"));
    }
    const std::string path(absl::StripAsciiWhitespace(parts.first));
    DAYBOOK_RETURN_IF_ERROR(SetField(app, catalog, path, std::string(parts.second), message));
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
                     receipt.events() == 0 ? "nothing to change" : "written", ", position ",
                     receipt.position(), ", revision ", receipt.revision(), "\n"));
  return absl::OkStatus();
}

absl::Status Create(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Method method, FindMethod(*type, "Create"));
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto catalog, FetchCatalog(*client, options.aggregate));
  SetHeader(options.reason, method.request.get());
  DAYBOOK_RETURN_IF_ERROR(SetFields(app, options, catalog, nullptr, method.request.get()));
  DAYBOOK_RETURN_IF_ERROR(client->Call(method.path, *method.request, method.response.get()));
  return Show(app, *method.response);
}

absl::Status Update(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(options.aggregate));
  DAYBOOK_ASSIGN_OR_RETURN(Method method, FindMethod(*type, "Update"));
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
  DAYBOOK_RETURN_IF_ERROR(client->Call(method.path, request, method.response.get()));
  return Show(app, *method.response);
}

}  // namespace

void AddRecordWrite(CLI::App& root, App& app) {
  auto create = std::make_shared<Options>();
  CLI::App* verb = Noun(root, "record")->add_subcommand("create", "A new record from its fields");
  verb->add_option("type", create->aggregate, "Type of record, for example account")->required();
  verb->add_option("fields", create->fields,
                   "FIELD=VALUE, also custom.NAME=VALUE; amounts as '1000.50 USD'")
      ->required();
  verb->add_option("--reason", create->reason, "Why; stands in the history");
  SetAction(verb, app, create, &Create);

  auto update = std::make_shared<Options>();
  verb = Noun(root, "record")->add_subcommand("update", "Changes fields of a record");
  verb->add_option("type", update->aggregate, "Type of record, for example account")->required();
  verb->add_option("id", update->id, "Its id, or its name if that is unique")->required();
  verb->add_option("fields", update->fields,
                   "FIELD=VALUE, also custom.NAME=VALUE; FIELD= clears it")
      ->required();
  verb->add_option("--reason", update->reason, "Why; stands in the history");
  SetAction(verb, app, update, &Update);
}

}  // namespace daybook::cli
