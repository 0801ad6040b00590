// record get: one record, now or as of a past moment.

#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/app.h"
#include "cli/command_line.h"
#include "cli/records.h"
#include "cli/table.h"
#include "cli/verb_action.h"
#include "cli/verbs.h"
#include "daybook/record/v1/record_service.pb.h"
#include "domain/base/status_macros.h"

namespace daybook::cli {
namespace {

namespace pb = ::daybook::record::v1;

struct Options {
  std::string aggregate;
  std::string id;
  std::string as_of;
  std::vector<std::string> fields;
};

absl::Status Run(App& app, const Options& options) {
  DAYBOOK_RETURN_IF_ERROR(FindType(options.aggregate).status());
  DAYBOOK_ASSIGN_OR_RETURN(Client * client, app.Connect());
  DAYBOOK_ASSIGN_OR_RETURN(const auto type, FetchType(*client, options.aggregate));
  pb::GetRecordRequest request;
  pb::GetRecordResponse response;
  DAYBOOK_RETURN_IF_ERROR(SetAsOf(app, options.as_of, request.mutable_header()));
  request.set_aggregate(options.aggregate);
  DAYBOOK_ASSIGN_OR_RETURN(*request.mutable_id(), ResolveByTitle(*client, *type, options.id));
  for (const auto& field : options.fields) request.mutable_field_mask()->add_paths(field);
  DAYBOOK_RETURN_IF_ERROR(
      client->Call("daybook.record.v1.RecordService/GetRecord", request, &response));
  DAYBOOK_ASSIGN_OR_RETURN(const auto record, ParseRecord(*type, response.record()));
  if (app.options.format == OutputFormat::kJson) {
    Print(absl::StrCat("{\"read\": ", ToJson(response.read()), ", \"record_type\": \"",
                       response.record_type(), "\", \"record\": ", ToJson(*record), "}\n"));
    return absl::OkStatus();
  }
  Names names(*client);
  Table table({{"Field"}, {"Value"}});
  for (const auto& field : type->fields()) {
    if (field.path == "meta" || field.path == "custom") continue;  // shown part by part
    std::string value = ShowField(*record, field, names);
    if (value.empty() && app.options.format == OutputFormat::kTable) continue;
    table.Add({app.options.format == OutputFormat::kCsv ? field.path : field.label, value});
  }
  PrintTable(app, table);
  if (app.options.format == OutputFormat::kTable) {
    Print(absl::StrCat("\n", DescribeRead(response.read()), "\n"));
  }
  return absl::OkStatus();
}

}  // namespace

void AddRecordGet(Command& root, App& app) {
  auto options = std::make_shared<Options>();
  Command* verb = Noun(root, "record")->AddCommand("get", "One record with all its fields");
  verb->AddOption("type", &options->aggregate, "Type of record, for example opportunity")
      .Required();
  verb->AddOption("id", &options->id, "Its id, or its name if that is unique").Required();
  verb->AddOption("--as-of", &options->as_of,
                  "As the record was then: a day, an instant, a position");
  verb->AddOption("--fields", &options->fields, "Only these fields").Delimiter(',');
  SetAction(verb, app, options, &Run);
}

}  // namespace daybook::cli
