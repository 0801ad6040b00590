// field list, field explain: custom fields, and where the values of computed ones come from.

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/field_text.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/setup/v1/field_catalog_service.pb.h"
#include "domain/base/status_macros.h"
#include "domain/fields/custom.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::setup::v1;

constexpr char kService[] = "daybook.setup.v1.FieldCatalogService/";

struct Options {
  std::string record_type;
  std::string record;
  std::string name;
  std::string as_of;
};

absl::Status List(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  pb::ListFieldCatalogsRequest request;
  pb::ListFieldCatalogsResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  request.set_order_by("record_type");
  request.set_page_size(1000);
  if (!options.record_type.empty()) {
    request.set_filter(absl::StrCat("record_type = ", FilterLiteral(options.record_type)));
  }
  DAYBOOK_RETURN_IF_ERROR(
      client->Call(absl::StrCat(kService, "ListFieldCatalogs"), request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  const auto& catalogs = response.field_catalogs();
  PrintTable(app, CatalogTable({catalogs.begin(), catalogs.end()}));
  return absl::OkStatus();
}

absl::Status Explain(App& app, const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto* type, FindType(options.record_type));
  pb::ExplainFieldRequest request;
  pb::ExplainFieldResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  request.set_record_type(options.record_type);
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, options.record));
  request.set_name(options.name);
  DAYBOOK_RETURN_IF_ERROR(client->Call(absl::StrCat(kService, "ExplainField"), request, &response));
  if (app.options.format == OutputFormat::kJson) {
    PrintJson(response);
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"Type"}, {"Record"}, {"Value", Align::kRight}, {"Position", Align::kRight}});
  for (const auto& source : response.sources()) {
    table.Add({source.record_type(), names.Title(source.record_type(), source.id()), source.value(),
               absl::StrCat(source.position())});
  }
  PrintTable(app, table);
  if (app.options.format != OutputFormat::kTable) return absl::OkStatus();
  std::string value = response.value().unavailable();
  if (value.empty()) {
    // Shown as a record that holds it would show it.
    std::unique_ptr<google::protobuf::Message> record(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(type->descriptor())
            ->New());
    domain::PutCustomValue(response.value(), domain::MutableCustomValues(record.get()));
    domain::Field field = domain::BareCustomField(type->descriptor(), response.value().name());
    field.kind = domain::KindOf(response.definition());
    value = domain::FormatValue(*record, field);
  }
  Print(absl::StrCat("\n", DescribeRule(response.definition()), " = ",
                     value.empty() ? "(absent)" : value, ", ", response.source_count(),
                     " records, ", DescribeRead(response.read()), "\n"));
  return absl::OkStatus();
}

}  // namespace

void AddFieldList(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb =
      Noun(root, "field")->AddCommand("list", "The custom fields of one record type, or of all");
  verb->AddOption("type", &options->record_type, "Type of record, for example account");
  verb->AddOption("--as-of", &options->as_of, "As they were then: a day, an instant, a position");
  SetAction(verb, app, options, &List);

  options = std::make_shared<Options>();
  verb = Noun(root, "field")->AddCommand("explain", "The records behind a lookup or rollup field");
  verb->AddOption("type", &options->record_type, "Type of record, for example account").Required();
  verb->AddOption("record", &options->record, "Its id, or its name if that is unique").Required();
  verb->AddOption("name", &options->name, "The field").Required();
  verb->AddOption("--as-of", &options->as_of, "As it was then: a day, an instant, a position");
  SetAction(verb, app, options, &Explain);
}

}  // namespace daybook::cli
